"""Which step to suggest once an agency is past what it agreed. Pure; it suggests one step at a time and never nags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from portal.chasing.models import Chase
from portal.clocks.clock import london_date
from portal.clocks.working_days import WorkingDays
from portal.referrals.models import Referral
from portal.referrals.states import OPEN, RESTING, Status

PATIENCE = 2  # working days that an agency is given to answer a step before the next is suggested
LEVELS = ("worker", "manager", "managers")


class Advice(NamedTuple):
    """`step` is chase, advocate or escalate; `level` whom it is put to: worker, manager, or managers of both sides."""

    step: str
    level: str


def next_step(
    levels_so_far: Sequence[str], *, late: bool, waited: int | None, as_standard: bool = False
) -> Advice | None:
    """The step to suggest: first to the worker, then to the agency's manager, then to the managers of both sides.

    `waited`: working days since the last step or its answer, None where there was none. `as_standard`: the agency has
    accepted without priority, so that it is asked for quicker access (advocate) and not for an answer (chase).
    """
    if not late or (waited is not None and waited < PATIENCE):
        return None
    highest = max((LEVELS.index(level) for level in levels_so_far), default=-1)
    if highest < 0:
        return Advice("advocate" if as_standard else "chase", "worker")
    return Advice("escalate", LEVELS[highest + 1]) if highest + 1 < len(LEVELS) else None


def advise(referral: Referral, chases: Sequence[Chase], today: date, calendar: WorkingDays) -> Advice | None:
    """The step to suggest for a referral with these chases, the oldest first; None while its clock rests."""
    status = Status(referral.status)
    late = status in OPEN - RESTING and referral.late_from is not None and referral.late_from <= today
    last = max((london_date(chase.answered_at or chase.at) for chase in chases), default=None)
    return next_step(
        [chase.level for chase in chases],
        late=late,
        waited=None if last is None else calendar.between(last, today),
        as_standard=referral.decision == "accepted_standard",
    )
