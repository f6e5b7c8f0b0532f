"""Who does an agency's work: given out before the decision, handed over later; and places on waiting lists."""

from __future__ import annotations

from datetime import date

import numpy as np

from portal.demo.cases import Work
from portal.demo.courses import Courses
from portal.demo.hours import DAY, NEVER, Seconds, WorkingHours, written
from portal.demo.people import Ints

GIVEN, HANDED, LISTED = 0.05, 0.05, 0.15  # shares of referrals
LONGEST_LIST = 12


def draw_work(
    rng: np.random.Generator,
    hours: WorkingHours,
    courses: Courses,
    worker: Ints,
    successor: Ints,
    *,
    shown: bool,
) -> list[Work]:
    """`worker`, `successor`: who has each referral first, and to whom it may be handed. `shown`: all who wait are listed."""
    n, taken = len(worker), courses.taken
    undecided = np.minimum(courses.decided, courses.ended)
    given = courses.responded + (DAY * rng.uniform(0.05, 1, n)).astype(np.int64)
    given = _within(given, undecided, rng.random(n) < GIVEN)
    handed = taken + (DAY * rng.uniform(0.2, 30, n)).astype(np.int64)
    handed = _within(handed, courses.ended, (rng.random(n) < HANDED) & (courses.slipped >= NEVER))
    listed = taken + (DAY * rng.uniform(0.1, 2, n)).astype(np.int64)
    begun = np.minimum(np.minimum(courses.started, courses.ended), courses.paused)
    listed = _within(listed, begun - 3 * DAY, (rng.random(n) < (1 if shown else LISTED)) & ~courses.priority)
    wait = np.where(courses.started < NEVER, courses.started - listed, 20 * DAY)
    expected = np.where(listed < hours.end, listed + wait, hours.end)
    columns = (
        worker.tolist(),
        successor.tolist(),
        *(written(hours.moments(moments)) for moments in (given, handed, listed)),
        rng.integers(1, LONGEST_LIST + 1, n).tolist(),
        _dates(hours, expected),
    )
    return [Work(*values) for values in zip(*columns, strict=True)]


def _within(at: Seconds, until: Seconds, wanted: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Seconds:
    return np.where(wanted & (at < until), at, NEVER)


def _dates(hours: WorkingHours, seconds: Seconds) -> list[date]:
    found: list[date] = hours.dates(seconds).tolist()
    return found
