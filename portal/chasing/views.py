"""The pages by which IOM chases and escalates, and by which the answer is written down."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.chasing import actions, queries, wording
from portal.chasing.actions import AlreadyAnswered, Answer, NotOpen
from portal.chasing.forms import AnswerForm, ChaseForm, HeardForm
from portal.chasing.models import Chase
from portal.clocks.clock import london_date
from portal.db import db
from portal.referrals.answer_views import moment_on
from portal.referrals.models import Referral
from portal.referrals.queries import get_release
from portal.referrals.states import OPEN, Status
from portal.referrals.views import conflict_page, load

bp = Blueprint("chasing", __name__)
Page = str | tuple[str, int] | Response

for word in (wording.advice_words, wording.advice_href):
    bp.add_app_template_global(word)
bp.add_app_template_global(wording.title, "chase_title")
bp.add_app_template_global(wording.outcome, "chase_outcome")


@bp.route("/referrals/<reference>/chase", methods=["GET", "POST"])
@require(Permission.CHASE)
def chase(reference: str) -> Page:
    referral = load_sent(reference)
    form = _form(referral, kind=request.args.get("kind", "chase"))
    del form.level
    return _press(referral, form, heading=_("Chase this referral"), button_text=_("Chase"))


@bp.route("/referrals/<reference>/escalate", methods=["GET", "POST"])
@require(Permission.CHASE)
def escalate(reference: str) -> Page:
    referral = load_sent(reference)
    form = _form(referral, level=request.args.get("level"))
    del form.kind
    return _press(referral, form, heading=_("Escalate this referral"), button_text=_("Escalate"))


def load_sent(reference: str) -> Referral:
    """The referral, or 404: a draft has no agency to press."""
    referral = load(reference)
    if referral.sent_at is None:
        abort(404)
    return referral


def _form(referral: Referral, **chosen: str | None) -> ChaseForm:
    today = london_date(datetime.now(UTC))
    sent_on = london_date(referral.sent_at) if referral.sent_at else today
    token = secrets.token_urlsafe(12)
    return ChaseForm(sent_on=sent_on, today=today, channel="portal", day=today, token=token, **chosen)


def _press(referral: Referral, form: ChaseForm, **page: Any) -> Page:
    if not form.is_submitted() and Status(referral.status) in OPEN:
        return _show(referral, form, **page)
    if form.is_submitted() and not form.validate_on_submit():
        return _show(referral, form, **page), 422
    try:
        _save(referral, form)
        db.session.commit()
    except (NotOpen, StaleDataError):
        db.session.rollback()
        return conflict_page(referral.reference, form)
    flash(_("The agency is told.") if form.channel.data == "portal" else _("It is written down."), "success")
    return redirect(f"/referrals/{referral.reference}#chases")


def _save(referral: Referral, form: ChaseForm) -> None:
    """The chase and, where it was spoken and answered at once, its answer."""
    now = datetime.now(UTC)
    at = moment_on(form.day.data, referral.sent_at or now) if form.spoken else now
    made = actions.chase(
        referral,
        current_user,
        at,
        kind=form.kind.data if "kind" in form else "escalation",
        level=form.level.data if "level" in form else "worker",
        channel=form.channel.data,
        words=form.words.data,
        token=f"{current_user.id}:{form.token.data}",
    )
    if made and form.spoken and form.changed.data:
        given = Answer(form.changed.data, answered_by=form.answered_by.data)
        actions.answer(referral, made, current_user, at, given)


@bp.route(
    "/referrals/<reference>/chases/<int(max=9223372036854775807):chase_id>/answer", methods=["GET", "POST"]
)
@require(Permission.CHASE, Permission.RESPOND)
def answer(reference: str, chase_id: int) -> Page:
    referral = load_sent(reference)
    asked = queries.get_of(referral, chase_id)
    if asked is None:
        abort(404)
    form = _answer_form(referral)
    if asked.answered_at is not None or (form.is_submitted() and not form.is_for(asked.version)):
        return conflict_page(reference, form)
    if not form.is_submitted():
        form.version.data = asked.version
        return _show(referral, form, asked=asked, **_answer_page())
    if not form.validate_on_submit():
        return _show(referral, form, asked=asked, **_answer_page()), 422
    try:
        actions.answer(referral, asked, current_user, _heard_at(form, asked), _given(form))
        db.session.commit()
    except (AlreadyAnswered, StaleDataError):
        db.session.rollback()
        return conflict_page(reference, form)
    agency = current_user.side == "agency"
    flash(_("You have answered. IOM is told.") if agency else _("The answer is written down."), "success")
    return redirect(f"/referrals/{reference}#chases")


def _answer_form(referral: Referral) -> AnswerForm | HeardForm:
    if current_user.side == "agency":
        return AnswerForm(referral=referral)
    today = london_date(datetime.now(UTC))
    return HeardForm(sent_on=london_date(referral.sent_at or datetime.now(UTC)), today=today, day=today)


def _answer_page() -> dict[str, str]:
    if current_user.side == "agency":
        return {"heading": _("Answer IOM"), "button_text": _("Send answer")}
    return {"heading": _("Record the agency’s answer"), "button_text": _("Save")}


def _heard_at(form: AnswerForm | HeardForm, asked: Chase) -> datetime:
    return moment_on(form.day.data, asked.at) if isinstance(form, HeardForm) else datetime.now(UTC)


def _given(form: AnswerForm | HeardForm) -> Answer:
    heard_of = form.answered_by.data if isinstance(form, HeardForm) else ""
    return Answer(form.changed.data, form.answer.data, heard_of)


def _show(referral: Referral, form: Any, **page: Any) -> str:
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    release = get_release(referral)
    return render_template("chasing/form.html", form=form, referral=referral, release=release, **page)
