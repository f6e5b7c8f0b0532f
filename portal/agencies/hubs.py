"""When a hub session is next held: its rule, less Welsh bank holidays. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice

from portal.agencies.hub_models import HubSession

WEEKS_AHEAD = 60


def next_dates(
    session: HubSession, day: date, is_holiday: Callable[[date], bool], most: int = 3
) -> list[date]:
    """Its first dates on or after `day`, soonest first; none beyond 60 weeks, after which nobody plans."""
    return list(islice(_dates(session, max(day, session.from_on), is_holiday), most))


def _dates(session: HubSession, day: date, is_holiday: Callable[[date], bool]) -> Iterator[date]:
    first = day + timedelta(days=(session.weekday - day.weekday()) % 7)
    for week in range(WEEKS_AHEAD):
        held = first + timedelta(weeks=week)
        if session.is_on(held) and not is_holiday(held):
            yield held
