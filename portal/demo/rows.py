"""The rows of referrals: what the actions of `portal.referrals` would have written, step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from portal.access import Role
from portal.demo import words
from portal.demo.cases import Case, Moments
from portal.demo.loading import code_list
from portal.referrals import sharing
from portal.referrals.states import ENDED, EVENT_KINDS, Status, move

REFERRAL = (
    "id reference person_id service_id agency_id need_code further_needs area_id local_authority_id cohort restricted"
    " status ended_from version referrer_id worker_id available_from needed_by expected_on decision decline_reason"
    " withdrawal_reason close_reason outcome demo created_at touched_at sent_at responded_at acknowledged_at decided_at"
    " decline_final_at accepted_at started_at closed_at withdrawn_at"
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
}  # fmt: skip
DONE = code_list(["service", "request", "contact", "share"])
ACTORS = {
    "send": Role.IOM_OFFICER,
    "acknowledge": Role.AGENCY_WORKER,
    "accept": Role.AGENCY_WORKER,
    "decline": Role.AGENCY_WORKER,
    "agree_decline": Role.IOM_MANAGER,
    "start": Role.AGENCY_WORKER,
    "close": Role.AGENCY_WORKER,
    "withdraw": Role.IOM_OFFICER,
}
Row = tuple[Any, ...]


class Step(NamedTuple):
    """One action at a moment; `data` and `words` are the event's."""

    action: str
    at: str
    data: dict[str, Any]
    words: str = ""


def rows_of(case: Case) -> dict[str, list[Row]]:
    """The rows of one case for each of TABLES."""
    steps = list(_steps(case))
    statuses = [Status.DRAFT]
    for step in steps:
        statuses.append(move(step.action, statuses[-1], ACTORS[step.action]))
    return {
        "referral": [_referral(case, statuses)],
        "referral_detail": [_detail(case)],
        "release": [_release(case)],
        "event": [_event(case, step, status) for step, status in zip(steps, statuses[1:], strict=True)],
        "message": list(_messages(case)),
    }


def _steps(case: Case) -> Iterator[Step]:
    moments, answers, welsh = case.moments, case.answers, case.person.language == "cy"
    if moments.sent_at:
        yield Step("send", moments.sent_at, {})
    if moments.acknowledged_at:
        yield Step("acknowledge", moments.acknowledged_at, {})
    if moments.decided_at and answers.decision == "declined":
        elsewhere = words.ELSEWHERE[welsh] if answers.decline_reason == "wrong_service" else ""
        said = words.DECLINED.get(answers.decline_reason, ("", ""))[welsh]
        yield Step(
            "decline", moments.decided_at, {"reason": answers.decline_reason, "elsewhere": elsewhere}, said
        )
    elif moments.decided_at:
        expected_on = case.terms.expected_on
        data = {
            "decision": answers.decision,
            "worker_id": case.worker_id,
            "expected_on": expected_on.isoformat() if expected_on else None,
        }
        yield Step("accept", moments.decided_at, data, _sometimes(case, words.ACCEPTED))
    if moments.started_at:
        yield Step("start", moments.started_at, {})
    if moments.ended_at and answers.ending == "agree_decline":
        yield Step("agree_decline", moments.ended_at, {})
    elif moments.ended_at and answers.ending == "close":
        data = {"outcome": answers.outcome, "reason": answers.reason}
        yield Step("close", moments.ended_at, data, _sometimes(case, words.CLOSED))
    elif moments.ended_at:
        yield Step(
            "withdraw", moments.ended_at, {"reason": answers.reason}, _sometimes(case, words.WITHDRAWN)
        )


def _sometimes(case: Case, pairs: tuple[words.Pair, ...]) -> str:
    """Words on every third referral."""
    turn, silent = divmod(case.id, 3)
    return "" if silent else pairs[turn % len(pairs)][case.person.language == "cy"]


def _actor(case: Case, action: str) -> int:
    role = ACTORS[action]
    if role is Role.IOM_MANAGER:
        return case.manager_id
    return case.worker_id if role is Role.AGENCY_WORKER else case.referrer.id


def _event(case: Case, step: Step, status: Status) -> Row:
    return (
        case.id,
        case.area_id,
        EVENT_KINDS[step.action],
        status.value,
        ACTORS[step.action].side,
        _actor(case, step.action),
        step.at,
        step.at,
        json.dumps(step.data) if step.data else "{}",
        step.words,
    )


def _referral(case: Case, statuses: list[Status]) -> Row:
    moments, answers, terms = case.moments, case.answers, case.terms
    accepted = moments.decided_at if answers.decision != "declined" else None
    withdrawn = moments.ended_at if answers.ending == "withdraw" else None
    closed = moments.ended_at if not withdrawn else None
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
        statuses[-1].value,
        statuses[-2].value if statuses[-1] in ENDED else None,
        len(statuses),
        case.referrer.id,
        case.worker_id if accepted else None,
        terms.available_from,
        terms.needed_by,
        terms.expected_on if accepted else None,
        answers.decision if moments.decided_at else None,
        answers.decline_reason if moments.decided_at and not accepted else None,
        answers.reason if withdrawn else None,
        answers.reason if closed else None,
        answers.outcome if closed else None,
        True,
        *_dates(moments, accepted, closed, withdrawn, final=answers.ending == "agree_decline"),
    )


def _dates(
    moments: Moments, accepted: str | None, closed: str | None, withdrawn: str | None, *, final: bool
) -> Row:
    response = moments.acknowledged_at or moments.decided_at
    return (
        moments.created_at,
        moments.created_at,
        moments.sent_at,
        response,
        response,
        moments.decided_at,
        closed if final else None,
        accepted,
        moments.started_at,
        closed,
        withdrawn,
    )


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
        by_id = case.worker_id if note.side == "agency" else case.referrer.id
        yield case.id, note.side, by_id, note.at, note.words, f"demo {case.reference} {number}"
