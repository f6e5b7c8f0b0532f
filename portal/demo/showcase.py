"""Recent referrals to agencies A, B and C, a few in every state, so that each page of the demonstration shows something."""

from __future__ import annotations

from itertools import islice

import numpy as np

from portal.demo.courses import Courses
from portal.demo.hours import DAY, NEVER
from portal.demo.people import Ints

AGENCIES = 3
# Working days before the end of the history at which each was sent, acknowledged, decided, started and ended; and how.
STANDS: tuple[tuple[tuple[float | None, ...], str], ...] = (
    ((0.6, None, None, None, None), ""),
    ((2.3, None, None, None, None), ""),
    ((3.4, 2.7, None, None, None), ""),
    ((8.2, 7.1, None, None, None), ""),
    ((6.5, 5.9, 3.2, None, None), "priority"),
    ((11.3, 10.5, 7.4, None, None), "standard"),
    ((19.1, 18.6, 16.3, 12.2, None), "priority"),
    ((5.3, None, 1.4, None, None), "declined"),
    ((30.2, 29.4, 26.1, 20.3, 4.4), "priority"),
    ((16.6, 15.2, None, None, 6.7), "withdrawn"),
)
MOST = AGENCIES * len(STANDS)


def show(count: int, end: int) -> tuple[Ints, Ints, Courses]:
    """At most `count` of them: numbers of people and of agencies, and their courses; `end` in working seconds.

    No person has two with one agency. `people.SHOWN` leaves them out of the rest of the history with these agencies.
    """
    chosen = list(
        islice(((stand, agency) for stand in range(len(STANDS)) for agency in range(AGENCIES)), count)
    )
    stands = np.array([stand for stand, _agency in chosen], dtype=np.int64)
    agency = np.array([agency for _stand, agency in chosen], dtype=np.int64)
    person = (stands + 4 * agency) % len(STANDS)
    days = np.array([[NEVER if day is None else day for day in days] for days, _how in STANDS], dtype=float)
    moments = np.where(days < NEVER, end - (np.minimum(days, 1e6) * DAY).astype(np.int64), NEVER)
    how = np.array([how for _days, how in STANDS])[stands]
    sent, acknowledged, decided, started, ended = moments[stands].T
    accepted, priority = (how == "priority") | (how == "standard"), how == "priority"
    return (
        person,
        agency,
        Courses(sent, acknowledged, decided, started, ended, accepted, priority, how == "withdrawn"),
    )
