"""What makes referrals take longer: questions, pauses, ends in error. Everything after them comes later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portal.demo.courses import MOMENTS, Courses, Flags, cut, delay, draw_courses
from portal.demo.hours import DAY, NEVER, Seconds
from portal.demo.visits import QUARTER, Visits, cut_visits, draw_visits

ASKS, PAUSES, SLIPS = 0.1, 0.06, 0.01  # shares of referrals
STAGES = 3  # undecided, waiting for a start, in service: where it pauses


@dataclass(frozen=True)
class Life:
    courses: Courses
    visits: Visits
    withdrawn_at: Seconds

    def interrupted(self, names: tuple[str, str], since: Seconds, by: Seconds) -> Life:
        """`names`: the moments of Courses at which it begins and stops."""
        later: dict[str, Any] = {name: delay(getattr(self.courses, name), since, by) for name in MOMENTS}
        begins, stops = names
        stop = np.where(since < NEVER, since + by, NEVER)
        return Life(
            replace(self.courses, **(later | {begins: since, stops: stop})),
            self.visits.delayed(since, by),
            delay(self.withdrawn_at, since, by),
        )


def draw_lives(
    rng: np.random.Generator, sent: Seconds, profile: Seconds, fixed: Flags
) -> tuple[Courses, Visits]:
    """See `draw_courses`."""
    courses, withdrawn_at = draw_courses(rng, sent, profile, fixed)
    life = Life(courses, draw_visits(rng, courses), withdrawn_at)
    for interrupt in (_ask, _pause, _slip):
        life = interrupt(rng, life)
    courses = cut(life.courses, life.withdrawn_at)
    return courses, cut_visits(life.visits, courses)


def _ask(rng: np.random.Generator, life: Life) -> Life:
    courses = life.courses
    begins = _last(courses.sent, courses.acknowledged)
    until = np.where(courses.decided < NEVER, courses.decided, begins + 4 * DAY)
    return _interrupt(rng, life, ("asked", "answered"), begins, until, ASKS, 1.5)


def _pause(rng: np.random.Generator, life: Life) -> Life:
    courses = life.courses
    undecided = _last(courses.sent, courses.acknowledged, courses.answered)
    decided = np.where(courses.decided < NEVER, courses.decided, undecided + 10 * DAY)
    waiting = np.minimum(courses.started, courses.ended)
    stage = rng.integers(STAGES, size=len(courses.sent))
    begins = np.choose(stage, (undecided, courses.taken, courses.started))
    until = np.choose(stage, (decided, waiting, courses.ended))
    return _interrupt(rng, life, ("paused", "resumed"), begins, until, PAUSES, 14.0)


def _slip(rng: np.random.Generator, life: Life) -> Life:
    courses = life.courses
    begins = np.where(courses.paused < NEVER, NEVER, courses.started)
    return _interrupt(rng, life, ("slipped", "reopened"), begins, courses.ended, SLIPS, 0.5)


def _interrupt(
    rng: np.random.Generator, life: Life, names: tuple[str, str], begins: Seconds, until: Seconds, share: float,
    days: float,
) -> Life:  # fmt: skip
    """Somewhere between `begins` and `until`, for a time around the median of `days`."""
    n = len(begins)
    there = (rng.random(n) < share) & (begins < NEVER) & (until < NEVER) & (until - begins > QUARTER)
    part: NDArray[np.float64] = (until - begins) * rng.uniform(0.1, 0.9, n)
    long = DAY * days * rng.lognormal(0, 0.7, n)
    by = (1 + (long / QUARTER).astype(np.int64)) * QUARTER
    since = np.where(there, begins + part.astype(np.int64), NEVER)
    return life.interrupted(names, since, np.where(there, by, 0))


def _last(*moments: Seconds) -> Seconds:
    """The last of those that come to pass."""
    return reduce(np.maximum, (np.where(moment < NEVER, moment, -1) for moment in moments))
