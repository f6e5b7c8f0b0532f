"""Appointments as arrays: what is offered for when, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from portal.demo.courses import Courses, Flags, delay
from portal.demo.hours import DAY, NEVER, Seconds

HOUR, QUARTER = 3600, 900
SLOTS = 4
ASSESSMENT, ATTEMPT, FIRST, LATER = range(SLOTS)
STATES = (
    "kept", "kept_late", "missed", "missed_acceptable", "cancelled_by_agency", "cancelled_by_person", "cancelled_by_iom",
    "moved",
)  # fmt: skip
KEPT, BY_IOM, MOVED = STATES.index("kept"), STATES.index("cancelled_by_iom"), STATES.index("moved")
# How often each of STATES comes of an appointment, by slot.
ODDS = (
    (0.85, 0.15, 0, 0, 0, 0, 0, 0),
    (0, 0, 0.38, 0.12, 0.1, 0.12, 0.03, 0.25),
    (0.9, 0.1, 0, 0, 0, 0, 0, 0),
    (0.62, 0.1, 0.14, 0.05, 0.04, 0.05, 0, 0),
)
NEVER_HELPED = (0, 0, 0.6, 0.1, 0.1, 0.2, 0, 0)


@dataclass(frozen=True)
class Visits:
    """By slot and referral: when it is offered, for when, when it is said what became of it, and which of STATES.

    Where `offered` is NEVER there is none. An ATTEMPT that is moved becomes the FIRST.
    """

    offered: Seconds
    at: Seconds
    settled: Seconds
    state: Seconds

    def delayed(self, since: Seconds, by: Seconds) -> Visits:
        """`by` in quarters of an hour, so that appointments stay on them."""
        offered, at, settled = (
            delay(moments, since, by) for moments in (self.offered, self.at, self.settled)
        )
        return Visits(offered, at, settled, self.state)


def draw_visits(rng: np.random.Generator, courses: Courses) -> Visits:
    """Before the decision a few; then the first, which may come to nothing at the first attempt; then in service."""
    n, taken, started, ended = len(courses.sent), courses.taken, courses.started, courses.ended
    helped = started < NEVER
    first_until = np.where(helped, started, ended)
    halfway = np.where(helped & (taken < NEVER), taken + (started - taken) // 2, NEVER)
    wanted = rng.random((SLOTS, n)) < [[0.05], [0.12], [0.45], [0.15]]
    tries = wanted[ATTEMPT] & wanted[FIRST] & (halfway - taken >= DAY // 2) & (halfway < NEVER)
    later = started + (DAY * rng.uniform(4, 14, n)).astype(np.int64)
    slots = (
        _slot(
            rng, courses.acknowledged, np.where(courses.accepted, courses.decided, NEVER), wanted[ASSESSMENT]
        ),
        _slot(rng, taken, halfway, tries),
        _slot(rng, np.where(tries, halfway, taken), first_until, wanted[FIRST] & (taken < NEVER)),
        _slot(rng, started, later, wanted[LATER] & helped & (later < ended)),
    )
    offered, at, settled = (np.stack(moments) for moments in zip(*slots, strict=True))
    state = np.stack([rng.choice(len(STATES), n, p=odds) for odds in ODDS])
    state[FIRST] = np.where(helped, state[FIRST], rng.choice(len(STATES), n, p=NEVER_HELPED))
    moved = state[ATTEMPT] == MOVED
    settled[ATTEMPT] = np.where(moved, offered[FIRST], settled[ATTEMPT])
    after = (offered[FIRST] // QUARTER + 2) * QUARTER
    at[ATTEMPT] = np.where(moved & tries, np.maximum(at[ATTEMPT], after), at[ATTEMPT])
    return Visits(offered, at, settled, state)


def cut_visits(visits: Visits, courses: Courses) -> Visits:
    """What is still to come when the referral ends is not offered, or cancelled by IOM just before."""
    offered = np.where(visits.offered < courses.ended - QUARTER, visits.offered, NEVER)
    first = offered[FIRST] < NEVER
    state = visits.state.copy()
    state[ATTEMPT] = np.where((state[ATTEMPT] == MOVED) & ~first, BY_IOM, state[ATTEMPT])
    over = visits.settled >= courses.ended
    settled = np.where(over, courses.ended - 60, visits.settled)
    return Visits(offered, visits.at, settled, np.where(over, BY_IOM, state))


def _slot(
    rng: np.random.Generator, begins: Seconds, ends: Seconds, wanted: Flags
) -> tuple[Seconds, Seconds, Seconds]:
    """Offered soon after `begins`, an hour before `ends`, and written down shortly before `ends`."""
    room = ends - begins
    there = wanted & (begins < NEVER) & (ends < NEVER) & (room >= DAY // 2)
    lead = np.minimum(room // 2, 3 * DAY) * rng.random(len(begins))
    offered = begins + 60 + lead.astype(np.int64)
    at = (ends - HOUR) // QUARTER * QUARTER
    return tuple(np.where(there, moments, NEVER) for moments in (offered, at, ends - 300))  # type: ignore[return-value]
