"""Signing in and out, and setting a password by a one-time link."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as BaseResponse

from portal.access import public
from portal.accounts import actions, queries
from portal.accounts.forms import SetPasswordForm, SignInForm
from portal.accounts.models import User
from portal.accounts.oidc_provider import find_provider
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
        return render_template("accounts/sign_in.html", form=form), 422 if form.is_submitted() else 200
    email, address = form.email.data or "", request.remote_addr or ""
    if queries.too_many_failures(email, address):
        abort(429)
    signed_in = actions.sign_in(email, form.password.data or "", address, request.user_agent.string)
    db.session.commit()
    if signed_in is None:
        form.password.errors = [_("Enter the email address and password of your account")]
        return render_template("accounts/sign_in.html", form=form), 422
    enter(*signed_in)
    return redirect(target)


def enter(user: User, token: str) -> None:
    """A fresh cookie for a session that has just been opened; nothing of the one before stays in it."""
    language = session.get("language")
    session.clear()
    session[SESSION_KEY] = token
    session["language"] = language or user.language


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
    form = SetPasswordForm()
    if not form.validate_on_submit():
        shown = render_template("accounts/set_password.html", form=form, link=link)
        return shown, 422 if form.is_submitted() else 200
    actions.set_password(link, form.password.data or "")
    db.session.commit()
    flash(_("Your password is set. Sign in with it."), "success")
    return redirect("/sign-in")


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
