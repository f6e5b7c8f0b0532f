from fractions import Fraction
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from portal.turnaround.estimators import (
    TOLERANCE,
    Curve,
    DayCounts,
    LogRank,
    Median,
    Proportion,
    Share,
    Z,
    cumulative_incidence,
    kaplan_meier,
    log_rank,
    wilson,
)

unhurried = settings(max_examples=200, deadline=None)  # a busy machine is no failure

COUNTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=15
).map(lambda rows: DayCounts(*np.array(rows).T))


def counts_of(event: ArrayLike, competing: ArrayLike, censored: ArrayLike) -> DayCounts:
    return DayCounts(np.array(event), np.array(competing), np.array(censored))


def exact(counts: DayCounts) -> tuple[list[Fraction], list[Fraction]]:
    """Share and its variance on each day, term by term from the page, in exact fractions."""
    survival, share, n = Fraction(1), Fraction(0), counts.total
    shares, variances, terms = [], [], []
    for d, c, left in zip(
        counts.event.tolist(), counts.competing.tolist(), counts.censored.tolist(), strict=True
    ):
        if n:
            share += survival * Fraction(d, n)
            terms.append((share, survival, n, d, d + c))
            survival *= 1 - Fraction(d + c, n)
        shares.append(share)
        variances.append(sum((exact_term(share, *term) for term in terms), Fraction(0)))
        n -= d + c + left
    return shares, variances


def exact_term(now: Fraction, then: Fraction, survival: Fraction, n: int, d: int, ended: int) -> Fraction:
    moved = now - then
    spread = moved**2 * Fraction(ended, n * (n - ended)) if moved else Fraction(0)
    return spread + survival**2 * Fraction(d * (n - d), n**3) - 2 * moved * survival * Fraction(d, n**2)


def test_a_week_worked_out_by_hand() -> None:
    curve = cumulative_incidence(counts_of([2, 0, 3], [0, 1, 0], [0, 2, 2]))
    assert curve.share_at(0) == Share(0, 0.2, *limits(curve, 0), 0.0, 0.8)
    share = curve.share_at(2)
    assert share.share == pytest.approx(0.2 + 0.7 * 3 / 5)
    assert share.competing == pytest.approx(0.1)
    assert share.waiting == pytest.approx(0.7 * 2 / 5)
    assert curve.at_risk.tolist() == [10, 8, 5, 0]
    assert curve.median().value == 2


def limits(curve: Curve, day: int) -> tuple[float, float]:
    return float(curve.low[day]), float(curve.high[day])


@pytest.mark.parametrize("columns", [([], [], []), ([0, 0], [0, 0], [0, 0])])
def test_nothing_of_nothing_is_unknown(columns: tuple[list[int], list[int], list[int]]) -> None:
    curve = cumulative_incidence(counts_of(*columns))
    assert curve.share_at(5) == Share(5, None, None, None, None, None)
    assert curve.median() == Median(None, None, None)
    assert wilson(0, 0) == Proportion(0, 0, None, None)
    assert wilson(0, 0).share is None


def test_a_day_that_nobody_has_been_followed_to_is_unknown() -> None:
    curve = cumulative_incidence(counts_of([0, 0, 0], [0, 0, 0], [0, 0, 4]))
    assert curve.share_at(2).share == 0
    assert curve.share_at(3) == Share(3, None, None, None, None, None)


def test_where_none_is_answered_the_limits_are_wilsons_of_those_whose_state_is_known() -> None:
    curve = cumulative_incidence(counts_of([0, 0, 0], [3, 0, 0], [0, 5, 7]))
    for day, known in ((0, 15), (1, 15), (2, 10), (3, 3), (9, 3)):
        expected = wilson(0, known)
        share = curve.share_at(day)
        assert (share.share, share.low, share.high) == (0, expected.low, expected.high)


def test_where_all_are_answered_the_limits_are_wilsons_of_those_whose_state_is_known() -> None:
    curve = cumulative_incidence(counts_of([1, 1, 1, 3], [0, 0, 0, 0], [0, 4, 0, 0]))
    for day in (3, 4, 40):
        share = curve.share_at(day)
        assert (share.share, share.low, share.high) == (1, wilson(6, 6).low, 1)


def test_rounding_never_hides_that_all_are_answered() -> None:
    for n in range(1, 200):
        share = cumulative_incidence(counts_of([1] * n, [0] * n, [0] * n)).share_at(n)
        assert (share.share, share.low, share.high) == (1, wilson(n, n).low, 1)


def test_day_nought_is_a_true_median() -> None:
    assert cumulative_incidence(counts_of([9, 1], [0, 0], [0, 2])).median().value == 0


def test_a_median_is_the_first_day_at_exactly_one_half_and_no_midpoint() -> None:
    assert cumulative_incidence(counts_of([3, 0, 0, 0, 3], [0] * 5, [0] * 5)).median().value == 0


def test_a_median_that_is_not_reached_is_unknown() -> None:
    median = cumulative_incidence(counts_of([4, 0], [0, 9], [0, 7])).median()
    assert (median.value, median.high) == (None, None)


@unhurried
@given(COUNTS)
def test_limits_are_log_log_on_the_share_with_the_delta_method_variance(counts: DayCounts) -> None:
    assume(counts.total)
    curve = cumulative_incidence(counts)
    shares, variances = exact(counts)
    for day, (share, variance) in enumerate(zip(shares, variances, strict=True)):
        if 0 < share < 1:
            stretch = Z * sqrt(variance) / (share * -log(share))
            low, high = (exp(log(share) * exp(sign * stretch)) for sign in (1, -1))
            assert limits(curve, day) == pytest.approx((low, high), abs=1e-9)


@unhurried
@given(COUNTS, st.integers(0, 20))
def test_the_three_shares_add_to_one_and_the_limits_hold_the_share(counts: DayCounts, day: int) -> None:
    share = cumulative_incidence(counts).share_at(day)
    if share.share is None or share.competing is None or share.waiting is None:
        assert counts.censored[:day].sum() == counts.total
        return
    assert share.share + share.competing + share.waiting == pytest.approx(1, abs=1e-12)
    if share.low is not None and share.high is not None:
        assert 0 <= share.low <= share.share <= share.high <= 1


@unhurried
@given(COUNTS)
def test_median_limits_invert_the_band(counts: DayCounts) -> None:
    curve = cumulative_incidence(counts)
    shares = [curve.share_at(day) for day in range(len(counts.event)) if curve.at_risk[day]]
    first = [
        next((s.day for s in shares if getattr(s, name) >= 0.5 - TOLERANCE), None)
        for name in ("share", "high", "low")
    ]
    assert curve.median() == Median(*first)


@unhurried
@given(COUNTS, st.integers(1, 5), st.integers(0, 25))
def test_empty_days_at_the_end_change_nothing(counts: DayCounts, more: int, day: int) -> None:
    longer = DayCounts(*(np.pad(c, (0, more)) for c in (counts.event, counts.competing, counts.censored)))
    plain, padded = cumulative_incidence(counts), cumulative_incidence(longer)
    assert padded.share_at(day) == plain.share_at(day)
    assert padded.median() == plain.median()


@unhurried
@given(COUNTS, st.integers(0, 20))
def test_kaplan_meier_never_shows_less_than_the_share_with_competing_events(
    counts: DayCounts, day: int
) -> None:
    fair, flattering = cumulative_incidence(counts).share_at(day), kaplan_meier(counts).share_at(day)
    if fair.share is not None and flattering.share is not None:
        assert flattering.share >= fair.share - TOLERANCE


def test_medians_agree_with_exact_fractions() -> None:
    random = np.random.default_rng(20261123)
    at_one_half = 0
    for _ in range(1_000):
        days = int(random.integers(2, 12))
        counts = DayCounts(*random.integers(0, (4, 2, 3), (days, 3)).T)
        shares, _variances = exact(counts)
        at_one_half += Fraction(1, 2) in shares
        expected = next((day for day, share in enumerate(shares) if share >= Fraction(1, 2)), None)
        assert cumulative_incidence(counts).median().value == expected
    assert at_one_half > 30


def test_an_agency_that_never_answers_two_in_five_is_not_shown_as_answering_nearly_all() -> None:
    random = np.random.default_rng(7)
    answered = np.bincount(random.integers(1, 41, 6_000), minlength=61)
    withdrawn = np.bincount(random.integers(10, 31, 4_000), minlength=61)
    counts = DayCounts(answered, withdrawn, np.zeros(61, int))
    assert cumulative_incidence(counts).share_at(40).share == pytest.approx(0.6)
    flattering = kaplan_meier(counts).share_at(39).share
    assert flattering is not None
    assert flattering > 0.9


def test_a_million_referrals_give_the_shares_of_a_hundred_with_narrower_limits() -> None:
    columns = ([20, 15, 5], [5, 5, 0], [0, 10, 40])
    few = cumulative_incidence(counts_of(*columns))
    many = cumulative_incidence(DayCounts(*(np.array(column) * 10_000 for column in columns)))
    assert many.share == pytest.approx(few.share, nan_ok=True)
    assert many.high[2] - many.low[2] == pytest.approx((few.high[2] - few.low[2]) / 100, rel=0.02)


@unhurried
@given(COUNTS, COUNTS)
def test_log_rank_on_ties_is_the_hypergeometric_sum_in_exact_fractions(
    first: DayCounts, second: DayCounts
) -> None:
    """Mantel, Cancer Chemotherapy Reports 50 (1966), 163–170: day by day the table of the two groups."""
    surprise = variance = Fraction(0)
    for day in range(max(len(first.event), len(second.event))):
        (n1, d1), (n2, d2) = (
            (left_on(group, day), int(group.event[day : day + 1].sum())) for group in (first, second)
        )
        n, d = n1 + n2, d1 + d2
        if n > 1:
            surprise += d1 - Fraction(d * n1, n)
            variance += Fraction(d * n1 * n2 * (n - d), n**2 * (n - 1))
    found = log_rank(first, second)
    if variance == 0:
        assert found is None
    else:
        assert found is not None
        assert found.chi_squared == pytest.approx(float(surprise**2 / variance), abs=1e-9)


def left_on(counts: DayCounts, day: int) -> int:
    return int(sum(column[day:].sum() for column in (counts.event, counts.competing, counts.censored)))


def test_groups_of_one_speed_do_not_differ() -> None:
    counts = counts_of([3, 2, 1], [0, 1, 0], [1, 1, 4])
    assert log_rank(counts, counts) == LogRank(0.0, 1.0)


def test_groups_without_events_cannot_be_compared() -> None:
    waiting = counts_of([0, 0], [0, 2], [3, 4])
    assert log_rank(waiting, waiting) is None
    assert log_rank(counts_of([3], [0], [0]), counts_of([], [], [])) is None


@pytest.mark.parametrize(
    "columns",
    [([1], [1, 0], [1]), ([-1], [0], [0]), ([0.5], [0], [0]), ([[1]], [[1]], [[1]])],
)
def test_day_counts_that_are_not_counts_are_refused(columns: tuple[list[int], list[int], list[int]]) -> None:
    with pytest.raises(ValueError, match="day counts"):
        counts_of(*columns)


def test_wilson_limits_end_exactly_at_nought_and_one() -> None:
    for whole in range(1, 2_000):
        assert wilson(0, whole).low == 0
        assert wilson(whole, whole).high == 1


@pytest.mark.parametrize(("part", "whole"), [(-1, 3), (4, 3), (0, -1)])
def test_a_part_outside_its_whole_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="part"):
        wilson(part, whole)


def test_a_day_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0"):
        cumulative_incidence(counts_of([1], [0], [0])).share_at(-1)
