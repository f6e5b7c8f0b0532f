"""Signing in and out, and setting a password by a one-time link."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as BaseResponse

from portal.access import public
from portal.accounts import actions, attempts, devices, factors, passkeys, queries
from portal.accounts.challenges import send_options, take_challenge
from portal.accounts.factor_forms import CredentialForm
from portal.accounts.forms import SetPasswordForm, SignInForm
from portal.accounts.models import OneTimeLink, User
from portal.accounts.oidc_provider import find_provider
from portal.accounts.wording import device_name
from portal.db import db
from portal.web import SESSION_KEY

bp = Blueprint("accounts", __name__)


class Sessions(LoginManager):
    """Flask-Login by the sessions of our table alone: no cookie of its own is read, and no visitor's address hashed."""

    def _load_user(self) -> None:
        """The user of the cookie's session, in whose scope the database stands from then on."""
        token = session.get(SESSION_KEY)
        user = queries.get_signed_in(token) if token else None
        if user is not None:
            g.session_seen_at = user.seen_at
        self._update_request_context_with_user(user)


login_manager = Sessions()


def safe_next(target: str | None) -> str:
    """An address of this portal, or its first page. Browsers read \\ as / and drop control characters."""
    return target if target and re.fullmatch(r"/(?![/\\])[^\x00-\x20\\\x7f]*", target) else "/"


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> str | tuple[str, int] | BaseResponse:
    form = SignInForm()
    target = safe_next(request.args.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target)
    if not form.validate_on_submit():
        return _sign_in_page(form), 422 if form.is_submitted() else 200
    email = form.email.data or ""
    attempt = attempts.begin(email, request.remote_addr or "", devices.device_token())
    signed_in = actions.sign_in(email, form.password.data or "", request.user_agent.string)
    if signed_in is None:
        db.session.commit()
        form.password.errors = [_("Enter the email address and password of your account")]
        return _sign_in_page(form), 422
    attempts.forgive(attempt)
    db.session.commit()
    enter(*signed_in)
    return redirect(target)


def _sign_in_page(form: SignInForm) -> str:
    return render_template(
        "accounts/sign_in.html", form=form, passkeys=passkeys.are_possible(), query=next_query()
    )


def next_query() -> str:
    """The page asked for, as forms carry it along in their addresses."""
    target = safe_next(request.args.get("next"))
    return "" if target == "/" else f"?next={quote(target)}"


def enter(user: User, token: str) -> None:
    """A fresh cookie for a session that has just been opened; nothing of the one before stays in it.

    A session that is whole makes its device known; what still lacks a second factor does not.
    """
    language = session.get("language")
    session.clear()
    session[SESSION_KEY] = token
    session["language"] = language or user.language
    if not queries.factor_required() or queries.has_shown_factor(token):
        devices.recognise(user)
        db.session.commit()


@bp.post("/sign-out")
@public
def sign_out() -> BaseResponse:
    provider = None
    if token := session.get(SESSION_KEY):
        provider = find_provider(queries.method_of(token))
        actions.sign_out(token)
        db.session.commit()
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    return redirect(f"/signed-out/{provider.key}" if provider else "/sign-in")


@bp.route("/set-password/<token>", methods=["GET", "POST"])
@public
def set_password(token: str) -> str | tuple[str, int] | BaseResponse:
    link = queries.get_live_link(token)
    if link is None:
        return render_template("accounts/link_used.html"), 404
    form, invited = SetPasswordForm(), link.purpose == "invitation"
    if not form.validate_on_submit():
        by_passkey = passkeys.are_possible() and may_begin_with_passkey(link)
        page = render_template(
            "accounts/set_password.html", form=form, link=link, passkeys=by_passkey, token=token
        )
        return page, 422 if form.is_submitted() else 200
    user = actions.set_password(link, form.password.data or "")
    if user is None:
        return render_template("accounts/link_used.html"), 404
    if invited and queries.factor_required():
        return _go_on(user, actions.open_session(user, request.user_agent.string), "/account/set-up")
    if not invited:
        factors.tell(user, "password_changed")
    db.session.commit()
    flash(_("Your password is set. Sign in with it."), "success")
    return redirect("/sign-in")


def may_begin_with_passkey(link: OneTimeLink) -> bool:
    """An invitation, and not to get round a second factor that is there already."""
    return link.purpose == "invitation" and not factors.get_ways(link.user_id).factors


@bp.post("/set-password/<token>/passkey/options")
@public
def invited_passkey_options(token: str) -> Response:
    link = queries.get_live_link(token)
    if link is None or not may_begin_with_passkey(link):
        abort(404)
    return send_options(passkeys.registration_options(db.session.get_one(User, link.user_id)))


@bp.post("/set-password/<token>/passkey")
@public
def begin_with_passkey(token: str) -> tuple[str, int] | BaseResponse:
    """In place of a password. Of two that come at once the second finds the link used."""
    link = queries.get_live_link(token)
    if link is None or not may_begin_with_passkey(link):
        return render_template("accounts/link_used.html"), 404
    user, name = db.session.get_one(User, link.user_id), device_name(request.user_agent.string)
    try:
        passkeys.register(user, CredentialForm().credential.data or "", take_challenge(), name)
    except passkeys.Refused:
        db.session.commit()
        flash(_("The passkey could not be made. Try again, or choose a password."), "error")
        return redirect(f"/set-password/{token}")
    if actions.use_link(link) is None:
        abort(404)
    factors.note(user, "passkey_added")
    fresh = actions.open_session(user, request.user_agent.string, "passkey", "passkey")
    return _go_on(user, fresh, "/account/security/codes")


def _go_on(user: User, token: str, target: str) -> BaseResponse:
    db.session.commit()
    enter(user, token)
    return redirect(target)


@bp.before_app_request
def keep_language() -> None:
    """A language chosen by a signed-in user is theirs from now on."""
    chosen = g.get("language")
    if chosen and current_user.is_authenticated and current_user.language != chosen:
        actions.keep_language(current_user.id, chosen)
        db.session.commit()


@bp.after_app_request
def keep_session_alive(response: Response) -> Response:
    """Write down that the session is in use, at most once a minute."""
    seen_at = g.get("session_seen_at")
    if seen_at is not None and queries.is_stale_sighting(seen_at) and session.get(SESSION_KEY):
        actions.touch_session(session[SESSION_KEY])
        db.session.commit()
    return response
