"""Recent referrals to agencies A, B and C, a few in every state, so that each page of the demonstration shows something
and each account finds one of each thing that needs it."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from portal.demo.courses import MOMENTS, Courses
from portal.demo.hours import DAY, NEVER, Seconds
from portal.demo.people import Ints
from portal.demo.pressing import CHANGES, CHASE, ESCALATION, ROUNDS, Presses
from portal.demo.visits import FIRST, KEPT, LATER, QUARTER, SLOTS, Visits

AGENCIES = 3


class Stand(NamedTuple):
    """Working days before the end of the history at which things happened; `how` it is decided or ends.

    `met`: when appointments were offered and for when, those to come below 0. `chased`, `escalated`: when, and when
    that was answered; `changed` what the answer brought. `said`: which side has just written.
    """

    sent: float
    acknowledged: float | None = None
    asked: float | None = None
    answered: float | None = None
    paused: float | None = None
    decided: float | None = None
    challenged: float | None = None
    reversed: float | None = None
    started: float | None = None
    ended: float | None = None
    how: str = ""
    met: tuple[tuple[float, float], ...] = ()
    chased: tuple[float, float | None] | None = None
    escalated: tuple[float, float | None] | None = None
    changed: str = "answered"
    said: str = ""


STANDS = (
    Stand(0.6),
    Stand(2.3),
    Stand(3.4, 2.7, said="iom"),
    Stand(8.2, 7.1, chased=(4.2, None), said="agency"),
    Stand(6.5, 5.9, decided=3.2, how="priority", met=((3.0, -0.19),)),
    Stand(11.3, 10.5, decided=7.4, how="standard", met=((7.0, -1.31),)),
    Stand(19.1, 18.6, decided=16.3, started=12.2, how="priority", met=((15.9, 12.4), (6.2, -0.63)), said="agency"),
    Stand(5.3, decided=1.4, how="declined"),
    Stand(30.2, 29.4, decided=26.1, started=20.3, ended=4.4, how="priority", met=((25.5, 20.5), (19.9, 13.6))),
    Stand(16.6, 15.2, ended=6.7, how="withdrawn"),
    Stand(4.5, 4.1, asked=1.3),
    Stand(5.6, asked=4.8, answered=1.2),
    Stand(12.2, 11.7, decided=6.2, challenged=2.2, how="declined"),
    Stand(9.3, 8.8, decided=7.1, paused=3.1, how="standard"),
    Stand(21.4, 20.1, decided=15.2, challenged=13.3, reversed=10.4, started=6.1, how="reversed", met=((10.1, 6.3),)),
    Stand(11.1, 10.2, chased=(7.2, 6.4), escalated=(4.1, 1.1)),
    Stand(2.4, 2.1),
)  # fmt: skip
MOST = AGENCIES * len(STANDS)


def show(count: int, end: int) -> tuple[Ints, Ints, Courses, Visits, Presses]:
    """At most `count` of them: numbers of people and of agencies, and what becomes of each; `end` in working seconds.

    No person has two with one agency. `people.SHOWN` leaves them out of the rest of the history with these agencies.
    """
    chosen = list(
        islice(((stand, agency) for stand in range(len(STANDS)) for agency in range(AGENCIES)), count)
    )
    which = np.array([stand for stand, _agency in chosen], dtype=np.int64)
    agency = np.array([agency for _stand, agency in chosen], dtype=np.int64)
    stands = [STANDS[stand] for stand in which.tolist()]
    return (
        (which + 4 * agency) % len(STANDS),
        agency,
        _courses(stands, end),
        _visits(stands, end),
        _presses(stands, end),
    )


def whose_words(count: int) -> list[str]:
    """Of each that is shown, which side has just written; empty where neither has."""
    return [stand.said for stand in STANDS for _agency in range(AGENCIES)][:count]


def _courses(stands: list[Stand], end: int) -> Courses:
    moments: dict[str, Any] = {
        name: _before(end, [getattr(stand, name, None) for stand in stands]) for name in MOMENTS
    }
    how = np.array([stand.how for stand in stands], dtype=object)
    return Courses(
        accepted=(how == "priority") | (how == "standard"),
        priority=(how == "priority") | (how == "reversed"),
        withdrawn=how == "withdrawn",
        lapsed=np.zeros(len(stands), bool),
        **moments,
    )


def _visits(stands: list[Stand], end: int) -> Visits:
    found = np.full((3, SLOTS, len(stands)), NEVER)
    for number, stand in enumerate(stands):
        for slot, (begun, met) in zip((FIRST, LATER), stand.met, strict=False):
            meets = end - round(met * DAY / QUARTER) * QUARTER
            settled = meets + QUARTER if meets < end else NEVER
            found[:, slot, number] = end - round(begun * DAY), meets, settled
    offered, at, settled_at = found
    return Visits(offered, at, settled_at, np.full((SLOTS, len(stands)), KEPT))


def _presses(stands: list[Stand], end: int) -> Presses:
    at, answered = np.full((2, ROUNDS, len(stands)), NEVER)
    for turn, name in ((CHASE, "chased"), (ESCALATION, "escalated")):
        times = [getattr(stand, name) or (None, None) for stand in stands]
        at[turn] = _before(end, [first for first, _last in times])
        answered[turn] = _before(end, [last for _first, last in times])
    level = np.zeros_like(at)
    level[ESCALATION] = 1
    changed = np.array([CHANGES.index(stand.changed) for stand in stands], dtype=np.int64)
    return Presses(at, answered, level, np.zeros_like(at), np.broadcast_to(changed, at.shape))


def _before(end: int, days: list[float | None]) -> Seconds:
    return np.array([NEVER if day is None else end - int(day * DAY) for day in days], dtype=np.int64)
