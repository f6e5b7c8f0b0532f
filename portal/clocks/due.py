"""When a promise is broken: the day from which a referral's net age is more than the days that were agreed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal.clocks.working_days import WorkingDays


def late_from(sent_on: date, days: int, rests: Iterable[tuple[date, date]], calendar: WorkingDays) -> date:
    """The first day on which more than `days` working days have run on the net clock.

    `rests`: the dates [from, to) on which that clock rested, apart from each other and all in the past.
    """
    rested = sum(calendar.between(first, last) for first, last in rests)
    return calendar.add(sent_on, days + rested + 1)
