"""The pages on which a decline is reviewed: IOM agrees or challenges, the agency’s manager reverses or upholds."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import Permission, require
from portal.referrals import review_actions as actions
from portal.referrals.answer_views import Page, accept_form, answer, now
from portal.referrals.forms import VersionedForm
from portal.referrals.models import Referral
from portal.referrals.review_forms import ChallengeForm, UpholdForm
from portal.referrals.views import load

bp = Blueprint("reviews", __name__)


@bp.route("/referrals/<reference>/agree-decline", methods=["GET", "POST"])
@require(Permission.REFER)
def agree_decline(reference: str) -> Page:
    def act(referral: Referral) -> Any:
        return actions.agree_decline(referral, current_user, now())

    button = _("Agree with decline")
    page = {
        "heading": button,
        "button_text": button,
        "lead": [_("If you agree, the decline is final and the referral closes.")],
        "quoted": ("declined",),
        "other": (_("Challenge decline"), f"/referrals/{reference}/challenge"),
    }
    done = _("You have agreed with the decline. The referral is closed.")
    return answer(reference, VersionedForm(), "agree_decline", act, done, **page)


@bp.route("/referrals/<reference>/challenge", methods=["GET", "POST"])
@require(Permission.REFER)
def challenge(reference: str) -> Page:
    form = ChallengeForm()

    def act(referral: Referral) -> Any:
        return actions.challenge(referral, current_user, now(), words=form.words.data)

    button = _("Challenge decline")
    page = {
        "heading": button,
        "button_text": button,
        "quoted": ("declined",),
        "other": (_("Agree with decline"), f"/referrals/{reference}/agree-decline"),
    }
    done = _("You have challenged the decline. The agency’s manager is told.")
    return answer(reference, form, "challenge", act, done, **page)


@bp.route("/referrals/<reference>/reverse-as-priority", methods=["GET", "POST"])
@require(Permission.RESPOND)
def reverse_as_priority(reference: str) -> Page:
    return _reverse(reference, priority=True)


@bp.route("/referrals/<reference>/reverse-as-standard", methods=["GET", "POST"])
@require(Permission.RESPOND)
def reverse_as_standard(reference: str) -> Page:
    return _reverse(reference, priority=False)


def _reverse(reference: str, *, priority: bool) -> Page:
    form = accept_form(load(reference))

    def act(referral: Referral) -> Any:
        return actions.reverse(referral, current_user, now(), priority=priority, **form.terms())

    button = _("Accept as priority") if priority else _("Accept as standard")
    page = {"heading": button, "button_text": button, "quoted": ("declined", "challenged")}
    return answer(reference, form, "reverse", act, _("You have reversed the decline."), **page)


@bp.route("/referrals/<reference>/uphold", methods=["GET", "POST"])
@require(Permission.RESPOND)
def uphold(reference: str) -> Page:
    form = UpholdForm()

    def act(referral: Referral) -> Any:
        return actions.uphold(referral, current_user, now(), words=form.words.data)

    button = _("Uphold decline")
    page = {"heading": button, "button_text": button, "quoted": ("declined", "challenged")}
    done = _("You have upheld the decline. The referral is closed.")
    return answer(reference, form, "uphold", act, done, **page)
