"""When hub sessions are held: weekly or in one week of the month, within their dates, never on a bank holiday."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from portal.agencies.hub_models import HubSession
from portal.agencies.hubs import WEEKS_AHEAD, next_dates
from portal.clocks.working_days import WorkingDays, welsh_bank_holidays

CALENDAR = WorkingDays(sorted(welsh_bank_holidays(range(2026, 2029))))


def session(weekday: int = 0, week: int | None = None, **values: Any) -> HubSession:
    times = {"begins": time(10), "ends": time(12), "from_on": date(2026, 1, 1), "to_on": None}
    return HubSession(weekday=weekday, week_of_month=week, **(times | values))


def dates(held: HubSession, day: date, most: int = 3) -> list[date]:
    return next_dates(held, day, CALENDAR.is_holiday, most)


def test_a_weekly_session_is_held_on_its_weekday_the_day_itself_included() -> None:
    tuesday = date(2026, 6, 2)
    weekly = [tuesday + timedelta(weeks=week) for week in range(3)]
    assert dates(session(1), tuesday) == weekly
    assert dates(session(1), tuesday - timedelta(days=6)) == weekly


@pytest.mark.parametrize(
    ("week", "held"),
    [
        (1, [date(2026, 6, 5), date(2026, 7, 3), date(2026, 8, 7)]),
        (2, [date(2026, 6, 12), date(2026, 7, 10), date(2026, 8, 14)]),
        (4, [date(2026, 6, 26), date(2026, 7, 24), date(2026, 8, 28)]),
        (5, [date(2026, 6, 26), date(2026, 7, 31), date(2026, 8, 28)]),
    ],
)
def test_a_monthly_session_is_held_in_its_week_of_the_month(week: int, held: list[date]) -> None:
    assert dates(session(4, week), date(2026, 6, 1)) == held


def test_nothing_is_held_on_a_bank_holiday() -> None:
    easter_monday, may_day = date(2026, 4, 6), date(2026, 5, 4)
    assert dates(session(0, 1), date(2026, 4, 1), 1) == [date(2026, 6, 1)]
    held = dates(session(0), date(2026, 4, 1), 6)
    assert easter_monday not in held
    assert may_day not in held
    assert date(2026, 4, 13) in held
    assert dates(session(5), date(2026, 12, 26), 1) == [date(2027, 1, 2)]


def test_nothing_is_held_before_the_first_day_or_after_the_last() -> None:
    held = session(1, from_on=date(2026, 6, 3), to_on=date(2026, 6, 16))
    assert dates(held, date(2026, 1, 1)) == [date(2026, 6, 9), date(2026, 6, 16)]
    assert dates(held, date(2026, 6, 17)) == []


def test_the_rule_agrees_with_going_through_every_day() -> None:
    for weekday in range(7):
        for week in (None, 1, 2, 3, 4, 5):
            one = session(weekday, week, from_on=date(2026, 2, 9), to_on=date(2027, 3, 3))
            days = [date(2026, 1, 20) + timedelta(days=number) for number in range(500)]
            slow = [day for day in days if one.is_on(day) and not CALENDAR.is_holiday(day)]
            assert dates(one, days[0], 99) == slow


def test_it_looks_ahead_no_further_than_anyone_plans() -> None:
    assert len(dates(session(2), date(2026, 1, 1), 1000)) <= WEEKS_AHEAD
