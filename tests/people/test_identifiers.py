"""Numbers by which other systems know a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people import identifiers

LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("x123456", "X123456"),
        (" X 123 456 ", "X123456"),
        ("12345", None),
        ("XX12345", None),
        ("X1234567", None),
        ("X12345٦", None),
        ("", None),
    ],
)
def test_a_crn_is_a_letter_and_six_digits(typed: str, kept: str | None) -> None:
    assert identifiers.read_crn(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"), [("a1234bc", "A1234BC"), ("A1234B", None), ("A12345C", None), ("A١٢٣٤BC", None)]
)
def test_a_prison_number_has_its_form(typed: str, kept: str | None) -> None:
    assert identifiers.read_prison_number(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2003/0123456X", "2003/0123456X"),
        ("2003/123456x", "2003/0123456X"),
        ("03/123456X", "2003/0123456X"),
        ("26/1A", "2026/0000001A"),
        ("27/1A", "1927/0000001A"),
        ("97/99W", "1997/0000099W"),
        ("20030123456X", "2003/0123456X"),
        ("2003/01234567X", None),
        ("2003/X", None),
        ("٢٠٠٣/0123456X", None),
        ("", None),
    ],
)
def test_a_pnc_id_is_kept_in_its_long_form(typed: str, kept: str | None) -> None:
    assert identifiers.read_pnc_id(typed, 2026) == kept


@given(st.integers(1950, 2049), st.integers(0, 9_999_999))
def test_the_check_letter_is_the_contracts(year: int, serial: int) -> None:
    right = LETTERS[(year % 100 * 10**7 + serial) % 23]
    assert identifiers.pnc_letter(f"{year}/{serial:07}") == right
    assert not identifiers.pnc_letter_is_wrong(f"{year}/{serial:07}{right}")
    wrong = LETTERS[(LETTERS.index(right) + 1) % 23]
    assert identifiers.pnc_letter_is_wrong(f"{year}/{serial:07}{wrong}")


def test_nobody_is_warned_about_a_pnc_id_that_is_not_there() -> None:
    assert not identifiers.pnc_letter_is_wrong(None)


@pytest.mark.parametrize(
    ("typed", "kept"), [("nr 123", "NR123"), ("Jones", None), ("1" * 41, None), ("", None)]
)
def test_a_niche_reference_holds_a_digit(typed: str, kept: str | None) -> None:
    assert identifiers.read_niche_ref(typed) == kept
