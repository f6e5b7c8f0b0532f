"""The page of one referral, which both sides follow."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.db import db
from portal.following.page import compose
from portal.referrals import actions
from portal.referrals.forms import MessageForm
from portal.referrals.models import Referral
from portal.referrals.states import Status
from portal.referrals.views import load

bp = Blueprint("following", __name__)


@bp.get("/referrals/<reference>")
@require(Permission.SEE_REFERRALS)
def show(reference: str) -> str | Response:
    referral = load(reference)
    if referral.status == Status.DRAFT:
        return redirect(f"/refer/{referral.reference}")
    return _page(referral, MessageForm(token=secrets.token_urlsafe(12)))


def _page(referral: Referral, form: MessageForm) -> str:
    page = compose(referral)
    shown = [referral.id, *(other.id for other in page["others"])]
    audit.record("referral.read", "referral", shown, area_id=referral.area_id, agency_id=referral.agency_id)
    return render_template("referrals/show.html", form=form, **page)


@bp.post("/referrals/<reference>/messages")
@require(Permission.REFER, Permission.RESPOND)
def write_message(reference: str) -> tuple[str, int] | Response:
    referral = load(reference)
    if referral.status == Status.DRAFT:
        abort(404)
    form = MessageForm()
    if not form.validate_on_submit():
        return _page(referral, form), 422
    token = f"{current_user.id}:{form.token.data or secrets.token_urlsafe(12)}"
    actions.write_message(referral, current_user, datetime.now(UTC), form.words.data, token)
    db.session.commit()
    return redirect(f"/referrals/{referral.reference}#messages")
