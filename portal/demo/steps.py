"""What happened to a referral, step by step: what the actions of `portal` would have written as events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from portal.access import Role
from portal.demo import words
from portal.demo.cases import Case
from portal.demo.words import Pair
from portal.referrals.states import ENDED, EVENT_KINDS, S, Status, before, move

OFFICER, WORKER = Role.IOM_OFFICER, Role.AGENCY_WORKER
MANAGER, AGENCY_MANAGER = Role.IOM_MANAGER, Role.AGENCY_MANAGER
SIDES = {role: role.side for role in (OFFICER, WORKER, MANAGER, AGENCY_MANAGER, Role.SYSTEM)}


class Step(NamedTuple):
    """One action at a moment, or where `action` is empty an event of this kind that moves nothing."""

    at: str
    action: str
    role: Role
    data: Mapping[str, Any] = {}
    words: str = ""
    kind: str = ""


class Standing(NamedTuple):
    """Where the steps have led: with the statuses that resuming and reopening restore, and moments of the last move."""

    status: Status
    paused_from: str | None
    ended_from: str | None
    since: str
    moves: int


def walk(steps: list[Step]) -> tuple[Standing, list[Status | None]]:
    """The standing in the end, and to which status each step moves."""
    found: list[Status | None] = []
    status, paused_from, ended_from, since, moves = S.DRAFT, None, None, "", 0
    for step in steps:
        if not step.action:
            found.append(None)
            continue
        old = status
        status = move(step.action, old, step.role, before(step.action, paused_from, ended_from))
        if step.action in ("pause", "resume"):
            paused_from = old.value if step.action == "pause" else None
        if (old in ENDED) != (status in ENDED):
            ended_from = old.value if status in ENDED else None
        since, moves = step.at, moves + 1
        found.append(status)
    return Standing(status, paused_from, ended_from, since, moves), found


def steps_of(case: Case) -> list[Step]:
    """Moves and the work between them, in order of time; not appointments and chases."""
    found = [*_first(case), *_decision(case), *_later(case), *_work(case)]
    found.sort(key=lambda step: step.at)
    return found


def _first(case: Case) -> Iterator[Step]:
    moments = case.moments
    yield Step(moments.sent_at, "send", OFFICER)
    if moments.acknowledged_at:
        yield Step(moments.acknowledged_at, "acknowledge", WORKER)
    if moments.asked_at:
        yield Step(moments.asked_at, "ask", WORKER, words=said(case, words.QUESTIONS))
    if moments.answered_at:
        yield Step(moments.answered_at, "answer", OFFICER, words=said(case, words.QUESTIONS_ANSWERED))
    if moments.paused_at:
        reason = case.answers.pause
        response = min(
            filter(None, (moments.acknowledged_at, moments.asked_at, moments.decided_at)), default="~"
        )
        by_agency = reason == "out_of_contact" and response < moments.paused_at
        pause_words = say(case, words.PAUSED[reason])
        yield Step(
            moments.paused_at, "pause", WORKER if by_agency else OFFICER, {"reason": reason}, pause_words
        )
        if moments.resumed_at:
            yield Step(moments.resumed_at, "resume", OFFICER, words=say(case, words.RESUMED))


def _decision(case: Case) -> Iterator[Step]:
    moments, answers = case.moments, case.answers
    if moments.decided_at and answers.declined:
        elsewhere = say(case, words.ELSEWHERE) if answers.decline_reason == "wrong_service" else ""
        reason = say(case, words.DECLINED.get(answers.decline_reason, ("", "")))
        data = {"reason": answers.decline_reason, "elsewhere": elsewhere}
        yield Step(moments.decided_at, "decline", WORKER, data, reason)
    elif moments.decided_at:
        yield Step(moments.decided_at, "accept", WORKER, _acceptance(case), _sometimes(case, words.ACCEPTED))
    if moments.challenged_at:
        yield Step(moments.challenged_at, "challenge", MANAGER, words=said(case, words.CHALLENGED))
    if moments.reversed_at:
        yield Step(
            moments.reversed_at, "reverse", AGENCY_MANAGER, _acceptance(case), say(case, words.REVERSED)
        )
    if moments.started_at:
        yield Step(moments.started_at, "start", WORKER)


def _later(case: Case) -> Iterator[Step]:
    moments, answers = case.moments, case.answers
    closing = {"outcome": answers.outcome, "reason": answers.reason}
    if moments.slipped_at:
        error = {"outcome": "not_met", "reason": "stopped_attending"}
        yield Step(moments.slipped_at, "close", WORKER, error)
    if moments.reopened_at:
        yield Step(moments.reopened_at, "reopen", AGENCY_MANAGER, words=say(case, words.REOPENED))
    if not moments.ended_at:
        return
    if answers.ending == "withdraw":
        withdrawn = _sometimes(case, words.WITHDRAWN)
        yield Step(moments.ended_at, "withdraw", OFFICER, {"reason": answers.reason}, withdrawn)
    elif answers.ending == "close":
        yield Step(moments.ended_at, "close", WORKER, closing, _sometimes(case, words.CLOSED))
    elif answers.ending == "lapse_decline":
        yield Step(moments.ended_at, "lapse_decline", Role.SYSTEM)
    elif answers.ending == "uphold":
        yield Step(moments.ended_at, "uphold", AGENCY_MANAGER, words=said(case, words.UPHELD))
    else:
        yield Step(moments.ended_at, "agree_decline", MANAGER)


def _work(case: Case) -> Iterator[Step]:
    work = case.work
    if work.given_at:
        data = {"from_id": None, "to_id": work.worker_id}
        yield Step(work.given_at, "", AGENCY_MANAGER, data, kind="assigned")
    if work.handed_at:
        data = {"from_id": work.worker_id, "to_id": work.next_id}
        yield Step(work.handed_at, "", AGENCY_MANAGER, data, kind="assigned")
    if work.listed_at:
        expected = work.expected_on.isoformat() if work.expected_on else None
        place = {"position": work.position, "expected_on": expected}
        yield Step(work.listed_at, "", WORKER, place, kind="waiting_list")


def event_row(case: Case, step: Step, to_status: Status | None, data: str) -> tuple[Any, ...]:
    """The event's row; `data` as JSON."""
    return (
        case.id,
        case.area_id,
        EVENT_KINDS[step.action] if step.action else step.kind,
        to_status.value if to_status else None,
        SIDES[step.role],
        actor(case, step.role, step.at),
        step.at,
        step.at,
        data,
        step.words,
    )


def actor(case: Case, role: Role, at: str) -> int | None:
    if role is Role.SYSTEM:
        return None
    if role is WORKER:
        return case.work.worker_on(at)
    if role is OFFICER:
        return case.referrer.id
    return case.manager_id if role is MANAGER else case.agency_manager_id


def say(case: Case, pair: Pair) -> str:
    return pair[case.person.language == "cy"]


def said(case: Case, pairs: tuple[Pair, ...]) -> str:
    return say(case, pairs[case.id % len(pairs)])


def _sometimes(case: Case, pairs: tuple[Pair, ...]) -> str:
    """Words on every third referral."""
    turn, silent = divmod(case.id, 3)
    return "" if silent else say(case, pairs[turn % len(pairs)])


def _acceptance(case: Case) -> dict[str, Any]:
    expected_on = case.terms.expected_on
    return {
        "decision": case.answers.decision,
        "worker_id": case.work.worker_id,
        "expected_on": expected_on.isoformat() if expected_on else None,
    }
