"""Signing in by passkey, and the second step after a password: a code of an app, or a recovery code."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from portal import audit
from portal.access import Permission, before_whole, public, require
from portal.accounts import actions, attempts, factors, passkeys, recovery, totp
from portal.accounts.challenges import send_options, take_challenge
from portal.accounts.devices import device_token
from portal.accounts.factor_forms import CodeForm, CredentialForm, RecoveryForm
from portal.accounts.models import User
from portal.accounts.views import enter, next_query, safe_next
from portal.agencies.form_page import Answer
from portal.db import db
from portal.fields import TextField
from portal.web import SESSION_KEY

bp = Blueprint("second_step", __name__, url_prefix="/sign-in")


@bp.post("/passkey/options")
@public
def passkey_options() -> Response:
    half = current_user.id if current_user.is_authenticated else None
    return send_options(passkeys.sign_in_options(half))


@bp.post("/passkey")
@public
def by_passkey() -> BaseResponse:
    """With or without a password before it: a passkey that checks its user is two factors."""
    form, target = CredentialForm(), safe_next(request.args.get("next"))
    attempt = attempts.begin(None, request.remote_addr or "", None)
    try:
        user = passkeys.verify(form.credential.data or "", take_challenge())
    except passkeys.Refused:
        audit.record("sign_in.failed", method="passkey")
        db.session.commit()
        flash(_("That passkey could not be used. Try again, or sign in another way."), "error")
        return redirect(f"/sign-in{'/second-step' if current_user.is_authenticated else ''}{next_query()}")
    attempts.forgive(attempt)
    if SESSION_KEY in session:
        actions.sign_out(session[SESSION_KEY])
    token = actions.open_session(user, request.user_agent.string, "passkey", "passkey")
    db.session.commit()
    enter(user, token)
    return redirect(target)


@bp.route("/second-step", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@before_whole("show")
def second_step() -> Answer:
    target = safe_next(request.args.get("next"))
    if not current_user.step:
        return redirect(target)
    form, ways = CodeForm(), factors.get_ways(current_user.id)
    if form.validate_on_submit():
        wrong = _("The code is not right. It may be too old: wait for the next one.")
        if done := _answer(form.code, totp.check_code, "totp", wrong, target):
            return done
    page = render_template(
        "accounts/second_step.html",
        form=form,
        ways=ways,
        passkeys=ways.passkeys and passkeys.are_possible(),
        query=next_query(),
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/recovery-code", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@before_whole("show")
def recovery_code() -> Answer:
    if not current_user.step:
        return redirect("/")
    form = RecoveryForm()
    if form.validate_on_submit():
        wrong = _("That is not one of your recovery codes, or it has been used")
        if done := _answer(form.code, recovery.use_code, "recovery", wrong, "/account/security"):
            return done
    page = render_template("accounts/recovery_code.html", form=form)
    return page, 422 if form.is_submitted() else 200


def _answer(
    field: TextField, check: Callable[[int, str], bool], factor: str, wrong: str, target: str
) -> BaseResponse | None:
    """Counted before it is checked. A whole session if it is right; the end of this one at the fifth that is wrong."""
    token, address = session[SESSION_KEY], request.remote_addr or ""
    tried = actions.count_try(token)
    attempt = attempts.begin(current_user.email, address, device_token(), code=True)
    user = db.session.get_one(User, current_user.id)
    if tried is not None and check(user.id, field.data):
        attempts.forgive(attempt)
        if factor == "recovery":
            factors.note(user, "code_used")
            flash(_("You are signed in with a recovery code, which is used up now."), "success")
        fresh = actions.renew_session(user, token, factor)
        db.session.commit()
        enter(user, fresh)
        return redirect(target)
    audit.record("sign_in.failed", by=user.id, method=factor)
    if tried is None or tried >= actions.MOST_WRONG:
        return _end(user, token, tell=tried is not None)
    db.session.commit()
    field.errors = [wrong]
    return None


def _end(user: User, token: str, *, tell: bool) -> BaseResponse:
    actions.sign_out(token)
    if tell:
        factors.note(user, "wrong_codes")
    db.session.commit()
    flash(_("Too many codes were wrong. Sign in again."), "error")
    return redirect("/sign-in")
