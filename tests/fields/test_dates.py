"""Dates in three boxes."""

from __future__ import annotations

from datetime import date

import pytest

from tests.fields.every_field import drawn, posted, shown


@pytest.mark.parametrize("month", ["3", "03", "March", "mar", "Mawrth", "MAW"])
def test_a_date_is_read_whether_its_month_is_a_number_or_a_name(month: str) -> None:
    form = posted(born_day="27", born_month=month, born_year="1990")
    assert form.errors == {}
    assert form.born.data == date(1990, 3, 27)


@pytest.mark.parametrize(
    ("day", "month", "year", "error", "box"),
    [
        ("", "3", "1990", "The date must include a day", "day"),
        ("27", "", "1990", "The date must include a month", "month"),
        ("27", "3", "", "The date must include a year", "year"),
        ("", "", "1990", "The date must include a day and month", "day"),
        ("", "3", "", "The date must include a day and year", "day"),
        ("27", "", "", "The date must include a month and year", "month"),
        ("29", "2", "2026", "Enter a real date, like 27 3 2026", "day"),
        ("32", "3", "1990", "Enter a real date, like 27 3 2026", "day"),
        ("27", "13", "1990", "Enter a real date, like 27 3 2026", "month"),
        ("27", "3", "90", "The year must have 4 numbers", "year"),
        ("٢٧", "3", "1990", "Enter a real date, like 27 3 2026", "day"),
        ("27", "3", "1" * 300, "The year must have 4 numbers", "year"),
        ("27", "3", "-199", "The year must have 4 numbers", "year"),
    ],
)
def test_a_date_that_is_not_one_says_what_is_wrong_and_where(
    day: str, month: str, year: str, error: str, box: str
) -> None:
    form = posted(born_day=day, born_month=month, born_year=year)
    assert form.error_summary == [(error, f"#born-{box}")]
    assert form.born.data is None
    assert "govuk-input--error" in drawn(form).find(id=f"born-{box}")["class"]  # type: ignore[index]
    assert shown(form, "born-day") == day


def test_an_empty_date_is_no_date_and_no_error() -> None:
    assert posted().born.data is None
