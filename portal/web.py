"""What every page shares: headers, context, navigation, error pages, and the end of a reading’s transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask, Response, current_app, g, render_template, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_babel import lazy_gettext as _l
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import URLSafeTimedSerializer
from markupsafe import Markup
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from portal.access import GRANTS, Permission, Role, may
from portal.assets import asset_url
from portal.db import db
from portal.i18n import LANGUAGES, date_and_time, language, long_date, other_language_url, short_date
from portal.logs import log


@dataclass(frozen=True)
class NavigationItem:
    text: str
    href: str
    current: bool


SECTIONS: tuple[tuple[str, Any, Permission], ...] = (
    ("/people", _l("People"), Permission.SEE_PEOPLE),
    ("/referrals", _l("Referrals"), Permission.SEE_REFERRALS),
    ("/appointments", _l("Appointments"), Permission.SEE_REFERRALS),
    ("/caseload", _l("Team"), Permission.ASSIGN_WORK),
    ("/services", _l("Services"), Permission.SEE_SERVICES),
    ("/turnaround", _l("Turnaround"), Permission.SEE_TURNAROUND),
    ("/meetings", _l("Meetings"), Permission.SEE_MEETINGS),
    ("/admin", _l("Administration"), Permission.ADMINISTER),
)

SECTION_PATHS = {href for href, _text, _permission in SECTIONS}


def kept_parts() -> dict[str, Markup]:
    """Those parts of the layout that are the same for everybody of one role and language in one section."""
    user = current_user._get_current_object() if current_user else None
    role = user.role if user is not None and user.is_authenticated else ""
    section = f"/{request.path.split('/', 2)[1]}"
    return _parts(role, section if section in SECTION_PATHS else "", language(), current_app.config["DEMO"])


@cache
def _parts(role: str, section: str, lang: str, demo: bool) -> dict[str, Markup]:
    items = [
        NavigationItem(str(text), href, href == section)
        for href, text, permission in SECTIONS
        if role and permission in GRANTS[Role(role)]
    ]
    return draw_parts(items, demo)


def draw_parts(items: Sequence[NavigationItem], demo: bool) -> dict[str, Markup]:
    """Those parts with these sections: head, menu, banner and footer."""
    values = {"items": items, "demo": demo, "asset_url": asset_url}
    templates = current_app.jinja_env
    return {
        part: Markup(templates.get_template(f"layout/{part}.html").render(values))  # noqa: S704 # nosec B704
        for part in ("head", "menu", "banner", "footer")
    }


def page_context() -> dict[str, Any]:
    return {
        "lang": language(),
        "other_language_url": other_language_url(),
        "kept": kept_parts(),
        "demo": current_app.config["DEMO"],
        "current_user": current_user._get_current_object(),
        "csp_nonce": g.get("csp_nonce", ""),
        "asset_url": asset_url,
        "may": may,
        "Permission": Permission,
    }


def begin_request() -> None:
    g.csp_nonce = secrets.token_urlsafe(16)
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        session["language"] = chosen
        g.language = chosen


class KeptSignature(SecureCookieSessionInterface):
    """Flask's own sessions; but what signs them is made once, not at both ends of every request."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        kept: URLSafeTimedSerializer | None = app.extensions.get("session_signature")
        if kept is None:
            kept = app.extensions["session_signature"] = super().get_signing_serializer(app)
        return kept


def finish_reading(response: Response) -> Response:
    """Commit what a reading wrote (its trace) before the page leaves: no trace, no page.

    Views that change something have committed already; refused changes have been rolled back.
    """
    if db.session.registry.has() and db.session().in_transaction():
        if response.status_code < 400 or response.status_code in (409, 422):
            db.session.commit()
        else:
            db.session.rollback()
    return response


def add_headers(response: Response) -> Response:
    nonce = g.get("csp_nonce", "")
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self';"
        " connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


ERROR_PAGES = {400, 401, 403, 404, 405, 409, 413, 429, 500, 503}


def error_page(error: HTTPException) -> tuple[str, int] | Response:
    """One template for each code; a redirect or a code without a page keeps its own response."""
    db.session.rollback()
    code = error.code or 500
    if isinstance(error, InternalServerError):
        log.error("failed", rule=str(request.url_rule), error=error.original_exception)
    if isinstance(error, InternalServerError) and _database_is_away(error.original_exception):
        return unavailable(error)
    if error.response is not None or code not in ERROR_PAGES:
        return error.get_response()  # type: ignore[return-value]
    return render_template(f"errors/{code}.html"), code


def stale(error: StaleDataError) -> tuple[str, int]:
    """Someone else saved the same thing first."""
    db.session.rollback()
    return render_template("errors/409.html"), 409


def unavailable(error: Exception) -> Response:
    """The page that needs no database: nobody is looked up for it."""
    g._login_user = AnonymousUserMixin()
    response = Response(render_template("errors/503.html"), status=ServiceUnavailable.code)
    response.headers["Retry-After"] = "30"
    return response


# The same from the ORM and, for the statements of `db.run`, from the driver itself.
AWAY = (
    OperationalError,
    InterfaceError,
    sa.exc.TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
UNREADABLE = (UnicodeEncodeError, sa.exc.DataError, psycopg.DataError)


def _database_is_away(error: BaseException | None) -> bool:
    return isinstance(error, AWAY)


def unreadable_text(error: Exception) -> tuple[str, int]:
    """NUL bytes and lone surrogates that reach the database in an address or a search: nobody's fault but the client's."""
    db.session.rollback()
    return render_template("errors/400.html"), 400


def init_app(app: Flask) -> None:
    app.session_interface = KeptSignature()
    app.before_request(begin_request)
    app.after_request(add_headers)
    app.after_request(finish_reading)
    app.context_processor(page_context)
    app.jinja_env.globals.update(when=date_and_time, long_date=long_date, short_date=short_date)
    app.register_error_handler(HTTPException, error_page)
    app.register_error_handler(CSRFError, error_page)
    app.register_error_handler(StaleDataError, stale)
    for unreadable in UNREADABLE:
        app.register_error_handler(unreadable, unreadable_text)
    for away in AWAY:
        app.register_error_handler(away, unavailable)
