"""What small numbers allow one to say, and that an analyst is never shown 1 to 7 people."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from portal.turnaround.estimators import DayCounts, Median, cumulative_incidence, wilson
from portal.turnaround.lines import per_cent
from portal.turnaround.result import Row
from portal.turnaround.small_numbers import harmless, hidden_cells, says_median

DAYS = (5, 10)


def make_result(
    early: int, late: int, rest: int, *, due: int | None = None, open_now: int = 0, excluded: int = 0
) -> Row:
    """Answers on day 5 and day 10, and referrals withdrawn on day 12."""
    event, competing = np.zeros(13, dtype=np.int64), np.zeros(13, dtype=np.int64)
    event[5], event[10], competing[12] = early, late, rest
    counts = DayCounts(event, competing, np.zeros(13, dtype=np.int64))
    curve = cumulative_incidence(counts)
    whole = early + late + rest if due is None else due
    return Row(
        key="1",
        label="Nacro",
        need="housing",
        counts=counts,
        curve=curve,
        median=curve.median(),
        excluded=excluded,
        open_now=open_now,
        oldest_open_days=3 if open_now else None,
        in_time=wilson(min(early, whole), whole),
    )


@pytest.mark.parametrize(
    ("n", "high", "said"),
    [(7, 1, False), (8, None, False), (8, 9, True), (19, None, False), (20, None, True)],
)
def test_a_median_needs_twenty_or_eight_with_an_upper_limit(n: int, high: int | None, said: bool) -> None:
    assert says_median(n, Median(3, 2, high)) is said


def test_numbers_from_one_to_seven_are_harmful() -> None:
    assert [harmless(number) for number in (0, 1, 7, 8)] == [True, False, False, True]


def test_large_cells_are_all_shown() -> None:
    row = make_result(20, 10, 30, open_now=8, excluded=9)
    assert hidden_cells(row, row, DAYS) == frozenset()


def test_a_small_row_is_hidden_whole() -> None:
    row = make_result(3, 2, 2)
    assert hidden_cells(row, row, DAYS) == {"sent", "in_time", "priority", "5", "10"}


def test_small_counts_beside_the_row_are_hidden() -> None:
    row = make_result(20, 10, 30, open_now=7, excluded=1)
    assert hidden_cells(row, row, DAYS) == {"waiting", "left_out"}


def test_no_small_cell_can_be_worked_out_from_what_is_shown() -> None:
    """Every difference between two numbers that are shown is 0 or at least 8."""
    for early, late, rest in product((0, 1, 7, 8, 9, 20), repeat=3):
        row = make_result(early, late, rest)
        hidden = hidden_cells(row, row, DAYS)
        if "sent" in hidden:
            continue
        answered = {"5": early, "10": early + late}
        ladder = [0, *(answered[day] for day in ("5", "10") if day not in hidden), row.n]
        assert all(harmless(above - below) for below, above in pairwise(ladder))
        if "in_time" not in hidden:
            assert harmless(row.in_time.part, row.in_time.whole - row.in_time.part)


def test_a_share_of_some_is_neither_none_nor_all() -> None:
    assert [per_cent(share) for share in (0, 0.001, 0.125, 0.999, 1)] == [0, 1, 12, 99, 100]
