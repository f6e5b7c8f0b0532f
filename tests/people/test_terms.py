"""What someone types into the search box."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people.terms import Terms, read_terms
from tests import TODAY

BORN = date(1990, 5, 4)


@pytest.mark.parametrize(
    "typed",
    [
        "04/05/1990",
        "4/5/1990",
        "4.5.90",
        "4-5-1990",
        "1990-05-04",
        "4 May 1990",
        "4th may 1990",
        "4th of May 1990",
        "4 Mai 1990",
        "4ydd o Fai 1990",
    ],
)
def test_a_date_of_birth_is_read_however_it_is_written(typed: str) -> None:
    assert read_terms(typed, TODAY) == Terms(born=BORN)


@pytest.mark.parametrize(
    ("month", "number"),
    [
        ("Ionawr", 1),
        ("o Fawrth", 3),
        ("Mehefin", 6),
        ("o Orffennaf", 7),
        ("Tachwedd", 11),
        ("o Ragfyr", 12),
        ("dec", 12),
    ],
)
def test_months_are_known_in_welsh_and_english(month: str, number: int) -> None:
    assert read_terms(f"4 {month} 1990", TODAY).born == date(1990, number, 4)


@pytest.mark.parametrize(("year", "born"), [("16", 2016), ("17", 1917), ("99", 1999), ("00", 2000)])
def test_a_short_year_makes_nobody_younger_than_ten(year: str, born: int) -> None:
    assert read_terms(f"1/2/{year}", TODAY).born == date(born, 2, 1)


@pytest.mark.parametrize(
    "typed", ["31/02/1990", "29/02/2023", "Jones 0/1/1990", "32 Mai 1990", "1990-13-01", "1/1/0000"]
)
def test_a_date_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|year"):
        read_terms(typed, TODAY)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Siân Jones", Terms(words=("sian", "jones"))),
        ("jones,  SIAN jones", Terms(words=("jones", "sian"))),
        ("x123456", Terms(code="X123456")),
        ("X 123 456", Terms(code="X123456")),
        ("a1234bc", Terms(code="A1234BC")),
        ("03/123456x", Terms(code="2003/0123456X")),
        ("Jones X123456", Terms(words=("jones",), code="X123456")),
        ("Siân 4 May 1990 Jones", Terms(words=("sian", "jones"), born=BORN)),
        ("Jones, 4/5/1990", Terms(words=("jones",), born=BORN)),
        ("1234567", Terms(code="1234567")),
        ("O’Brien", Terms(words=("obrien",))),
        ("—", Terms()),
        ("", Terms()),
    ],
)
def test_names_numbers_and_dates_are_told_apart(typed: str, meant: Terms) -> None:
    assert read_terms(typed, TODAY) == meant


def test_the_log_learns_what_sort_of_term_it_was() -> None:
    assert read_terms("Jones 4/5/1990", TODAY).kinds == ["name", "date_of_birth"]
    assert read_terms("X123456", TODAY).kinds == ["number"]


@given(st.text())
def test_nothing_typed_is_more_than_a_refused_date(typed: str) -> None:
    try:
        terms = read_terms(typed, TODAY)
    except ValueError:
        return
    assert len(terms.words) == len(terms.sounds)
