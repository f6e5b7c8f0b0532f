"""One's own account: who one is here, language, emails, password, and where one is signed in."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import ROLE_NAMES, Permission, Role, require
from portal.accounts import actions, attempts, factors
from portal.accounts.confirming import recently_confirmed
from portal.accounts.devices import device_token
from portal.accounts.forms import ChangePasswordForm, EmailsForm, LanguageForm, SetPasswordForm
from portal.accounts.models import User, UserSession
from portal.accounts.own_queries import list_open_sessions
from portal.accounts.queries import token_hash
from portal.accounts.wording import device_name, method_words
from portal.agencies.form_page import Answer, form_page
from portal.agencies.lookup import list_areas
from portal.db import db
from portal.i18n import language
from portal.web import SESSION_KEY

bp = Blueprint("own_account", __name__, url_prefix="/account")


@bp.get("")
@require(Permission.SIGNED_IN)
def show() -> str:
    user = db.session.get_one(User, current_user.id)
    areas = {area.id for area in user.areas}
    return render_template(
        "accounts/account.html",
        user=user,
        role=ROLE_NAMES[Role(user.role)],
        areas=[area.name(language()) for area in list_areas(closed=True) if area.id in areas],
        services=sorted(service.name_in(language()) for service in user.services),
        sessions=len(list_open_sessions(user.id)),
        ways=factors.get_ways(user.id),
    )


@bp.route("/password", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@recently_confirmed
def change_password() -> Answer:
    has_one = factors.get_ways(current_user.id).password
    form = ChangePasswordForm() if has_one else SetPasswordForm()
    if form.validate_on_submit():
        attempt = attempts.begin(current_user.email, request.remote_addr or "", device_token())
        current = form.current.data or "" if has_one else ""
        token = session[SESSION_KEY]
        if actions.change_password(current_user.id, current, form.password.data or "", token):
            attempts.forgive(attempt)
            factors.tell(db.session.get_one(User, current_user.id), "password_changed")
            db.session.commit()
            flash(_("Your password is changed. You are signed out everywhere else."), "success")
            return redirect("/account")
        db.session.commit()
        form.current.errors = [_("The current password is not right")]
    return form_page(form, _("Change your password") if has_one else _("Choose a password"), "/account")


@bp.route("/language", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
def change_language() -> Answer:
    form = LanguageForm(data={"language": current_user.language})
    if not form.validate_on_submit():
        return form_page(form, _("Choose your language"), "/account")
    actions.keep_language(current_user.id, form.language.data)
    db.session.commit()
    session["language"] = form.language.data
    return redirect("/account")


@bp.route("/emails", methods=["GET", "POST"])
@require(Permission.SEE_REFERRALS)
def choose_emails() -> Answer:
    user = db.session.get_one(User, current_user.id)
    form = EmailsForm(data={"wanted": [kind for kind in actions.EMAILS if getattr(user, kind)]})
    if not form.validate_on_submit():
        return form_page(form, _("Choose your emails"), "/account")
    actions.keep_emails(user.id, form.wanted.data)
    db.session.commit()
    flash(_("Your choice of emails is saved."), "success")
    return redirect("/account")


@bp.get("/sessions")
@require(Permission.SIGNED_IN)
def list_sessions() -> str:
    audit.record("sessions.read", "user", [current_user.id])
    return render_template(
        "accounts/sessions.html",
        sessions=list_open_sessions(current_user.id),
        this_session=token_hash(session[SESSION_KEY]),
        device_name=device_name,
        method_words=method_words,
    )


@bp.post("/sessions/end")
@require(Permission.SIGNED_IN)
def end_session() -> Response:
    """One of one's own, by the hash of its token; one that has ended meanwhile, or is not one's own, changes nothing."""
    named = request.form.get("session", "")
    token = bytes.fromhex(named) if re.fullmatch("[0-9a-f]{64}", named) else abort(404)
    actions.end_sessions(sa.and_(UserSession.user_id == current_user.id, UserSession.token_hash == token))
    audit.record("sign_out.elsewhere", "user", [current_user.id])
    db.session.commit()
    flash(_("That device is signed out."), "success")
    return redirect("/account/sessions")


@bp.post("/sign-out-elsewhere")
@require(Permission.SIGNED_IN)
def sign_out_elsewhere() -> Response:
    actions.end_other_sessions(current_user.id, session[SESSION_KEY])
    audit.record("sign_out.elsewhere", "user", [current_user.id])
    db.session.commit()
    flash(_("You are signed out everywhere else."), "success")
    return redirect("/account/sessions")
