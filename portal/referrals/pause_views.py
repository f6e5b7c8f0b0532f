"""The pages on which either side pauses and resumes a referral, and managers reopen one that was ended in error."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import Permission, require
from portal.db import db
from portal.referrals import pause_actions as actions
from portal.referrals.actions import AlreadyLive
from portal.referrals.answer_views import Page, answer, now, show
from portal.referrals.models import Referral
from portal.referrals.review_forms import PauseForm, ReopenForm, ResumeForm
from portal.referrals.views import load

bp = Blueprint("pauses", __name__)


@bp.route("/referrals/<reference>/pause", methods=["GET", "POST"])
@require(Permission.REFER, Permission.RESPOND)
def pause(reference: str) -> Page:
    form = PauseForm()

    def act(referral: Referral) -> Any:
        return actions.pause(referral, current_user, now(), reason=form.reason.data, words=form.words.data)

    page = {
        "heading": _("Pause this referral"),
        "button_text": _("Pause"),
        "lead": [
            _("While a referral is paused, nobody is expected to act on it and the agency’s clock rests.")
        ],
    }
    done = _("You have paused this referral. The other side is told.")
    return answer(reference, form, "pause", act, done, **page)


@bp.route("/referrals/<reference>/resume", methods=["GET", "POST"])
@require(Permission.REFER, Permission.RESPOND)
def resume(reference: str) -> Page:
    form = ResumeForm()

    def act(referral: Referral) -> Any:
        return actions.resume(referral, current_user, now(), words=form.words.data)

    page = {"heading": _("Resume this referral"), "button_text": _("Resume"), "quoted": ("paused",)}
    done = _("You have resumed this referral. The other side is told.")
    return answer(reference, form, "resume", act, done, **page)


@bp.route("/referrals/<reference>/reopen", methods=["GET", "POST"])
@require(Permission.REFER, Permission.RESPOND)
def reopen(reference: str) -> Page:
    form = ReopenForm()

    def act(referral: Referral) -> Any:
        return actions.reopen(referral, current_user, now(), words=form.words.data)

    page = {
        "heading": _("Reopen this referral"),
        "button_text": _("Reopen"),
        "quoted": ("closed", "withdrawn", "decline_agreed", "decline_lapsed", "upheld"),
    }
    done = _("You have reopened this referral. The other side is told.")
    try:
        return answer(reference, form, "reopen", act, done, **page)
    except AlreadyLive as live:
        db.session.rollback()
        form.form_errors.append(_refusal(live.reference))
        return show(load(reference), form, **page), 409


def _refusal(reference: str | None) -> str:
    if reference:
        return _(
            "Referral %(reference)s asks the same service for the same need and is still open",
            reference=reference,
        )
    return _("Another referral, or a draft of one, asks the same service for the same need")
