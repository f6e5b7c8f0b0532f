"""Meetings: which there are, the pack of one on screen and as a PDF, and what it decides."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirection

from portal import audit
from portal.access import Permission, require
from portal.agencies.lookup import list_areas
from portal.clocks.clock import london_date
from portal.db import current_scope, db
from portal.i18n import language, long_date
from portal.limits import file_of
from portal.logs import log
from portal.meetings import actions, pdf, queries, wording
from portal.meetings.forms import DecisionForm, MeetingForm
from portal.meetings.models import Meeting
from portal.meetings.pack import Pack, read_pack
from portal.paper.setting import CannotSet
from portal.referrals import queries as referral_queries
from portal.referrals.models import Referral
from portal.referrals.states import Status
from portal.referrals.views import load as load_referral
from portal.referrals.wording import status_tag

bp = Blueprint("meetings", __name__, url_prefix="/meetings")
MEETING = "<int(max=2147483647):meeting_id>"
Page = str | tuple[str, int] | Redirection
SHOWN = 10  # lines of a section on screen, until one asks for all of an agency's


def load(meeting_id: int) -> Meeting:
    """The same 404 for a meeting that is missing and one of another area or agency."""
    return queries.get_visible(meeting_id) or abort(404)


@bp.get("")
@require(Permission.SEE_MEETINGS)
def list_meetings() -> str:
    today = london_date(datetime.now(UTC))
    return render_template(
        "meetings/list.html", coming=queries.list_coming(today), past=queries.list_past(today)
    )


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.PREPARE_MEETINGS)
def add() -> Page:
    own = [area for area in list_areas(closed=True) if area.id in (current_scope().area_ids or ())]
    chosen = request.args.get("area", "") if len(own) > 1 else str(own[0].id) if own else ""
    area = next((area for area in own if str(area.id) == chosen), None)
    if area is None:
        return render_template("meetings/area.html", areas=[(each.id, each.name(language())) for each in own])
    today = london_date(datetime.now(UTC))
    candidates = queries.list_candidates(area.id, today)
    with_open = [each.id for each in candidates if each.open]
    form = MeetingForm(candidates, today, data={"agencies": with_open})
    if form.validate_on_submit():
        try:
            meeting = actions.add(
                area.id, form.held_on.data, form.place.data, form.agencies.data, current_user
            )
        except actions.AlreadyThere:
            return _twice(form, area.name(language()), "/meetings")
        return _done(_("The meeting is added. This is its pack so far."), f"/meetings/{meeting.id}")
    return _form(form, area.name(language()), "/meetings")


@bp.route(f"/{MEETING}/edit", methods=["GET", "POST"])
@require(Permission.PREPARE_MEETINGS)
def edit(meeting_id: int) -> Page:
    meeting = load(meeting_id)
    shown = {
        "version": str(meeting.version),
        "held_on": meeting.held_on,
        "place": meeting.place,
        "agencies": queries.list_chosen(meeting),
    }
    today, area = london_date(datetime.now(UTC)), meeting.area.name(language())
    form, back = (
        MeetingForm(queries.list_candidates(meeting.area_id, today), today, data=shown),
        f"/meetings/{meeting.id}",
    )
    conflict = form.is_submitted() and form.is_stale(meeting.version)
    if not conflict and form.validate_on_submit():
        try:
            actions.change(meeting, form.held_on.data, form.place.data, form.agencies.data)
        except actions.AlreadyThere:
            return _twice(form, area, back)
        return _done(_("The meeting is saved."), back)
    return _form(form, area, back, conflict=conflict)


def _twice(form: MeetingForm, area: str, back: str) -> Page:
    db.session.rollback()
    form.held_on.errors = [_("There is a meeting on this day at this place already")]
    return _form(form, area, back)


def _form(form: MeetingForm, area: str, back: str, *, conflict: bool = False) -> Page:
    heading = _("Add a meeting") if back == "/meetings" else _("Change the meeting")
    status = 409 if conflict else 422 if form.is_submitted() else 200
    page = render_template(
        "meetings/form.html", form=form, heading=heading, area=area, back=back, conflict=conflict
    )
    return page, status


def _done(words: str, where: str) -> Redirection:
    db.session.commit()
    flash(words, "success")
    return redirect(where)


@bp.get(f"/{MEETING}")
@require(Permission.SEE_MEETINGS)
def show(meeting_id: int) -> str:
    meeting = load(meeting_id)
    only = request.args.get("agency", "")
    only_id = int(only) if only.isascii() and only.isdigit() and len(only) < 10 else None
    pack = read_pack(meeting, only_id)
    if only_id is not None and not pack.parts:
        abort(404)
    _trace(pack, "meeting.read")
    return render_template(
        "meetings/pack.html",
        pack=pack,
        meeting=meeting,
        held_on=long_date(meeting.held_on),
        area=meeting.area.name(language()),
        limit=None if only_id else SHOWN,
        heads=pdf.heads(),
        more_words=pdf.more_words(),
        referrals=wording.referrals,
    )


@bp.get(f"/{MEETING}/pack.pdf")
@require(Permission.SEE_MEETINGS)
@file_of("people")
def show_pdf(meeting_id: int) -> Redirection:
    meeting = load(meeting_id)
    pack = read_pack(meeting)
    _trace(pack, "meeting.printed")
    try:
        content = pdf.make_pdf(pack, current_user.name)
    except CannotSet:
        log.error("pdf_failed", meeting=meeting.id, referrals=len(pack.ids))
        flash(_("The PDF could not be made. Print this page instead, or try again later."), "error")
        return redirect(f"/meetings/{meeting.id}")
    name = _("meeting-pack") + f"-{meeting.held_on.isoformat()}.pdf"
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _trace(pack: Pack, action: str) -> None:
    audit.record(
        action,
        "referral",
        pack.ids,
        area_id=pack.meeting.area_id,
        agency_id=current_scope().agency_id,
        meeting=pack.meeting.id,
    )


@bp.route(f"/{MEETING}/decide/<reference>", methods=["GET", "POST"])
@require(Permission.PREPARE_MEETINGS)
def decide(meeting_id: int, reference: str) -> Page:
    meeting, referral = load(meeting_id), load_referral(reference)
    if referral.status == Status.DRAFT or not queries.is_discussed(meeting, referral):
        abort(404)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _decision_page(meeting, referral, form)
    token = f"{current_user.id}:{form.token.data or secrets.token_urlsafe(12)}"
    actions.decide(meeting, referral, current_user, datetime.now(UTC), form.words.data, token)
    where = f"/meetings/{meeting.id}?agency={referral.agency_id}#{referral.reference}"
    return _done(_("What was decided about %(reference)s is recorded.", reference=reference), where)


def _decision_page(meeting: Meeting, referral: Referral, form: DecisionForm) -> Page:
    form.token.data = form.token.data or secrets.token_urlsafe(12)
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    status, colour = status_tag(referral.status, referral.decision)
    page = render_template(
        "meetings/decide.html",
        form=form,
        meeting=meeting,
        held_on=long_date(meeting.held_on),
        referral=referral,
        release=referral_queries.get_release(referral),
        status=status,
        status_colour=colour,
        decisions=queries.list_decisions(meeting).get(referral.id, []),
    )
    return page, 422 if form.is_submitted() else 200
