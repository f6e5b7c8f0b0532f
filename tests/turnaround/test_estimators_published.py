"""The estimators against published answers, scikit-survival and SciPy (turnaround.md, section 6)."""

import numpy as np
import pytest
from lifelines.datasets import load_leukemia, load_lung
from numpy.typing import ArrayLike, NDArray
from scipy.stats import CensoredData, ecdf
from sksurv.compare import compare_survival
from sksurv.datasets import load_bmt
from sksurv.nonparametric import cumulative_incidence_competing_risks

from portal.turnaround.comparison import Judged, compare
from portal.turnaround.estimators import (
    DayCounts,
    cumulative_incidence,
    cumulative_incidence_many,
    kaplan_meier,
    log_rank,
    wilson,
)
from portal.turnaround.trend import xmr

EVENT, COMPETING, CENSORED = 1, 2, 0


def counted(times: ArrayLike, kinds: ArrayLike) -> DayCounts:
    days, states = np.asarray(times, dtype=int), np.asarray(kinds, dtype=int)
    length = int(days.max()) + 1
    return DayCounts(
        *(np.bincount(days[states == kind], minlength=length) for kind in (EVENT, COMPETING, CENSORED))
    )


def random_case(random: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Days and kinds, many of them tied; the last day censored, else scikit-survival's limits collapse."""
    size, last = int(random.integers(2, 60)), int(random.integers(1, 25))
    days = np.append(random.integers(0, last, size), last)
    kinds = np.append(random.choice(3, size, p=random.dirichlet([1, 1, 1])), CENSORED)
    kinds[:2] = EVENT, COMPETING
    return days, kinds


def test_lung_cancer_has_the_published_medians_and_log_rank() -> None:
    lung = load_lung()
    men, women = (counted(group.time, group.status) for _sex, group in lung.groupby("sex"))
    assert men.total + women.total == 228
    men_median, women_median = kaplan_meier(men).median(), kaplan_meier(women).median()
    assert (men_median.value, men_median.low, men_median.high) == (270, 212, 310)
    assert (women_median.value, women_median.low, women_median.high) == (426, 348, 550)
    difference = log_rank(men, women)
    assert difference is not None
    assert difference.chi_squared == pytest.approx(10.3267, abs=5e-5)
    assert difference.p == pytest.approx(0.00131, abs=5e-6)


def test_leukaemia_has_the_published_medians() -> None:
    leukaemia = load_leukemia()
    treated, placebo = (counted(group.t, group.status) for _arm, group in leukaemia.groupby("Rx"))
    assert kaplan_meier(treated).median().value == 23
    assert kaplan_meier(placebo).median().value == 8


def test_bone_marrow_transplants_have_the_published_cumulative_incidence() -> None:
    _covariates, outcomes = load_bmt()
    days, kinds = outcomes["ftime"], outcomes["status"]
    swapped = np.choose(kinds, [CENSORED, COMPETING, EVENT])
    mortality, relapse = counted(days, kinds), counted(days, swapped)
    assert cumulative_incidence(mortality).share_at(72).share == pytest.approx(0.27283899, abs=5e-9)
    assert cumulative_incidence(relapse).share_at(72).share == pytest.approx(0.48126955, abs=5e-9)
    assert kaplan_meier(mortality).share_at(72).share == pytest.approx(0.3297, abs=5e-5)
    assert kaplan_meier(relapse).share_at(72).share == pytest.approx(0.6282, abs=5e-5)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(65, 100, 0.552544, 0.736358), (1, 100, 0.001767, 0.054486), (0, 10, 0, 0.2775328)],
)
def test_wilson_limits_are_the_published_ones(part: int, whole: int, low: float, high: float) -> None:
    proportion = wilson(part, whole)
    assert (proportion.low, proportion.high) == pytest.approx((low, high), abs=5e-7)


def test_the_welsh_table_has_the_published_shares_and_its_agencies_differ_structurally() -> None:
    table = ((273, 399), (76, 86), (169, 191), (92, 93), (417, 453), (55, 325), (313, 368))
    shares = [round(100 * (wilson(*cell).share or 0), 1) for cell in table]
    assert shares == [68.4, 88.4, 88.5, 98.9, 92.1, 16.9, 85.1]
    comparison = compare([Judged(i, "Wales", whole, part) for i, (part, whole) in enumerate(table)])
    assert comparison.structural
    assert not any(found.flag for found in comparison.agencies)


def test_the_xmr_chart_has_the_published_mean() -> None:
    chart = xmr([1, 2, 1, 2, 10, *([1, 2] * 6), 1])
    assert chart is not None
    assert round(chart.mean, 2) == 1.94
    assert [i for i, rules in enumerate(chart.signals) if "outside" in rules] == [4]


def test_a_thousand_random_cases_agree_with_scikit_survival() -> None:
    random = np.random.default_rng(2)
    cases = [random_case(random) for _ in range(1_000)]
    curves = cumulative_incidence_many([counted(*case) for case in cases])
    for (days, kinds), curve in zip(cases, curves, strict=True):
        times, shares, limits = cumulative_incidence_competing_risks(
            kinds, days, conf_type="log-log", var_type="Dinse_Approx"
        )
        at = times.astype(int)
        ours = np.array([curve.share[at], curve.competing[at], 1 - curve.waiting[at]])
        np.testing.assert_allclose(ours, shares[[1, 2, 0]], rtol=0, atol=1e-9)
        np.testing.assert_allclose(curve.share[at] + curve.competing[at] + curve.waiting[at], 1, atol=1e-12)
        inside = (shares[1] > 0) & (shares[1] < 1)
        band = np.array([curve.low[at], curve.high[at]])[:, inside]
        np.testing.assert_allclose(band, limits[1][:, inside], rtol=0, atol=1e-9)


def test_a_thousand_random_cases_of_one_event_agree_with_scipy() -> None:
    random = np.random.default_rng(3)
    for _ in range(1_000):
        days, kinds = random_case(random)
        curve = kaplan_meier(counted(days, kinds))
        ended = kinds == EVENT
        survival = ecdf(CensoredData(uncensored=days[ended], right=days[~ended])).sf
        grid = np.arange(days.max() + 1)
        np.testing.assert_allclose(1 - curve.share[grid], survival.evaluate(grid), rtol=0, atol=1e-9)


def test_random_groups_agree_with_the_log_rank_of_scikit_survival() -> None:
    random = np.random.default_rng(4)
    for _ in range(200):
        (days1, kinds1), (days2, kinds2) = random_case(random), random_case(random)
        outcomes = np.array(
            list(zip(np.append(kinds1, kinds2) == EVENT, np.append(days1, days2), strict=True)),
            dtype=[("event", bool), ("day", float)],
        )
        groups = np.repeat([0, 1], [len(days1), len(days2)])
        difference = log_rank(counted(days1, kinds1), counted(days2, kinds2))
        assert difference is not None
        assert (difference.chi_squared, difference.p) == pytest.approx(
            compare_survival(outcomes, groups), abs=1e-9
        )
