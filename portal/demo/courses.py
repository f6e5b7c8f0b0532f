"""What becomes of referrals: when each is acknowledged, decided, started and ended, drawn as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from portal.demo.agencies import ORDINARY, PROMPT, SILENT, SLOW, STEADY
from portal.demo.hours import DAY, NEVER, Seconds

# How agencies treat referrals: shares of referrals, and medians in working days.
PACES = np.zeros(
    5,
    dtype=[
        ("answers", float),  # share that is ever answered
        ("acknowledges", float),  # share acknowledged in so many words before it is decided
        ("notices", float),  # days to that acknowledgement
        ("decides", float),  # days to the decision
        ("declines", float),  # share of the answered
        ("priority", float),  # share of the accepted
        ("starts", float),  # days from acceptance to service, as a priority
        ("starts_later", float),  # the same as standard
    ],
)
PACES[PROMPT] = (0.98, 0.75, 0.4, 2.0, 0.08, 0.85, 3.0, 9.0)
PACES[STEADY] = (0.94, 0.65, 1.0, 4.5, 0.14, 0.55, 6.0, 14.0)
PACES[SLOW] = (0.88, 0.45, 4.0, 11.0, 0.22, 0.35, 12.0, 25.0)
PACES[SILENT] = (0.55, 0.25, 6.0, 13.0, 0.25, 0.20, 14.0, 25.0)
PACES[ORDINARY] = (0.90, 0.60, 2.0, 8.0, 0.26, 0.12, 10.0, 30.0)

LAPSES_AFTER = 10  # working days in which IOM answers a decline
SOONEST = DAY // 2  # between acceptance and start, so that a first appointment fits in

Flags = NDArray[np.bool_]
MOMENTS = (
    "sent", "acknowledged", "asked", "answered", "paused", "resumed", "decided", "challenged", "reversed", "started",
    "slipped", "reopened", "ended",
)  # fmt: skip


@dataclass(frozen=True)
class Courses:
    """One entry a referral; moments as working seconds, NEVER for what does not come to pass.

    `slipped` is an end in error, undone at `reopened`. `accepted` and `priority` say how it is decided, `withdrawn`
    whether its end is IOM's withdrawal, `lapsed` whether it is IOM's silence on a decline: each means something only
    where that moment comes.
    """

    sent: Seconds
    acknowledged: Seconds
    asked: Seconds
    answered: Seconds
    paused: Seconds
    resumed: Seconds
    decided: Seconds
    challenged: Seconds
    reversed: Seconds
    started: Seconds
    slipped: Seconds
    reopened: Seconds
    ended: Seconds
    accepted: Flags
    priority: Flags
    withdrawn: Flags
    lapsed: Flags

    @property
    def taken(self) -> Seconds:
        """Accepted, at once or on review."""
        return np.where(self.accepted, self.decided, self.reversed)

    @property
    def responded(self) -> Seconds:
        return reduce(np.minimum, (self.acknowledged, self.asked, self.decided))


def delay(moments: Seconds, since: Seconds, by: Seconds) -> Seconds:
    """Whatever was to happen from `since` on happens later."""
    return np.minimum(np.where(moments >= since, moments + by, moments), NEVER)


def draw_courses(
    rng: np.random.Generator, sent: Seconds, profile: Seconds, fixed: Flags
) -> tuple[Courses, Seconds]:
    """Courses as they would be without interruption, and when IOM would lose patience and withdraw.

    `profile`: the agency's, an index of PACES. `fixed`: the person is in the cohort that agencies favour.
    """
    n, pace = len(sent), PACES[profile]
    answered = rng.random(n) < pace["answers"]
    decided = np.where(answered, _after(rng, sent, pace["decides"], 0.8), NEVER)
    accepted = rng.random(n) >= pace["declines"]
    notices = rng.random(n) < pace["acknowledges"] * np.where(answered, 1, 0.4)
    acknowledged = np.where(notices, _after(rng, sent, pace["notices"], 0.6), NEVER)
    challenged, reversed_, final, lapsed = _review(rng, np.where(accepted, NEVER, decided))
    taken = np.where(accepted, decided, reversed_)
    priority = rng.random(n) < pace["priority"] * np.where(fixed, 1.15, 0.95)
    helped = (taken < NEVER) & (rng.random(n) < 0.9)
    wait = np.where(priority, pace["starts"], pace["starts_later"])
    started = np.where(helped, _after(rng, taken + SOONEST, wait, 0.6), NEVER)
    closed = np.where(helped, _after(rng, started, 50.0, 0.6), _after(rng, taken, 15.0, 0.5))
    never = np.full(n, NEVER)
    given_up = np.where(rng.random(n) < 0.95, sent + _days(rng, 10, 45, n), NEVER)
    dropped = sent + 60 + (DAY * rng.exponential(450, n)).astype(np.int64)
    ended = np.minimum(np.where(taken < NEVER, closed, final), NEVER)
    withdrawn_at = np.minimum(dropped, np.where(answered, NEVER, given_up))
    acknowledged = np.where(acknowledged < decided, acknowledged, NEVER)
    return Courses(
        sent, acknowledged, never, never, never, never, decided, challenged, reversed_, started, never, never, ended,
        accepted, priority, np.zeros(n, bool), lapsed,
    ), withdrawn_at  # fmt: skip


def cut(courses: Courses, withdrawn_at: Seconds) -> Courses:
    """Nothing happens after IOM has withdrawn; and what lapses does so when the last day to challenge is over."""
    over = (courses.decided // DAY + LAPSES_AFTER + 1) * DAY + 60
    ended = np.where(courses.lapsed, np.minimum(over, NEVER), courses.ended)
    taken = courses.taken
    withdrawn = (withdrawn_at < courses.decided) | ((taken < withdrawn_at) & (withdrawn_at < ended))
    end = np.where(withdrawn, withdrawn_at, NEVER)
    kept = {
        name: np.where(getattr(courses, name) < end, getattr(courses, name), NEVER) for name in MOMENTS[:-1]
    }
    return replace(courses, **kept, ended=np.where(withdrawn, withdrawn_at, ended), withdrawn=withdrawn)


def _review(rng: np.random.Generator, declined: Seconds) -> tuple[Seconds, Seconds, Seconds, Flags]:
    """Of declines: when IOM challenges, when the agency reverses, when a decline becomes final, and by silence."""
    n, fate = len(declined), rng.random(len(declined))
    lapses, challenges, reverses = fate < 0.12, fate > 0.72, fate > 0.88
    challenged = np.where(challenges, declined + _days(rng, 0.1, LAPSES_AFTER - 2, n), NEVER)
    reviewed = challenged + _days(rng, 0.5, 6, n)
    agreed = declined + _days(rng, 0.1, LAPSES_AFTER - 1, n)
    final = np.where(reverses, NEVER, np.where(challenges, reviewed, agreed))
    reversed_ = np.where(reverses, reviewed, NEVER)
    found = (
        np.minimum(np.where(declined < NEVER, times, NEVER), NEVER)
        for times in (challenged, reversed_, final)
    )
    return (*found, lapses & (declined < NEVER))  # type: ignore[return-value]


def _after(
    rng: np.random.Generator, start: Seconds, days: NDArray[np.float64] | float, spread: float
) -> Seconds:
    """Log-normal around a median; at least a minute."""
    return start + 60 + (DAY * days * rng.lognormal(0, spread, len(start))).astype(np.int64)


def _days(rng: np.random.Generator, fewest: float, most: float, count: int) -> Seconds:
    return (DAY * rng.uniform(fewest, most, count)).astype(np.int64)
