"""Proving again who one is, before the ways to sign in are changed: within the last ten minutes, or now."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from portal import audit
from portal.access import Permission, before_whole, require
from portal.accounts import actions, attempts, factors, passkeys, queries, totp
from portal.accounts.challenges import send_options, take_challenge
from portal.accounts.devices import device_token
from portal.accounts.factor_forms import ConfirmForm, ConfirmWithCodeForm, CredentialForm
from portal.accounts.models import User
from portal.accounts.passwords import matches
from portal.accounts.views import enter, next_query, safe_next
from portal.agencies.form_page import Answer
from portal.db import db
from portal.web import SESSION_KEY

bp = Blueprint("confirming", __name__, url_prefix="/account/confirm")
View = TypeVar("View", bound=Callable[..., Any])


def recently_confirmed(view: View) -> View:
    """Have whoever asks for the view prove who they are first, unless they just did. Stands under `require`.

    A button's address shows nothing by itself: they come back to the page on which it stands, two steps up.
    """

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if not queries.is_confirmed(session[SESSION_KEY]):
            shows = "GET" in ((request.url_rule and request.url_rule.methods) or ())
            here = request.path if shows else request.path.rsplit("/", 2)[0]
            return redirect(f"/account/confirm?next={quote(here)}")
        return view(*arguments, **named)

    return guarded  # type: ignore[return-value]


@bp.route("", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@before_whole("set-up")
def confirm() -> Answer:
    """By all that is needed to sign in: the password, and a code where a second factor is required."""
    ways = factors.get_ways(current_user.id)
    with_code = queries.factor_required() and not current_user.step
    form = ConfirmWithCodeForm() if with_code else ConfirmForm()
    possible = ways.password and (ways.app or not with_code)
    if possible and form.validate_on_submit():
        user = db.session.get_one(User, current_user.id)
        attempt = attempts.begin(user.email, request.remote_addr or "", device_token())
        fits = matches(user.password_hash, form.password.data or "")
        if fits and (not with_code or totp.check_code(user.id, form.code.data)):
            attempts.forgive(attempt)
            return _confirmed(user, "totp" if with_code else "")
        audit.record("confirm.failed", "user", [user.id])
        db.session.commit()
        form.password.errors = [
            _("The password or the code is not right") if with_code else _("The password is not right")
        ]
    page = render_template(
        "accounts/confirm.html",
        form=form,
        possible=possible,
        passkeys=ways.passkeys and passkeys.are_possible(),
        query=next_query(),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/options")
@require(Permission.SIGNED_IN)
def options() -> Response:
    return send_options(passkeys.sign_in_options(current_user.id, "confirm"))


@bp.post("/passkey")
@require(Permission.SIGNED_IN)
def by_passkey() -> BaseResponse:
    try:
        user = passkeys.verify(CredentialForm().credential.data or "", take_challenge(), "confirm")
    except passkeys.Refused:
        audit.record("confirm.failed", "user", [current_user.id])
        db.session.commit()
        flash(_("That passkey could not be used. Try again."), "error")
        return redirect(f"/account/confirm{next_query()}")
    return _confirmed(user, "passkey")


def _confirmed(user: User, factor: str) -> BaseResponse:
    """Go on in a new session: its token has not been about before."""
    token = actions.renew_session(user, session[SESSION_KEY], factor)
    audit.record("confirmed", "user", [user.id])
    db.session.commit()
    enter(user, token)
    return redirect(safe_next(request.args.get("next")))
