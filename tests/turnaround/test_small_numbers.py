"""What small numbers allow one to say."""

from __future__ import annotations

import pytest

from portal.turnaround.estimators import Median
from portal.turnaround.lines import per_cent
from portal.turnaround.small_numbers import says_median


@pytest.mark.parametrize(
    ("n", "high", "said"),
    [(7, 1, False), (8, None, False), (8, 9, True), (19, None, False), (20, None, True)],
)
def test_a_median_needs_twenty_or_eight_with_an_upper_limit(n: int, high: int | None, said: bool) -> None:
    assert says_median(n, Median(3, 2, high)) is said


def test_a_share_of_some_is_neither_none_nor_all() -> None:
    assert [per_cent(share) for share in (0, 0.001, 0.125, 0.999, 1)] == [0, 1, 12, 99, 100]
