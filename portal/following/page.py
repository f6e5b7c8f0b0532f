"""Everything that the page of one referral shows, gathered and put into words. Opening it marks its messages as had."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import abort
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.access import Permission, Role, may
from portal.agencies.calendar import working_days
from portal.appointments import queries as appointments
from portal.appointments.models import Appointment
from portal.appointments.wording import MODE_NAMES, STATE_NAMES, WHOSE_NAMES
from portal.chasing import queries as chases
from portal.chasing import wording as chasing
from portal.chasing.advice import advise
from portal.clocks.clock import london_date
from portal.following import queries, sections
from portal.following.buttons import page_actions
from portal.i18n import language
from portal.promises.queries import get_agreement
from portal.referrals import queries as referrals
from portal.referrals import wording
from portal.referrals.clock_words import course_of, page_clock
from portal.referrals.forms import AnswerForm
from portal.referrals.lapsing import last_day_to_challenge
from portal.referrals.models import Event, Message, Referral
from portal.referrals.sharing import read_once
from portal.referrals.states import S
from portal.referrals.timeline import Codes, Happening, happenings
from portal.referring.copying import may_copy
from portal.referring.parallel import list_parallel


def compose(referral: Referral) -> dict[str, Any]:
    """The variables of templates/referrals/show.html; 404 for a draft, which has pages of its own."""
    agency, sent_on = referral.agency, referral.sent_on
    if agency is None or sent_on is None:
        abort(404)
    events = referrals.list_events(referral)
    release = referrals.get_release(referral)
    asked = sections.questions(events)
    waiting = asked.pop() if referral.status == S.INFORMATION_REQUESTED and asked else None
    return {
        "referral": referral,
        "agency": agency,
        "service": referral.service,
        "release": release,
        "sections": read_once(release.content) if release else None,
        "question": waiting,
        "questions": asked,
        "answer_form": _answer_form(referral),
        "reviewed": _reviewed(referral, events),
        "work": sections.work_lines(referral),
        "others": list_parallel(referral) if may(Permission.REFER) else [],
        "wrong_service": may(Permission.REFER) and may_copy(referral),
        "timeline": happenings(events, _codes(events)),
        "letters": _letters(referral, referrals.list_messages(referral)),
        **_standing(referral, agency.name_in(language()), events),
    }


def _standing(referral: Referral, agency: str, events: list[Event]) -> dict[str, Any]:
    """Where it stands: its state and clock in words, what this person may do, what is suggested."""
    role, calendar, now = Role(current_user.role), working_days(), datetime.now(UTC)
    today, course = london_date(now), course_of(referral)
    clock = page_clock(course, agency, today, calendar)
    offered, pressed = appointments.list_of(referral), chases.list_of(referral)
    status, colour = wording.status_tag(referral.status, referral.decision)
    since, advice = referral.status_since, advise(referral, pressed, today, calendar)
    escalate = advice is not None and advice.step == "escalate"
    to_record = _to_record(referral, offered, now)
    return {
        "status": status,
        "status_colour": colour,
        "standing": wording.standing(
            referral,
            agency,
            wording.Reader(role.side, role in (Role.IOM_MANAGER, Role.AGENCY_MANAGER)),
            worker=referral.worker.name if referral.worker else None,
            paused_for=next(
                (each.data.get("reason") for each in events[::-1] if each.kind == "paused"), None
            ),
            final_on=last_day_to_challenge(since) if since and referral.status == S.DECLINED else None,
        ),
        "clock": clock,
        "actions": page_actions(
            referral, role, late=clock.tone == "late", escalate=escalate, to_record=to_record
        ),
        "promises": sections.promise_lines(referral, course, today, calendar),
        "agreement": get_agreement(referral.agreement_id) if referral.agreement_id else None,
        "appointments": offered,
        "chases": pressed,
        "advice": advice,
    }


def _reviewed(referral: Referral, events: list[Event]) -> list[Happening]:
    """The decline and its challenge while they wait for somebody’s answer, so that the reason stands beside the choice."""
    if referral.status not in (S.DECLINED, S.CHALLENGED):
        return []
    last = {event.kind: event for event in events if event.kind in ("declined", "challenged")}
    return happenings(sorted(last.values(), key=lambda event: event.id, reverse=True))


def _to_record(referral: Referral, offered: list[Appointment], now: datetime) -> str | None:
    """The address at which an agency records the attendance of the first appointment whose time has come."""
    past = [each.id for each in reversed(offered) if each.state == "offered" and each.at <= now]
    if not past or not may(Permission.RESPOND):
        return None
    return f"/referrals/{referral.reference}/appointments/{past[0]}/attendance"


def _answer_form(referral: Referral) -> AnswerForm | None:
    if referral.status != S.INFORMATION_REQUESTED or not may(Permission.REFER):
        return None
    form = AnswerForm(formdata=None, version=referral.version)
    for field in form:
        field.id = f"answer-{field.name}"  # the form for messages has fields of the same names
    return form


def _letters(referral: Referral, messages: list[Message]) -> list[sections.Letter]:
    had = queries.mark_read(referral, current_user.id, messages[-1].id if messages else 0)
    return sections.letters(messages, current_user.side, had)


def _codes(events: list[Event]) -> Codes:
    names = queries.list_names(events)
    return {
        "worker_id": (_l("Worker"), names),
        "to_id": (_l("Worker"), names),
        "from_id": (_l("Worker until then"), names),
        "mode": (_l("How"), MODE_NAMES),
        "whose": (_l("Whose cancellation"), WHOSE_NAMES),
        "corrects": (_l("Recorded before"), STATE_NAMES),
        "level": (_l("Put to"), chasing.LEVELS),
        "channel": (_l("How"), chasing.CHANNELS),
        "changed": (_l("What it changed"), chasing.CHANGES),
    }
