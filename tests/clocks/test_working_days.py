from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clocks.working_days import WorkingDays, welsh_bank_holidays

unhurried = settings(max_examples=100, deadline=None)  # a busy machine is no failure

DAYS = st.dates(date(2023, 11, 1), date(2024, 4, 30))  # Christmas, New Year, 29 February, Easter
HOLIDAYS = st.lists(DAYS, max_size=12)
WELSH = WorkingDays(list(welsh_bank_holidays(range(2022, 2028))))

# As published on gov.uk for England and Wales; days that fall on a weekend and are not replaced are left out.
PUBLISHED = """
2022-01-03 2022-04-15 2022-04-18 2022-05-02 2022-06-02 2022-06-03 2022-08-29 2022-09-19 2022-12-26 2022-12-27
2023-01-02 2023-04-07 2023-04-10 2023-05-01 2023-05-08 2023-05-29 2023-08-28 2023-12-25 2023-12-26
2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26
2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26
2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28
2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28
"""


def walk(start: date, stop: date, holidays: list[date]) -> int:
    """Day by day: the first working day is day 0, every later one adds 1."""
    counted = [
        day
        for day in (start + timedelta(n) for n in range((stop - start).days + 1))
        if day.weekday() < 5 and day not in holidays
    ]
    return max(len(counted) - 1, 0)


def test_welsh_bank_holidays_are_those_that_the_government_published() -> None:
    weekdays = sorted(day.isoformat() for day in welsh_bank_holidays(range(2022, 2028)) if day.weekday() < 5)
    assert weekdays == PUBLISHED.split()


def test_welsh_bank_holidays_are_named() -> None:
    names = welsh_bank_holidays([2026])
    assert names[date(2026, 4, 6)] == "Easter Monday"
    assert set(names) == {day for day in names if day.year == 2026}


@pytest.mark.parametrize(
    ("start", "stop", "days"),
    [
        ("2026-11-23", "2026-11-23", 0),
        ("2026-11-23", "2026-11-27", 4),
        ("2026-11-20", "2026-11-23", 1),  # Friday to Monday
        ("2026-11-20", "2026-11-22", 0),  # Friday to Sunday: stop rolled back
        ("2026-11-21", "2026-11-23", 0),  # Saturday to Monday: start rolled forward
        ("2026-11-21", "2026-11-22", 0),  # nothing between
        ("2026-11-27", "2026-11-23", 0),  # never below 0
        ("2026-04-02", "2026-04-07", 1),  # Easter: Thursday to Tuesday
        ("2024-02-28", "2024-03-01", 2),  # over 29 February
        ("2026-12-24", "2027-01-04", 4),  # Christmas, its substitute day, New Year
    ],
)
def test_working_days_between_two_dates_leave_out_weekends_and_bank_holidays(
    start: str, stop: str, days: int
) -> None:
    assert WELSH.between(date.fromisoformat(start), date.fromisoformat(stop)) == days


@unhurried
@given(DAYS, DAYS, HOLIDAYS)
def test_working_days_between_agree_with_a_walk_day_by_day(
    start: date, stop: date, holidays: list[date]
) -> None:
    assert WorkingDays(holidays).between(start, stop) == walk(start, stop, holidays)


@unhurried
@given(st.lists(st.tuples(DAYS, DAYS), max_size=20), HOLIDAYS)
def test_many_pairs_at_once_give_what_each_pair_gives(
    pairs: list[tuple[date, date]], holidays: list[date]
) -> None:
    working_days = WorkingDays(holidays)
    starts, stops = (np.array([pair[i] for pair in pairs], dtype="datetime64[D]") for i in (0, 1))
    assert working_days.between_many(starts, stops).tolist() == [
        working_days.between(*pair) for pair in pairs
    ]


@unhurried
@given(DAYS, st.integers(0, 60), HOLIDAYS)
def test_a_due_date_is_the_first_working_day_on_which_the_count_is_reached(
    start: date, days: int, holidays: list[date]
) -> None:
    due = WorkingDays(holidays).add(start, days)
    assert due.weekday() < 5
    assert due not in holidays
    assert walk(start, due, holidays) == days
    before = (start + timedelta(n) for n in range((due - start).days))
    assert all(walk(start, day, holidays) < days for day in before if days > 0)


def test_a_due_date_passes_over_easter() -> None:
    assert WELSH.add(date(2026, 4, 1), 5) == date(2026, 4, 10)


def test_a_due_date_before_its_start_is_refused() -> None:
    with pytest.raises(ValueError, match="before its start"):
        WELSH.add(date(2026, 4, 1), -1)


def test_a_due_date_past_the_calendar_overflows_like_any_date() -> None:
    with pytest.raises(OverflowError):
        WELSH.add(date(9999, 12, 30), 5)


@unhurried
@given(DAYS, st.integers(0, 25), HOLIDAYS)
def test_subtracting_the_numbers_of_the_calendar_table_counts_working_days(
    first: date, length: int, holidays: list[date]
) -> None:
    working_days = WorkingDays(holidays)
    table = working_days.ordinals(first, first + timedelta(length))
    for start in table:
        for stop in table:
            assert max(stop.back - start.forward, 0) == working_days.between(start.day, stop.day)


@unhurried
@given(DAYS, DAYS, HOLIDAYS)
def test_the_calendar_table_has_every_day_once_and_marks_holidays_even_on_weekends(
    first: date, last: date, holidays: list[date]
) -> None:
    table = WorkingDays(holidays).ordinals(first, last)
    assert [row.day for row in table] == [first + timedelta(n) for n in range((last - first).days + 1)]
    assert [row.day for row in table if row.holiday] == sorted(
        {day for day in holidays if first <= day <= last}
    )


def test_a_longer_calendar_table_leaves_the_earlier_rows_as_they_were() -> None:
    short = WELSH.ordinals(date(2026, 1, 1), date(2026, 6, 30))
    assert WELSH.ordinals(date(2026, 1, 1), date(2027, 12, 31))[: len(short)] == short
