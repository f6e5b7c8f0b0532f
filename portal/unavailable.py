"""The page that says that the database is away; it asks nothing of it, and keeps what was typed to be sent again."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from flask import Response, g, render_template, request
from flask_login import AnonymousUserMixin
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import ServiceUnavailable

from portal.i18n import SWITCH
from portal.logs import log
from portal.metrics import UNAVAILABLE

COME_BACK = 30  # seconds
CARRIED_ANEW = {"csrf_token", SWITCH}
NEVER_SHOWN = {"password", "current", "again", "code", "credential"}  # fields of the sign-in and its settings
# The same from the ORM and, for the statements of `db.run`, from the driver itself.
AWAY = (
    OperationalError,
    InterfaceError,
    sa.exc.TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


def unavailable(error: BaseException | None) -> Response:
    """The page that needs no database: nobody is looked up for it. What was typed stands in it, to be sent again."""
    error = getattr(error, "orig", None) or error
    log.warning("unavailable", rule=str(request.url_rule), error=error)
    UNAVAILABLE.labels(type(error).__name__).inc()
    g._login_user = AnonymousUserMixin()
    kept = {"typed": typed, "form": ()} if (typed := _typed_again()) else {}
    response = Response(render_template("errors/503.html", **kept), status=ServiceUnavailable.code)
    response.headers["Retry-After"] = str(COME_BACK)
    return response


def _typed_again() -> list[tuple[str, str]]:
    """The fields of a form that can be sent again: none with a file, a password or a code that works once."""
    form = request.form
    if request.method != "POST" or request.files or NEVER_SHOWN & form.keys():
        return []
    return [(key, value) for key, value in form.items(multi=True) if key not in CARRIED_ANEW]
