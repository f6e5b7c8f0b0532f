from itertools import combinations, product
from math import prod
from time import perf_counter

import numpy as np
import pytest
from scipy.stats import binom, hypergeom, poisson_binom

from benchmarks import simulation
from portal.turnaround.comparison import (
    INVESTIGATE,
    LOOK,
    Compared,
    Comparison,
    Judged,
    Tails,
    compare,
    conditional_tails,
    limits,
    poisson_binomial_tails,
)

WELSH = ((273, 399), (76, 86), (169, 191), (92, 93), (417, 453), (55, 325), (313, 368))


def alike(*parts: tuple[int, int], stratum: str = "rural") -> list[Judged]:
    return [Judged(f"agency {i}", stratum, whole, part) for i, (part, whole) in enumerate(parts)]


def by_agency(comparison: Comparison) -> dict[str, Compared]:
    return {found.agency: found for found in comparison.agencies}


def test_tails_agree_with_every_outcome_counted_out() -> None:
    random = np.random.default_rng(5)
    for _ in range(100):
        p = random.choice([0, 1, 0.5, *random.random(4)], random.integers(0, 8))
        outcomes = list(product((0, 1), repeat=len(p)))
        chances = [prod(x if o else 1 - x for o, x in zip(each, p, strict=True)) for each in outcomes]
        for k in range(-1, len(p) + 2):
            lower = sum(c for o, c in zip(outcomes, chances, strict=True) if sum(o) <= k)
            upper = sum(c for o, c in zip(outcomes, chances, strict=True) if sum(o) >= k)
            assert poisson_binomial_tails(p, k) == pytest.approx((lower, upper), abs=1e-13)


def test_tails_agree_with_scipy() -> None:
    random = np.random.default_rng(6)
    for size in (1, 10, 100, 400):
        p = np.round(random.random(size), 2)
        known = poisson_binom(p)
        for k in random.integers(0, size + 1, 20).tolist():
            expected = (known.cdf(k), known.cdf(size) - known.cdf(k - 1) if k else 1)
            assert poisson_binomial_tails(p, k) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "p", "k"), [(20_000, 0.3, 5_600), (20_000, 0.001, 60), (20_000, 0.999, 19_950)]
)
def test_small_tails_of_many_trials_keep_their_digits(n: int, p: float, k: int) -> None:
    tails = poisson_binomial_tails([p] * n, k)
    assert tails == pytest.approx((binom.cdf(k, n, p), binom.sf(k - 1, n, p)), rel=1e-9)


def test_twenty_thousand_different_chances_take_no_time() -> None:
    p = np.random.default_rng(7).random(20_000)
    began = perf_counter()
    lower, upper = poisson_binomial_tails(p, round(p.sum()))
    assert perf_counter() - began < 5
    assert lower + upper == pytest.approx(1 + 1 / np.sqrt(2 * np.pi * (p * (1 - p)).sum()), abs=1e-4)


def test_conditional_tails_agree_with_every_drawing_counted_out() -> None:
    random = np.random.default_rng(8)
    for _ in range(30):
        strata = random.integers(1, 4)
        wholes = random.integers(1, 6, strata).tolist()
        parts, drawn = ([int(random.integers(0, whole + 1)) for whole in wholes] for _ in range(2))
        drawings = [
            list(combinations([1] * part + [0] * (whole - part), n))
            for whole, part, n in zip(wholes, parts, drawn, strict=True)
        ]
        sums = [sum(map(sum, each)) for each in product(*drawings)]
        for k in range(-1, sum(drawn) + 2):
            expected = np.mean([found <= k for found in sums]), np.mean([found >= k for found in sums])
            tails = conditional_tails(drawn, list(zip(wholes, parts, strict=True)), k)
            assert tails == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize(
    ("n", "whole", "part", "k"),
    [
        (5_000, 100_000, 30_000, 1_350),
        (5_000, 6_000, 3_000, 2_450),
        (900, 1_000, 990, 885),
        (40, 90_000, 3, 2),
    ],
)
def test_small_conditional_tails_of_many_keep_their_digits(n: int, whole: int, part: int, k: int) -> None:
    expected = hypergeom.cdf(k, whole, part, n), hypergeom.sf(k - 1, whole, part, n)
    assert conditional_tails([n], [(whole, part)], k) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("n", "whole", "part"), [(4, 3, 1), (2, 3, 4), (-1, 3, 1)])
def test_more_drawn_or_in_time_than_there_are_is_refused(n: int, whole: int, part: int) -> None:
    with pytest.raises(ValueError, match="part of the whole"):
        conditional_tails([n], [(whole, part)], 0)


def test_two_hundred_agencies_in_six_strata_take_no_time() -> None:
    cells = list(simulation.alike(np.random.default_rng(9), 200, 400))
    began = perf_counter()
    compare(cells)
    assert perf_counter() - began < 1.5  # 0.1 s where nothing else runs


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_chance_outside_nought_to_one_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        poisson_binomial_tails([p], 0)


def test_in_a_structural_difference_sides_are_told_and_no_flags() -> None:
    comparison = compare(alike(*WELSH))
    assert [found.side for found in comparison.agencies] == [
        "fewer",
        "more",
        "more",
        "more",
        "more",
        "fewer",
        "more",
    ]
    assert [found.flag for found in comparison.agencies] == [None] * 7
    first = comparison.agencies[0]
    others = (sum(k for k, _ in WELSH) - 273) / (sum(n for _, n in WELSH) - 399)
    assert (first.observed, first.judged, first.side) == (273, 399, "fewer")
    assert first.expected == pytest.approx(399 * others)
    assert first.ratio == pytest.approx(273 / (399 * others))
    assert first.tails == pytest.approx((binom.cdf(273, 399, others), binom.sf(272, 399, others)))


def test_three_of_five_is_not_structural_and_neither_are_four_agencies() -> None:
    wide = ((5, 100), (95, 100), (6, 100), (94, 100), (50, 100))
    assert compare(alike(*wide)).structural
    assert not compare(alike(*wide[:4])).structural
    assert not compare(alike((5, 100), (95, 100), (50, 100), (94, 188), (60, 120))).structural


def test_both_tails_are_flagged_with_their_side() -> None:
    found = by_agency(compare(alike((60, 100), (59, 100), (61, 100), (48, 100), (85, 100), (20, 100))))
    assert (found["agency 0"].side, found["agency 0"].flag) == (None, None)
    assert (found["agency 4"].side, found["agency 4"].flag) == ("more", "investigate")
    assert (found["agency 5"].side, found["agency 5"].flag) == ("fewer", "investigate")
    nearly = by_agency(compare(alike((60, 100), (120, 200), (180, 300), (47, 100))))
    assert (nearly["agency 3"].side, nearly["agency 3"].flag) == ("fewer", "look")
    tails = nearly["agency 3"].tails
    assert tails is not None
    assert INVESTIGATE < tails.lower < LOOK


def test_what_the_others_few_referrals_leave_open_is_not_flagged() -> None:
    """7 of 20 beside 19 of 30: as known 63 % it is rare, but of 26 in time among 50 it is not so rare."""
    found = by_agency(compare(alike((7, 20), (19, 30))))["agency 0"]
    assert found.tails is not None
    assert found.tails.lower < LOOK
    assert found.conditional == pytest.approx((hypergeom.cdf(7, 50, 26, 20), hypergeom.sf(6, 50, 26, 20)))
    assert found.conditional.lower > LOOK
    assert (found.side, found.flag) == ("fewer", None)


def test_investigate_needs_both_tails_to_be_that_small() -> None:
    found = by_agency(compare(alike((35, 100), (55, 100))))["agency 0"]
    assert found.tails is not None
    assert found.conditional is not None
    assert found.tails.lower < INVESTIGATE < found.conditional.lower < LOOK
    assert found.flag == "look"


def test_strata_that_nobody_else_has_raise_no_flag() -> None:
    cells = [Judged("a", "rural", 60, 6), Judged("a", "urban", 20, 10), Judged("b", "urban", 60, 30)]
    found = by_agency(compare(cells))["a"]
    assert (found.borrowed, found.side, found.flag) == (60, "fewer", None)
    assert found.conditional == conditional_tails([20], [(80, 40)], 10)


def test_expected_is_the_others_share_in_each_stratum_with_the_judged_one_left_out() -> None:
    cells = [
        Judged("a", "rural", 10, 9),
        Judged("a", "urban", 20, 1),
        Judged("b", "rural", 40, 10),
        Judged("b", "urban", 10, 5),
        Judged("c", "urban", 30, 25),
        Judged("a", "urban", 5, 1),
    ]
    found = by_agency(compare(cells))["a"]
    assert (found.judged, found.observed, found.borrowed) == (35, 11, 0)
    assert found.expected == pytest.approx(10 * 10 / 40 + 25 * 30 / 40)
    assert found.tails == poisson_binomial_tails([0.25] * 10 + [0.75] * 25, 11)


def test_where_the_others_have_nothing_their_share_over_all_strata_stands() -> None:
    cells = [Judged("a", "rural", 10, 5), Judged("a", "urban", 8, 2), Judged("b", "urban", 30, 15)]
    found = by_agency(compare(cells))
    assert (found["a"].borrowed, found["a"].expected) == (10, pytest.approx(9))
    assert (found["b"].borrowed, found["b"].expected) == (0, pytest.approx(30 * 2 / 8))


def test_an_agency_alone_or_without_referrals_is_not_compared() -> None:
    (alone,) = compare([Judged("a", "rural", 10, 5)]).agencies
    assert alone == Compared("a", 10, 5, None, None, None, None, 0, None, None)
    (none, _other) = compare([Judged("a", "rural", 0, 0), Judged("b", "rural", 3, 1)]).agencies
    assert none == Compared("a", 0, 0, None, None, None, None, 0, None, None)
    assert compare([]) == Comparison((), structural=False)


def test_a_ratio_to_nothing_expected_is_unknown() -> None:
    found = by_agency(compare(alike((0, 10), (0, 30))))["agency 0"]
    assert (found.expected, found.ratio, found.tails) == (0, None, Tails(1, 1))


def test_more_in_time_than_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="part"):
        compare([Judged("a", "rural", 3, 4)])


@pytest.mark.parametrize("share", [0, 0.02, 0.5, 0.83, 1])
def test_beyond_a_funnel_line_and_only_there_an_agency_is_flagged(share: float) -> None:
    sizes = range(1, 80)
    funnel = limits(share, sizes)
    for i, n in enumerate(sizes):
        k = np.arange(n + 1)
        lower, upper = binom.cdf(k, n, share), binom.sf(k - 1, n, share)
        for low, high, chance in (
            (funnel.look_low[i], funnel.look_high[i], LOOK),
            (funnel.investigate_low[i], funnel.investigate_high[i], INVESTIGATE),
        ):
            assert (k / n < low).tolist() == (lower < chance).tolist()
            assert (k / n > high).tolist() == (upper < chance).tolist()


def test_a_funnel_of_no_referrals_is_refused() -> None:
    with pytest.raises(ValueError, match="from one referral"):
        limits(0.5, [0, 1])
