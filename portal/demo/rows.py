"""The rows of referrals: what the actions of `portal` would have written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from portal.clocks.working_days import WorkingDays
from portal.demo.cases import Case, Moments
from portal.demo.contacts import APPOINTMENT, CHASE, Numbers, Row, appointments, chases
from portal.demo.loading import code_list
from portal.demo.promises import late_on
from portal.demo.steps import Standing, event_row, steps_of, walk
from portal.referrals import sharing
from portal.referrals.states import ENDED, S

REFERRAL = (
    "id reference person_id service_id agency_id need_code further_needs area_id local_authority_id cohort restricted"
    " status status_since paused_from ended_from version referrer_id worker_id available_from needed_by expected_on"
    " waiting_position agreement_id promise_acknowledge promise_decide promise_offer rests rest_count late_from"
    " late_acknowledge late_decide late_offer decision"
    " decline_reason withdrawal_reason close_reason outcome demo created_at touched_at sent_at responded_at"
    " acknowledged_at decided_at decline_final_at reversed_at accepted_at first_offer_at started_at closed_at withdrawn_at"
)
DETAIL = (
    "referral_id asked priority_reasons priority_words contact unavailable language access_needs visit_alone risk_words"
    " sections basis person_agrees agrees_words done"
)
RELEASE = (
    "referral_id agency_id service_id area_id number initials content released_at released_by_id closes_at"
)
EVENT = "referral_id area_id kind to_status side by_id happened_at recorded_at data words"
MESSAGE = "referral_id side by_id at words token"
TABLES = {
    "referral": REFERRAL, "referral_detail": DETAIL, "release": RELEASE, "event": EVENT, "message": MESSAGE,
    "appointment": APPOINTMENT, "chase": CHASE,
}  # fmt: skip
DONE = code_list(["service", "request", "contact", "share"])
Rests = list[tuple[date, date | None]]


def rows_of(case: Case, numbers: Numbers, calendar: WorkingDays) -> dict[str, list[Row]]:
    """The rows of one case for each of TABLES."""
    met, contacts = appointments(case, numbers)
    pressed, presses = chases(case, numbers)
    steps = steps_of(case)
    if contacts or presses:
        steps = sorted([*steps, *contacts, *presses], key=lambda step: step.at)
    standing, statuses = walk(steps)
    return {
        "referral": [_referral(case, standing, calendar)],
        "referral_detail": [_detail(case)],
        "release": [_release(case)],
        "event": [
            event_row(case, step, status, json.dumps(step.data) if step.data else "{}")
            for step, status in zip(steps, statuses, strict=True)
        ],
        "message": list(_messages(case)),
        "appointment": met,
        "chase": pressed,
    }


def _referral(case: Case, standing: Standing, calendar: WorkingDays) -> Row:
    moments, answers, terms, promise = case.moments, case.answers, case.terms, case.promise
    declined = moments.decided_at if answers.declined else None
    accepted = moments.reversed_at if answers.declined else moments.decided_at
    withdrawn = moments.ended_at if answers.ending == "withdraw" else None
    closed = moments.ended_at if not withdrawn else None
    slipped = standing.status in ENDED and not moments.ended_at
    rests, count = _rests(moments)
    late = late_on(_day(moments.sent_at), promise, terms.available_from, rests, calendar)
    first_offer = case.visits[0].offered_at if case.visits else None
    response = _response(moments)
    decision = answers.decision if accepted else "declined" if declined else None
    listed = case.work.listed_at
    return (
        case.id,
        case.reference,
        case.person.id,
        case.offer.id,
        case.offer.agency_id,
        case.offer.plan.need,
        code_list(terms.further_needs),
        case.area_id,
        case.local_authority_id,
        case.cohort,
        case.restricted,
        standing.status.value,
        standing.since,
        standing.paused_from,
        standing.ended_from,
        standing.moves + 1,
        case.referrer.id,
        _worker(case, accepted),
        terms.available_from,
        terms.needed_by,
        case.work.expected_on if listed else terms.expected_on if accepted else None,
        case.work.position if listed else None,
        promise.id if promise else None,
        *(promise.days if promise else (None, None, None)),
        _multirange(rests),
        count,
        _late_from(case, standing, late),
        *late,
        decision,
        answers.decline_reason if declined else None,
        answers.reason if withdrawn else None,
        "stopped_attending" if slipped else answers.reason if closed else None,
        "not_met" if slipped else answers.outcome if closed else None,
        True,
        moments.created_at,
        moments.created_at,
        moments.sent_at,
        response,
        response,
        moments.decided_at,
        closed if not accepted else None,
        moments.reversed_at,
        accepted,
        first_offer,
        moments.started_at,
        moments.slipped_at if slipped else closed,
        withdrawn,
    )


def _response(moments: Moments) -> str | None:
    found = (moments.acknowledged_at, moments.asked_at, moments.decided_at)
    return min((moment for moment in found if moment), default=None)


def _worker(case: Case, accepted: str | None) -> int | None:
    work = case.work
    if work.handed_at:
        return work.next_id
    return work.worker_id if accepted or work.given_at else None


def _rests(moments: Moments) -> tuple[Rests, int]:
    """Dates on which the net clock rested, as `portal.referrals.moving` keeps them, and how often it began to rest."""
    spans = [(moments.asked_at, moments.answered_at), (moments.paused_at, moments.resumed_at)]
    found: Rests = []
    begun = [(start, stop or moments.ended_at) for start, stop in spans if start]
    for start, stop in sorted(begun):
        first, last = _day(start), _day(stop) if stop else None
        joined = found.pop()[0] if found and (found[-1][1] or first) >= first else first
        if joined != last:
            found.append((joined, last))
    return found, len(begun)


def _multirange(rests: Rests) -> str:
    return "{" + ",".join(f"[{first},{last or ''})" for first, last in rests) + "}"


def _late_from(case: Case, standing: Standing, late: Sequence[date | None]) -> date | None:
    status, moments = standing.paused_from or standing.status, case.moments
    if status in ENDED or status in (S.DECLINED, S.CHALLENGED):
        return None
    kept = (
        _response(moments) is not None,
        moments.decided_at is not None,
        bool(case.visits or moments.started_at),
    )
    return min((day for day, done in zip(late, kept, strict=True) if day and not done), default=None)


def _day(at: str) -> date:
    """The date; offices are closed when it is another in London."""
    return date.fromisoformat(at[:10])


def _detail(case: Case) -> Row:
    detail = case.detail
    return (
        case.id,
        detail.asked,
        code_list(detail.priority_reasons),
        detail.priority_words,
        detail.contact,
        detail.unavailable,
        detail.language,
        detail.access_needs,
        detail.visit_alone,
        detail.risk_words,
        code_list(detail.sections),
        detail.basis,
        detail.person_agrees,
        detail.agrees_words,
        DONE,
    )


def _release(case: Case) -> Row:
    # The snapshot reads of its arguments only what these plain objects have too.
    terms: Any = case.terms
    person: Any = case.person
    detail: Any = case.detail
    referrer: Any = case.referrer
    content = sharing.snapshot(terms, person, detail, referrer)
    return (
        case.id,
        case.offer.agency_id,
        case.offer.id,
        case.area_id,
        1,
        case.person.initials,
        json.dumps(content),
        case.moments.sent_at,
        case.referrer.id,
        case.moments.names_close_at,
    )


def _messages(case: Case) -> Iterator[Row]:
    for number, note in enumerate(case.notes):
        by_id = case.work.worker_on(note.at) if note.side == "agency" else case.referrer.id
        yield case.id, note.side, by_id, note.at, note.words, f"demo {case.reference} {number}"
