"""The page on which IOM changes what the agency sees: first a preview, then the release."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.db import db
from portal.following import actions
from portal.following.forms import UpdateForm
from portal.referrals.models import Referral
from portal.referrals.queries import get_release
from portal.referrals.sharing import read_release
from portal.referrals.states import OPEN, Status, TransitionRefused
from portal.referrals.views import conflict_page, load
from portal.referring.answers import fingerprint

bp = Blueprint("updates", __name__)
Page = str | tuple[str, int] | Response


@bp.route("/referrals/<reference>/update", methods=["GET", "POST"])
@require(Permission.REFER)
def update(reference: str) -> Page:
    referral = load(reference)
    if referral.sent_at is None:
        abort(404)
    form = UpdateForm(obj=referral.detail)
    if Status(referral.status) not in OPEN or (form.is_submitted() and not _is_for(form, referral)):
        return conflict_page(reference, form)
    if not form.is_submitted():
        form.version.data = str(referral.version)
        return _show(referral, form)
    if not form.validate_on_submit():
        return _show(referral, form), 422
    content = actions.would_release(referral, form.answers())
    if form.seen.data != fingerprint(content):
        form.seen.data = form.seen.typed = fingerprint(content)
        return _show(referral, form, preview=read_release(content))
    return _release(referral, form)


def _is_for(form: UpdateForm, referral: Referral) -> bool:
    return str(form.version.data) == str(referral.version)


def _release(referral: Referral, form: UpdateForm) -> Page:
    reference = referral.reference
    try:
        actions.update(referral, current_user, datetime.now(UTC), form.answers())
        db.session.commit()
    except (TransitionRefused, StaleDataError):
        db.session.rollback()
        return conflict_page(reference, form)
    flash(_("The agency now sees what you changed, and is told."), "success")
    return redirect(f"/referrals/{reference}")


def _show(referral: Referral, form: UpdateForm, preview: Any = None) -> str:
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    return render_template(
        "referrals/update.html", referral=referral, form=form, preview=preview, release=get_release(referral)
    )
