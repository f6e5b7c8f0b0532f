"""The rows of a referral's appointments and chases, and the steps that they leave in its history."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from portal.chasing.actions import EVENTS
from portal.demo import words
from portal.demo.cases import Case, Visit
from portal.demo.directory import delivery_of
from portal.demo.steps import MANAGER, OFFICER, WORKER, Step, actor, say

APPOINTMENT = (
    "id referral_id agency_id service_id area_id worker_id mode at minutes place offered_at offered_by_id state state_at"
    " state_by_id state_words moved_to_id token"
)
CHASE = (
    "id referral_id agency_id service_id area_id kind level channel at recorded_at by_id words answered_at answered_by_id"
    " answered_by answer changed token"
)
Row = tuple[Any, ...]
MINUTES = (45, 60, 30)


class Numbers:
    """The ids that come next, so that events can name what they are about."""

    def __init__(self, appointment: int, chase: int) -> None:
        self.appointments, self.chases = count(appointment), count(chase)


def appointments(case: Case, numbers: Numbers) -> tuple[list[Row], list[Step]]:
    if not case.visits:
        return [], []
    ids = [next(numbers.appointments) for _visit in case.visits]
    following: list[int | None] = [*ids[1:], None]
    modes = [mode for mode in delivery_of(case.offer) if mode != "hub"]
    rows, steps, moved_from = [], [], ""
    for turn, visit in enumerate(case.visits):
        mode = modes[(case.id + turn) % len(modes)]
        data = {"appointment_id": ids[turn], "at": _iso(visit.at), "mode": mode}
        # One that takes the place of another was offered by being moved.
        offered = {"from_id": ids[turn - 1], "from_at": moved_from, **data} if moved_from else data
        kind = "appointment_moved" if moved_from else "appointment_offered"
        steps.append(Step(visit.offered_at, "", WORKER, offered, kind=kind))
        steps += _settled(case, visit, data)
        moved_from = _iso(visit.at) if visit.state == "moved" else ""
        rows.append(_row(case, visit, mode, ids[turn], following[turn], turn))
    return rows, steps


def chases(case: Case, numbers: Numbers) -> tuple[list[Row], list[Step]]:
    rows, steps = [], []
    for press in case.presses:
        number = next(numbers.chases)
        role = MANAGER if press.level == "managers" else OFFICER
        data = {"chase_id": number, "level": press.level, "channel": press.channel}
        pairs = words.PRESSED[press.kind]
        asked = say(case, pairs[number % len(pairs)])
        steps.append(Step(press.at, "", role, data, asked, EVENTS[press.kind]))
        changed, answer, answered_by, answerer = None, "", "", None
        if press.answered_at:
            changed, answer = press.changed, say(case, words.PRESSED_ANSWER[press.changed])
            by = WORKER if _has_responded(case, press.answered_at) else OFFICER
            answerer = actor(case, by, press.answered_at)
            # Before the agency's first response in the portal it answers by telephone, and IOM writes that down.
            answered_by = "" if by is WORKER else words.ANSWERED_BY
            given = {**data, "changed": changed}
            steps.append(Step(press.answered_at, "", by, given, answer, "chase_answered"))
        rows.append((
            number, case.id, case.offer.agency_id, case.offer.id, case.area_id, press.kind, press.level, press.channel,
            press.at, press.at, actor(case, role, press.at), asked, press.answered_at, answerer, answered_by, answer,
            changed, f"demo {case.reference} {number}",
        ))  # fmt: skip
    return rows, steps


def _settled(case: Case, visit: Visit, data: dict[str, Any]) -> Iterator[Step]:
    """What became of an appointment; that it was moved is said with the new one."""
    if visit.settled_at is None or visit.state == "moved":
        return
    written = say(case, words.VISIT_WORDS.get(visit.state, ("", "")))
    if not visit.state.startswith("cancelled_by_"):
        yield Step(visit.settled_at, "", WORKER, data, written, f"appointment_{visit.state}")
        return
    whose = visit.state.removeprefix("cancelled_by_")
    role = OFFICER if whose == "iom" else WORKER
    yield Step(visit.settled_at, "", role, {**data, "whose": whose}, written, "appointment_cancelled")


def _row(case: Case, visit: Visit, mode: str, number: int, following: int | None, turn: int) -> Row:
    settled_by = None
    if visit.settled_at:
        role = OFFICER if visit.state == "cancelled_by_iom" else WORKER
        settled_by = actor(case, role, visit.settled_at)
    by_id = case.work.worker_on(visit.offered_at)
    return (
        number,
        case.id,
        case.offer.agency_id,
        case.offer.id,
        case.area_id,
        case.work.worker_on(visit.at),
        mode,
        visit.at,
        MINUTES[number % len(MINUTES)],
        say(case, words.PLACES[number % len(words.PLACES)]) if mode in ("in_person", "outreach") else "",
        visit.offered_at,
        by_id,
        visit.state,
        visit.settled_at,
        settled_by,
        say(case, words.VISIT_WORDS.get(visit.state, ("", ""))),
        following if visit.state == "moved" else None,
        f"demo {case.reference} {turn}",
    )


def _has_responded(case: Case, at: str) -> bool:
    moments = case.moments
    return any(
        moment and moment < at for moment in (moments.acknowledged_at, moments.asked_at, moments.decided_at)
    )


def _iso(at: str) -> str:
    """As `datetime.isoformat` writes it."""
    return at.removesuffix("Z") + "+00:00"
