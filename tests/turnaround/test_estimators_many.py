import numpy as np
import pytest

from portal.turnaround.estimators import (
    BLOCK,
    DayCounts,
    cumulative_incidence,
    cumulative_incidence_many,
    kaplan_meier,
    median_many,
    wilson,
    wilson_many,
)

COLUMNS = ("share", "low", "high", "competing", "waiting", "at_risk")


def groups(number: int) -> list[DayCounts]:
    random = np.random.default_rng(8)
    return [DayCounts(*random.integers(0, 4, (3, random.integers(0, 40)))) for _ in range(number)]


@pytest.mark.parametrize("number", [0, 1, BLOCK, 3 * BLOCK + 1])
def test_many_groups_have_the_curves_of_each_alone_in_their_order(number: int) -> None:
    found = cumulative_incidence_many(groups(number))
    assert len(found) == number
    for curve, counts in zip(found, groups(number), strict=True):
        alone = cumulative_incidence(counts)
        for column in COLUMNS:
            np.testing.assert_array_equal(getattr(curve, column), getattr(alone, column), strict=True)


def test_many_curves_have_the_median_of_each_alone() -> None:
    curves = [*map(cumulative_incidence, groups(200)), *map(kaplan_meier, groups(200))]
    medians = median_many(curves)
    assert medians == [curve.median() for curve in curves]
    assert any(median.value is None for median in medians)
    assert any(median.low == 0 for median in medians)
    assert median_many([]) == []


def test_many_proportions_have_the_limits_of_each_alone() -> None:
    parts, wholes = [0, 0, 1, 65, 10], [0, 10, 100, 100, 10]
    assert wilson_many(parts, wholes) == [wilson(*pair) for pair in zip(parts, wholes, strict=True)]
    with pytest.raises(ValueError, match="part"):
        wilson_many([1, 4], [2, 3])
