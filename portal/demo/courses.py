"""What becomes of referrals: when each is acknowledged, decided, started and ended, drawn as arrays."""

from __future__ import annotations

from dataclasses import dataclass

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

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Courses:
    """One entry a referral; moments as working seconds, NEVER for what does not come to pass.

    `accepted` and `priority` say how it is decided, `withdrawn` whether its end is IOM's withdrawal: they mean
    something only where that moment comes.
    """

    sent: Seconds
    acknowledged: Seconds
    decided: Seconds
    started: Seconds
    ended: Seconds
    accepted: Flags
    priority: Flags
    withdrawn: Flags


def draw_courses(rng: np.random.Generator, sent: Seconds, profile: Seconds, fixed: Flags) -> Courses:
    """`profile`: the agency's, an index of PACES. `fixed`: the person is in the cohort that agencies favour."""
    n, pace = len(sent), PACES[profile]

    def after(start: Seconds, days: NDArray[np.float64] | float, spread: float) -> Seconds:
        """Log-normal around a median; at least a minute."""
        return start + 60 + (DAY * days * rng.lognormal(0, spread, n)).astype(np.int64)

    answered = rng.random(n) < pace["answers"]
    decided = np.where(answered, after(sent, pace["decides"], 0.8), NEVER)
    accepted = rng.random(n) >= pace["declines"]
    priority = accepted & (rng.random(n) < pace["priority"] * np.where(fixed, 1.15, 0.95))
    notices = rng.random(n) < pace["acknowledges"] * np.where(answered, 1, 0.4)
    acknowledged = np.where(notices, after(sent, pace["notices"], 0.6), NEVER)
    acknowledged = np.where(acknowledged < decided, acknowledged, NEVER)
    helped = accepted & (rng.random(n) < 0.9)
    started = np.where(
        helped, after(decided, np.where(priority, pace["starts"], pace["starts_later"]), 0.6), NEVER
    )
    closed = np.where(helped, after(started, 50.0, 0.6), after(decided, 15.0, 0.5))
    agreed = decided + (DAY * rng.uniform(0.1, LAPSES_AFTER - 1, n)).astype(np.int64)
    ended = np.where(accepted, closed, agreed)
    given_up = np.where(rng.random(n) < 0.8, sent + (DAY * rng.uniform(10, 45, n)).astype(np.int64), NEVER)
    dropped = sent + 60 + (DAY * rng.exponential(450, n)).astype(np.int64)
    withdrawn_at = np.minimum(dropped, np.where(answered, NEVER, given_up))
    withdrawn = (withdrawn_at < decided) | (accepted & (withdrawn_at < ended))
    return _cut(
        Courses(sent, acknowledged, decided, started, ended, accepted, priority, withdrawn), withdrawn_at
    )


def _cut(planned: Courses, withdrawn_at: Seconds) -> Courses:
    """Nothing happens after IOM has withdrawn."""
    end = np.where(planned.withdrawn, withdrawn_at, NEVER)

    def before_end(moment: Seconds) -> Seconds:
        return np.where(moment < end, moment, NEVER)

    return Courses(
        planned.sent,
        before_end(planned.acknowledged),
        before_end(planned.decided),
        before_end(planned.started),
        np.where(planned.withdrawn, withdrawn_at, planned.ended),
        planned.accepted,
        planned.priority,
        planned.withdrawn,
    )
