"""The first day past a promise, around weekends and Welsh bank holidays, whenever the clock rested."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clocks.clock import Pause, read
from portal.clocks.due import late_from
from portal.clocks.working_days import WorkingDays

# Good Friday, Easter Monday, the early May and the spring bank holiday of 2026.
CALENDAR = WorkingDays([date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25)])
Rest = tuple[str, str | None]


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("sent", "promised", "rests", "late"),
    [
        ("04-13", 5, [], "04-21"),  # Monday: five working days are over on the Monday after
        ("04-02", 1, [], "04-08"),  # Thursday before Easter: the next working day is Tuesday
        ("04-04", 0, [], "04-08"),  # Easter Saturday counts from Tuesday
        ("04-30", 2, [], "05-06"),  # over the early May bank holiday
        ("04-13", 5, [("04-14", "04-16")], "04-23"),  # asked Tuesday, answered Thursday: two days
        ("04-01", 2, [("04-02", "04-07")], "04-09"),  # rested over Easter: one working day
        ("04-30", 3, [("05-01", "05-05")], "05-08"),  # Friday to Tuesday over a bank holiday: one
        ("04-13", 5, [("04-18", "04-19")], "04-21"),  # a weekend takes nothing off
        ("04-13", 5, [("04-14", "04-15"), ("04-17", "04-21")], "04-24"),  # one day and two
        ("04-13", 1, [("04-20", "04-27")], "04-15"),  # what comes after the breach does not undo it
        ("04-13", 1, [("04-20", None)], "04-15"),
        ("04-13", 0, [("04-14", None)], "04-14"),  # broken on the very day on which it begins to rest
        ("04-13", 1, [("04-14", None)], None),
        ("04-13", 5, [("04-14", "04-16"), ("04-17", None)], None),
        ("04-17", 0, [("04-18", "04-22")], "04-20"),  # asked on a Saturday: the clock stood at Monday
        ("04-17", 0, [("04-18", None)], "04-20"),
        ("04-17", 1, [("04-18", "04-22")], "04-23"),
    ],
)
def test_a_promise_is_broken_on_the_first_day_past_it(
    sent: str, promised: int, rests: list[Rest], late: str | None
) -> None:
    spans = [(day(first), day(last) if last else None) for first, last in rests]
    assert late_from(day(sent), promised, spans, CALENDAR) == (day(late) if late else None)


@settings(max_examples=300, deadline=None)
@given(
    sent=st.integers(0, 60),
    promised=st.integers(0, 10),
    cuts=st.lists(st.integers(0, 60), max_size=7, unique=True).map(sorted),
)
def test_it_is_the_day_that_counting_each_day_finds(sent: int, promised: int, cuts: list[int]) -> None:
    sent_on = date(2026, 3, 25) + timedelta(sent)
    days = [sent_on + timedelta(cut - 9) for cut in cuts]
    rests = [
        (first, days[n + 1] if n + 1 < len(days) else None) for n, first in enumerate(days) if n % 2 == 0
    ]
    pauses = [Pause(noon(first), noon(last) if last else None) for first, last in rests]
    ages = (
        (today, read(noon(sent_on), noon(today), pauses, CALENDAR).net_working)
        for today in (sent_on + timedelta(n) for n in range(120))
    )
    counted = next((today for today, age in ages if age > promised), None)
    assert late_from(sent_on, promised, rests, CALENDAR) == counted


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
