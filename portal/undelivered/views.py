"""Emails that did not arrive: shown to administrators, who send them again or let them go."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.accounts.admin_queries import get_user
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.once import shown_once
from portal.undelivered import actions, queries
from portal.undelivered.forms import LetGoForm

bp = Blueprint("undelivered", __name__, url_prefix="/admin/mail")
HOME = "/admin/mail"


@bp.get("")
@require(Permission.ADMINISTER)
def show() -> str:
    rows, (dead, waiting) = queries.list_given_up(), queries.list_kinds()
    audit.record("mail.listed", number=len(rows))
    groups = [(kind, queries.of_kind(rows, kind)) for kind in dead]
    return render_template("undelivered/mails.html", groups=groups, waiting=waiting)


@bp.post("/again")
@require(Permission.ADMINISTER)
def send_again() -> Response:
    """The form names one email (`key`) or all of one template (`kind`)."""
    key, kind = request.form.get("key"), request.form.get("kind")
    number = actions.send_again(key=key) if key else actions.send_again(kind=kind)
    db.session.commit()
    if number:
        flash(ngettext("%(num)d email is sent again.", "%(num)d emails are sent again.", number), "success")
    else:
        flash(_("There was nothing to send again."))
    return redirect(HOME)


@bp.route("/<mail_key>/let-go", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def let_go(mail_key: str) -> Answer:
    mail, form = load(mail_key), LetGoForm()
    if form.validate_on_submit():
        actions.let_go(mail, form.reason.data)
        db.session.commit()
        flash(_("The email will not be sent."), "success")
        return redirect(HOME)
    audit.record("mail.read", mail=mail.key)
    return form_page(form, _("Let an email go"), HOME, template="undelivered/let_go.html", mail=mail)


@bp.post("/<mail_key>/new-link")
@require(Permission.ADMINISTER)
def send_new_link(mail_key: str) -> Answer:
    mail = load(mail_key)
    user = get_user(mail.user_id or 0, lock=True)
    if not mail.link_over or user is None or not user.is_active:
        abort(409)
    token = actions.send_new_link(mail, user)
    db.session.commit()
    shown_once(HOME)
    mailed = bool(current_app.config.get("MAIL_SERVER"))
    link = None if mailed else f"{current_app.config['SETTINGS'].base_url}/set-password/{token}"
    return render_template("admin/link.html", user=user, link=link)


def load(key: str) -> queries.GivenUp:
    return queries.get_given_up(key) or abort(404)
