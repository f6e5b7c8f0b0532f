"""One form, one effect: whatever is sent again, by a double click, a reload or a proxy, acts once.

Each form carries a token. Its use is a row of `form_use`, written in the transaction of the action itself, so that either
both are there or neither is: docs/decisions/0029-one-form-one-effect.md.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import timedelta
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask, Response, g, redirect, render_template, request
from flask_login import current_user
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from portal.db import PortalSession, db, run
from portal.jobs import periodic
from portal.logs import log
from portal.web import SECTION_PATHS

Use = dict[str, Any]
KEPT = timedelta(days=2)
LONGEST_TOKEN = 64
PATIENCE, PAUSE = (
    3.0,
    0.02,
)  # seconds to wait for the address that the first is about to note, and between two looks

# Waits for whoever has written the same row and not yet committed; gives a row to the first.
_TAKE = (
    "INSERT INTO form_use (user_id, key, endpoint) VALUES (%(user)s, %(key)s, %(endpoint)s)"
    " ON CONFLICT DO NOTHING RETURNING user_id"
)
_LOOK = "SELECT location FROM form_use WHERE user_id = %(user)s AND key = %(key)s"
_NOTE = (
    "UPDATE form_use SET location = %(location)s WHERE user_id = %(user)s AND key = %(key)s RETURNING user_id"
)
_LET_GO = "DELETE FROM form_use WHERE user_id = %(user)s AND key = %(key)s RETURNING user_id"
# A crash that loses the note loses an address, not an action: nobody waits for the disk.
_SOFTLY = (
    "WITH softly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS said)"
    " UPDATE form_use SET location = %(location)s FROM softly"
    " WHERE said = 'off' AND user_id = %(user)s AND key = %(key)s RETURNING user_id"
)


def take_use() -> Response | tuple[str, int] | None:
    """`before_request`, once access is granted: the first goes on; what is sent again gets what the first one got.

    A form without a token goes on: versions and unique indexes hold then.
    """
    posted = request.method == "POST" and request.endpoint is not None
    token = request.form.get("once", "") if posted else ""
    if not 0 < len(token) <= LONGEST_TOKEN or not current_user.is_authenticated:
        return None
    use = {"user": current_user.id, "key": _key(token), "endpoint": request.endpoint}
    until = time.monotonic() + PATIENCE
    while not run(_TAKE, use):
        found = run(_LOOK, use)
        if found and found[0].location is not None:
            # Where the first was led, as the portal wrote it down itself.
            return redirect(found[0].location)  # type: ignore[return-value]  # nosemgrep: no-redirect-unseen
        if found and time.monotonic() > until:
            return render_template("done_already.html", back=_back()), 409
        if found:
            time.sleep(PAUSE)
    db.session.info["committed"] = False
    g.form_use = use
    return None


def shown_once(where: str) -> None:
    """For a view that answers with a page, what it did included: a secret that no other page shows again.

    The same form sent again is led to `where`.
    """
    if use := g.get("form_use"):
        use["shown_once"] = where


def _key(token: str) -> bytes:
    """Of this form with what was typed into it: a page of which one gets back and writes something else is another form."""
    digest = hmac.new(token.encode(errors="surrogatepass"), digestmod=hashlib.sha256)
    parts = [request.full_path]
    for name, value in request.form.items(multi=True):
        if name not in ("csrf_token", "once"):
            parts += [name, value]
    for name, sent in request.files.items(multi=True):
        parts += [name, sent.filename or "", hashlib.sha256(sent.stream.read()).hexdigest()]
        sent.stream.seek(0)
    for part in parts:
        text = part.encode(errors="surrogatepass")
        digest.update(len(text).to_bytes(8) + text)
    return digest.digest()


def _back() -> str:
    """The page on which what was done can be seen."""
    for name, room in (("reference", "referrals"), ("person_id", "people"), ("service_id", "services")):
        if name in (request.view_args or {}):
            return f"/{room}/{request.view_args[name]}"  # type: ignore[index]
    section = f"/{request.path.split('/', 2)[1]}"
    return section if section in SECTION_PATHS else "/"


def keep_use(response: Response) -> Response:
    """`after_request`: notes where a done action led; what has changed nothing may be sent again.

    A view that changes something commits, then redirects. After a failure nobody knows: the use stays with the change.
    """
    use: Use | None = g.pop("form_use", None)
    if use is None or response.status_code >= 500:
        return response
    location = use.pop("shown_once", response.location)
    done = db.session.info["committed"] and location is not None
    begun = db.session().in_transaction()
    try:
        if done and begun:
            run(_NOTE, use | {"location": location})
        elif done:
            _outside_scope(_SOFTLY, use | {"location": location})
        elif begun:
            run(_LET_GO, use)
        elif db.session.info["committed"]:
            _outside_scope(_LET_GO, use)
    except (psycopg.Error, SQLAlchemyError) as error:  # what was done is done, and is answered so
        log.error("use_not_noted", endpoint=use["endpoint"], error=error)
        db.session.rollback()
    return response


def _outside_scope(sql: str, values: Use) -> None:
    """In a transaction of its own. The table has no policy to read a scope, so none is set: a statement less."""
    info = db.session.info
    scope = info.pop("scope", None)
    try:
        run(sql, values)
        db.session.commit()
    finally:
        if scope is not None:
            info["scope"] = scope


@event.listens_for(PortalSession, "after_commit")
def _note_commit(session: PortalSession) -> None:
    if not session.in_nested_transaction():
        session.info["committed"] = True


@periodic(seconds=3600)
def sweep_uses() -> None:
    db.session.execute(
        sa.text("DELETE FROM form_use WHERE at < now() - :kept * interval '1 second'"),
        {"kept": KEPT.total_seconds()},
    )
    db.session.commit()


def init_app(app: Flask) -> None:
    """After access is checked, and before the reading of a page is committed."""
    app.before_request(take_use)
    app.after_request(keep_use)
