import pytest

from portal.turnaround.trend import XmR, xmr

PUBLISHED = [1, 2, 1, 2, 10, *([1, 2] * 6), 1]  # turnaround.md, section 6


def chart(values: list[float]) -> XmR:
    found = xmr(values)
    assert found is not None
    return found


def breaking(rule: str, values: list[float]) -> list[int]:
    return [i for i, rules in enumerate(chart(values).signals) if rule in rules]


def test_limits_lie_2_66_mean_moving_ranges_from_the_mean() -> None:
    found = chart(PUBLISHED)
    moved = (15 * 1 + 8 + 9) / 17
    assert found.mean == pytest.approx(35 / 18)
    assert (found.lower, found.upper) == pytest.approx((35 / 18 - 2.66 * moved, 35 / 18 + 2.66 * moved))
    assert breaking("outside", PUBLISHED) == [4]
    assert not found.trial


@pytest.mark.parametrize("values", [[], [0.4]])
def test_fewer_than_two_values_have_no_chart(values: list[float]) -> None:
    assert xmr(values) is None


def test_under_twelve_points_the_limits_are_on_trial() -> None:
    assert chart([1, 2] * 5 + [1]).trial
    assert not chart([1, 2] * 6).trial


def test_values_that_never_move_break_no_rule() -> None:
    assert chart([0.1] * 20).signals == ((),) * 20


def test_seven_on_one_side_of_the_mean_are_a_run_and_six_are_not() -> None:
    assert breaking("run", [0, 1, 0, 1, 0, 1, 0, *([3, 2] * 3), 3]) == list(range(14))
    assert breaking("run", [0, 3, *([0, 1] * 3), *([3, 2] * 3)]) == []


def test_a_point_on_the_mean_ends_a_run() -> None:
    assert breaking("run", [-2, -1, -2, -1, 0, -2, -1, -2, 2, 1, 2, 0, 1, 2, 1, 2]) == []


@pytest.mark.parametrize("sign", [1, -1])
def test_seven_rising_or_falling_are_a_trend_and_six_are_not(sign: int) -> None:
    rising = [5, 1, 2, 3, 4, 5, 6, 7, 3, 4, 3]
    assert breaking("trend", [sign * value for value in rising]) == [1, 2, 3, 4, 5, 6, 7]
    six = [5, 1, 2, 3, 4, 5, 6, 3, 4, 3]
    assert breaking("trend", [sign * value for value in six]) == []
    level = [5, 1, 2, 3, 3, 4, 5, 6, 7, 3]
    assert breaking("trend", [sign * value for value in level]) == []


@pytest.mark.parametrize("sign", [1, -1])
def test_two_in_three_near_the_same_limit_are_a_signal_and_opposite_limits_are_not(sign: int) -> None:
    calm = [0, 1, 0, -1] * 5
    near = [sign * 2.4, 0, sign * 2.4]
    far_apart = [sign * 2.4, 0, 0, sign * 2.4]
    opposite = [sign * 2.4, sign * -2.4]
    assert chart([*calm, *near]).upper > 2.4
    assert breaking("near_limit", [*calm, *near, *calm]) == [20, 22]
    assert breaking("near_limit", [*calm, *far_apart, *calm]) == []
    assert breaking("near_limit", [*calm, *opposite, *calm]) == []
