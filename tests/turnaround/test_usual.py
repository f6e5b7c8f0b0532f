from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from portal.turnaround.estimators import DayCounts, cumulative_incidence, kaplan_meier
from portal.turnaround.usual import WaitCounts, chance_seen_first, faster_than_usual

unhurried = settings(max_examples=200, deadline=None)

WAITS = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.lists(st.tuples(*[st.integers(0, 3)] * 4), max_size=12),
    ),
    min_size=1,
    max_size=4,
)


def wait(usual: int, rows: list[tuple[int, ...]], unit: str = "working") -> WaitCounts:
    """Rows by day: offered, withdrawn, declined, waiting."""
    return WaitCounts(usual, unit, *np.array(rows, dtype=int).reshape(-1, 4).T)


def on(days: dict[int, tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [days.get(day, (0, 0, 0, 0)) for day in range(max(days) + 1)]


def whole(waits: list[WaitCounts]) -> tuple[int, list[Fraction], list[DayCounts]]:
    """The same in whole numbers: each time × the product of all usual waits, so that 1 is that product."""
    one = int(np.prod([each.usual for each in waits]))
    length = 1 + max(one, *(len(each.event) * one // each.usual for each in waits))
    columns = np.zeros((4, length), dtype=int)
    for each in waits:
        at = np.arange(len(each.event)) * (one // each.usual)
        columns[:, at] += (each.event, each.withdrawn, each.declined, each.censored)
    event, withdrawn, declined, censored = columns
    return (
        one,
        [Fraction(day, one) for day in range(length + 1)],
        [
            DayCounts(event, withdrawn + declined, censored),
            DayCounts(declined, withdrawn + event, censored),
        ],
    )


@unhurried
@given(WAITS)
def test_scaled_times_merge_exactly(drawn: list[tuple[int, list[tuple[int, ...]]]]) -> None:
    waits = [wait(usual, rows) for usual, rows in drawn]
    found = faster_than_usual(waits)
    one, times, (seen, refused) = whole(waits)
    assume(one < 3_000)
    assert found.n == seen.total
    fair, kaplan = cumulative_incidence(seen), kaplan_meier(seen)
    share, flattering = fair.share_at(one), kaplan.share_at(one)
    assert (found.share, found.low) == (pytest.approx(share.share), pytest.approx(share.low))
    assert (found.low_before or 0) == pytest.approx(fair.share_at(one - 1).low or 0)
    if fair.at_risk[one] or share.waiting == pytest.approx(0):
        assert found.high == pytest.approx(share.high)
    if kaplan.at_risk[one] or flattering.waiting == pytest.approx(0):
        expected = (flattering.share, flattering.low, flattering.high)
        assert (found.kaplan_share, found.kaplan_low, found.kaplan_high) == pytest.approx(expected)
    else:
        assert (found.kaplan_share, found.kaplan_low, found.kaplan_high) == (None, None, None)
    assert found.declined_share == pytest.approx(cumulative_incidence(refused).share_at(one).share)
    median = cumulative_incidence(seen).median()
    for ours, day in (
        (found.ratio, median.value),
        (found.ratio_low, median.low),
        (found.ratio_high, median.high),
    ):
        assert ours == (None if day is None else float(times[day]))


def test_every_wait_is_measured_by_its_own_service() -> None:
    found = faster_than_usual([wait(10, on({5: (6, 0, 0, 0)})), wait(40, on({20: (6, 0, 0, 0)}), "calendar")])
    assert (found.share, found.ratio, found.ratio_low, found.ratio_high) == (1, 0.5, 0.5, 0.5)
    assert found.verdict == "faster"


def test_an_offer_on_the_day_of_the_usual_wait_itself_is_by_then_and_the_day_after_is_not() -> None:
    assert faster_than_usual([wait(7, on({7: (10, 0, 0, 0)}))]).share == 1
    assert faster_than_usual([wait(7, on({8: (10, 0, 0, 0)}))]).share == 0


def test_faster_is_faster_already_before_the_day_of_the_usual_wait() -> None:
    """At 3 days ordinary clients are seen on days 0 to 6, and 4 in 7 by the end of their median day."""
    ordinary = faster_than_usual([wait(3, on({day: (60, 0, 0, 0) for day in range(7)}))])
    assert ordinary.low is not None
    assert ordinary.low_before is not None
    assert ordinary.low_before < 0.43 < 0.5 < ordinary.low
    assert (ordinary.share, ordinary.verdict) == (pytest.approx(4 / 7), "no_difference")
    assert faster_than_usual([wait(3, on({2: (60, 0, 0, 0)}))]).verdict == "faster"


def test_before_is_before_the_usual_wait_of_every_service() -> None:
    before = [wait(3, on({2: (30, 0, 0, 0)})), wait(20, on({19: (30, 0, 0, 0)}))]
    assert faster_than_usual(before).verdict == "faster"
    on_the_day = [wait(3, on({3: (30, 0, 0, 0)})), wait(20, on({20: (30, 0, 0, 0)}))]
    found = faster_than_usual(on_the_day)
    assert (found.share, found.low_before, found.verdict) == (1, 0, "no_difference")


def test_a_usual_wait_of_one_day_is_beaten_on_the_day_itself_only() -> None:
    assert faster_than_usual([wait(1, on({0: (20, 0, 0, 0)}))]).verdict == "faster"
    assert faster_than_usual([wait(1, on({1: (20, 0, 0, 0)}))]).verdict == "no_difference"


def test_without_priority_no_difference_is_shown() -> None:
    found = faster_than_usual([wait(10, on({day: (5, 0, 0, 0) for day in range(1, 21)}))])
    assert (found.share, found.verdict, found.ratio) == (pytest.approx(0.5), "no_difference", 1)


def test_an_agency_does_not_look_fast_by_declining_the_slow_half() -> None:
    choosy = faster_than_usual([wait(10, on({4: (0, 0, 60, 0), 5: (40, 0, 0, 0)}))])
    assert (choosy.share, choosy.declined_share, choosy.declined) == (
        pytest.approx(0.4),
        pytest.approx(0.6),
        60,
    )
    assert (choosy.kaplan_share, choosy.verdict) == (1, "no_difference")


def test_withdrawals_never_make_an_agency_slow() -> None:
    left = faster_than_usual([wait(10, on({4: (0, 60, 0, 0), 5: (20, 0, 0, 0), 20: (20, 0, 0, 0)}))])
    assert left.high is not None
    assert left.high < 0.5
    assert (left.kaplan_share, left.verdict) == (0.5, "no_difference")


def test_slower_only_where_even_with_all_others_censored_the_upper_limit_is_below_half() -> None:
    found = faster_than_usual([wait(10, on({5: (10, 0, 0, 0), 25: (40, 0, 0, 0)}))])
    assert found.kaplan_high is not None
    assert found.kaplan_high < 0.5
    assert (found.verdict, found.ratio) == ("slower", 2.5)


@pytest.mark.parametrize("left", [(0, 0, 0, 40), (0, 0, 40, 0), (0, 40, 0, 0)])
def test_nobody_is_slow_before_the_usual_wait_is_over(left: tuple[int, ...]) -> None:
    found = faster_than_usual([wait(10, on({5: (10, 0, 0, 0), 9: left}))])
    assert (found.share, found.kaplan_share, found.kaplan_high) == (pytest.approx(0.2), None, None)
    assert found.verdict == "no_difference"
    assert faster_than_usual([wait(10, on({5: (10, 0, 0, 0), 10: left}))]).verdict == "slower"


def test_an_agency_is_known_to_be_faster_before_the_usual_wait_is_over() -> None:
    found = faster_than_usual([wait(90, on({5: (38, 0, 0, 0), 30: (0, 0, 0, 2)}))])
    assert (found.share, found.high, found.verdict) == (pytest.approx(0.95), None, "faster")


def test_faster_only_where_the_lower_limit_is_above_half() -> None:
    found = faster_than_usual([wait(10, on({5: (40, 0, 0, 0), 25: (10, 0, 0, 0)}))])
    assert found.low_before is not None
    assert found.low_before > 0.5
    assert found.verdict == "faster"
    few = faster_than_usual([wait(10, on({5: (4, 0, 0, 0), 25: (1, 0, 0, 0)}))])
    assert (few.share, few.verdict) == (pytest.approx(0.8), "no_difference")


@pytest.mark.parametrize("waits", [[], [wait(5, [])], [wait(5, on({2: (0, 0, 0, 4)}))]])
def test_what_nobody_was_followed_to_is_unknown(waits: list[WaitCounts]) -> None:
    found = faster_than_usual(waits)
    assert (found.share, found.low, found.kaplan_high, found.declined_share, found.ratio) == (None,) * 5
    assert found.verdict == "no_difference"


def test_a_usual_wait_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="one day or more"):
        wait(0, [])


def counts(
    event: list[int], competing: list[int] | None = None, censored: list[int] | None = None
) -> DayCounts:
    nothing = [0] * len(event)
    return DayCounts(*map(np.array, (event, competing or nothing, censored or nothing)))


@unhurried
@given(*[st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=6)] * 2)
def test_without_censoring_the_chance_is_every_pair_counted(first, second) -> None:
    groups = [counts([e for e, _ in rows], [c for _, c in rows]) for rows in (first, second)]
    assume(all(group.total for group in groups))
    times = [
        np.repeat([*range(len(g.event)), np.inf], [*g.event.tolist(), int(g.competing.sum())]) for g in groups
    ]
    pairs = [1 if a < b else 0.5 if a == b else 0 for a, b in product(*times)]
    found = chance_seen_first(*groups)
    assert found == pytest.approx(sum(pairs) / len(pairs))
    back = chance_seen_first(*reversed(groups))
    assert back is not None
    assert found is not None
    assert found + back == pytest.approx(1)


def test_who_still_waits_is_later_than_the_last_day_followed() -> None:
    seen = counts([0, 10])
    assert chance_seen_first(seen, counts([0, 0, 0], censored=[0, 0, 10])) == 1
    assert chance_seen_first(counts([0, 0, 0], censored=[0, 0, 10]), seen) == 0


def test_pairs_of_unknown_order_count_half_and_beyond_a_tenth_the_chance_is_not_told() -> None:
    half_waiting = counts([0, 8, 0], censored=[0, 0, 2])
    told = chance_seen_first(half_waiting, half_waiting)
    assert told == pytest.approx(0.5)
    third_waiting = counts([0, 6, 0], censored=[0, 0, 4])
    assert chance_seen_first(third_waiting, third_waiting) is None
    assert chance_seen_first(counts([5, 0]), counts([], [], [])) is None


def test_a_group_followed_for_less_time_leaves_the_order_beyond_it_unknown() -> None:
    short, long = counts([9, 0], censored=[0, 1]), counts([0, 0, 0, 5, 5])
    assert chance_seen_first(short, long) == pytest.approx(0.95)
    assert chance_seen_first(counts([5, 0], censored=[0, 5]), long) is None
