"""When a promise is broken: the day from which a referral's net age is more than the days that were agreed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal.clocks.working_days import WorkingDays


def late_from(
    sent_on: date, days: int, rests: Iterable[tuple[date, date | None]], calendar: WorkingDays
) -> date | None:
    """The first day on which more than `days` working days have run on the net clock; None if it rests before that.

    `rests`: the dates [from, to) on which that clock rested, in order and apart; `to` is None while it still does.
    What it rested before `sent_on` does not count: the clock of an offer starts when the person is available.
    """
    rested, late = 0, calendar.add(sent_on, days + 1)
    for first, last in rests:
        if last is not None and last <= sent_on:
            continue
        first = max(first, sent_on)
        if late <= calendar.add(first, 0):  # a rest from a day off begins to count with the next working day
            break
        if last is None:
            return None
        rested += calendar.between(first, last)
        late = calendar.add(sent_on, days + rested + 1)
    return late
