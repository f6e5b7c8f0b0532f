"""What every page shares: headers, context, navigation, error pages, and the end of a reading’s transaction."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask, Request, Response, current_app, g, render_template, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import CSRFError, generate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer
from markupsafe import Markup
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.access import GRANTS, Permission, Role, may
from portal.assets import asset_url
from portal.db import db
from portal.i18n import LANGUAGES, date_and_time, language, long_date, other_language_url, short_date
from portal.logs import log
from portal.unavailable import AWAY, unavailable


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
    ("/needs", _l("Needs"), Permission.SEE_NEEDS),
    ("/register", _l("Register"), Permission.CHANGE_PEOPLE),
    ("/meetings", _l("Meetings"), Permission.SEE_MEETINGS),
    ("/admin", _l("Administration"), Permission.ADMINISTER),
)

SESSION_KEY = "sid"  # in the cookie: the token of the session
SECTION_PATHS = {href for href, _text, _permission in SECTIONS}


def kept_parts(user: Any) -> dict[str, Markup]:
    """Those parts of the layout that are the same for everybody of one role and language in one section."""
    role = user.role if user is not None and user.is_authenticated and not user.step else ""
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
    user = current_user._get_current_object()
    return {
        "lang": language(),
        "other_language_url": other_language_url(),
        "kept": kept_parts(user),
        "demo": current_app.config["DEMO"],
        "current_user": user,
        "csrf_token": csrf_token,
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
    """Flask's own sessions; but what signs them is made once, and the same cookie is read once in a while.

    A cookie says only what its signature proves; whether its session still stands is asked of the database each time.
    What Flask-WTF compares tokens with follows from the session's own id, so that no page has to set a cookie for it,
    and two pages opened at once do not set different ones.
    """

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        kept: URLSafeTimedSerializer | None = app.extensions.get("session_signature")
        if kept is None:
            kept = app.extensions["session_signature"] = super().get_signing_serializer(app)
        return kept

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        cookie = request.cookies.get(self.get_cookie_name(app))
        signature = self.get_signing_serializer(app)
        if not cookie or signature is None:
            return super().open_session(app, request)
        hour = int(time.time()) // 3600
        said = _read_cookie(signature, cookie, app.permanent_session_lifetime, hour)
        # A message that is flashed is put into a list within.
        return self.session_class(
            {key: value if isinstance(value, str) else deepcopy(value) for key, value in said.items()}
        )


@lru_cache(maxsize=2048)
def _read_cookie(
    signature: URLSafeTimedSerializer, cookie: str, longest: timedelta, _hour: int
) -> dict[str, Any]:
    try:
        said: dict[str, Any] = signature.loads(cookie, max_age=int(longest.total_seconds()))
    except BadSignature:
        return {}
    if SESSION_KEY in said:
        own = signature.make_signer("csrf of a session").get_signature(said[SESSION_KEY])
        said.setdefault("csrf_token", own.decode())
    return said


def csrf_token() -> str:
    """Flask-WTF's token for this page; of one session it is signed once."""
    return _signed(session["csrf_token"]) if "csrf_token" in session else generate_csrf()


@lru_cache(maxsize=2048)
def _signed(_of_session: str) -> str:
    return generate_csrf()


def form_tokens(csrf: str | None = None) -> Markup:
    """What every form that is posted carries: that it is of this session, and once (portal/once.py)."""
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format("csrf_token", csrf or csrf_token()) + field.format("once", once_token())


def once_token() -> str:
    """New at each request: all forms of a page have the same one, and each is told apart by what it holds."""
    if "once" not in g:
        g.once = secrets.token_urlsafe(16)
    token: str = g.once
    return token


def finish_reading(response: Response) -> Response:
    """Commit what a reading wrote (its trace) before the page leaves: no trace, no page.

    Views that change something have committed already; refused changes have been rolled back.
    """
    asked = db.session() if db.session.registry.has() else None
    if asked is not None and asked.in_transaction():
        if response.status_code < 400 or response.status_code in (409, 422):
            asked.commit()
        else:
            asked.rollback()
    return response


POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-%s'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
# What the portal has no use for, in its own pages and in any other; passkeys are for its own pages alone.
NO_USE = (
    "accelerometer", "ambient-light-sensor", "attribution-reporting", "autoplay", "battery", "bluetooth",
    "browsing-topics", "camera", "clipboard-read", "compute-pressure", "display-capture", "encrypted-media",
    "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection",
    "interest-cohort", "keyboard-map", "local-fonts", "magnetometer", "microphone", "midi", "otp-credentials",
    "payment", "picture-in-picture", "screen-wake-lock", "serial", "shared-storage", "storage-access", "sync-xhr",
    "unload", "usb", "web-share", "window-management", "xr-spatial-tracking",
)  # fmt: skip
PASSKEYS = "publickey-credentials-create=(self), publickey-credentials-get=(self)"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join([*(f"{name}=()" for name in NO_USE), PASSKEYS]),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def add_headers(response: Response) -> Response:
    """Those of every answer, where a view has not set its own."""
    added = {"Content-Security-Policy": POLICY % g.get("csp_nonce", ""), **HEADERS}
    if current_app.config["SESSION_COOKIE_SECURE"]:
        added["Content-Security-Policy"] += "; upgrade-insecure-requests"
        added["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if request.endpoint == "static" and response.status_code < 400:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        added["Cache-Control"] = "no-store"
    present = {name.lower() for name, _value in response.headers}
    for name, value in added.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    return response


ERROR_PAGES = {400, 401, 403, 404, 405, 409, 413, 429, 500, 503}


def error_page(error: HTTPException) -> tuple[str, int] | Response:
    """One template for each code; a redirect or a code without a page keeps its own response."""
    db.session.rollback()
    code = error.code or 500
    if isinstance(error, InternalServerError):
        log.error("failed", rule=str(request.url_rule), error=error.original_exception)
    if isinstance(error, InternalServerError) and _database_is_away(error.original_exception):
        return unavailable(error.original_exception)
    if error.response is not None or code not in ERROR_PAGES:
        return error.get_response()  # type: ignore[return-value]
    return render_template(f"errors/{code}.html"), code


def stale(error: StaleDataError) -> tuple[str, int]:
    """Someone else saved the same thing first."""
    db.session.rollback()
    return render_template("errors/409.html"), 409


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
    app.jinja_env.globals.update(
        csrf_token=csrf_token,
        form_tokens=form_tokens,
        when=date_and_time,
        long_date=long_date,
        short_date=short_date,
    )
    app.register_error_handler(HTTPException, error_page)
    app.register_error_handler(CSRFError, error_page)
    app.register_error_handler(StaleDataError, stale)
    for unreadable in UNREADABLE:
        app.register_error_handler(unreadable, unreadable_text)
    for away in AWAY:
        app.register_error_handler(away, unavailable)
