"""No small number is published, nor anything from which one could be worked out (docs/decisions/0013-small-numbers.md)."""

from __future__ import annotations

import numpy as np
import pytest
from flask import Flask

from portal.turnaround import cells
from portal.turnaround.cells import Cell, Column, Kind, Table
from portal.turnaround.disclosure import FURTHEST, Counts, largest_remainders, publish_row, published
from tests.turnaround.attack import Attack
from tests.turnaround.small_world import SHAPE, Fate

SECRET = b"only for tests"
COUNTS = [Column("sent", "", Kind.COUNT)]


def publish(cell: Cell, kind: Kind = Kind.SHARE) -> Cell:
    return publish_row([Column("x", "", kind)], [cell], Counts(SECRET, "agency 1"))[0]


def random_atoms(seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.poisson(chance.choice([0.3, 1, 2, 4], size=SHAPE)).astype(float)


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_no_suppressed_number_can_be_worked_out_of_all_tables(app: Flask, seed: int) -> None:
    """Every filter, every grouping, two months and both: each suppressed number still has at least two values."""
    with app.app_context():
        attack = Attack(random_atoms(seed), SECRET)
        attack.ask_everything()
        assert len(attack.suppressed) > 50
        assert attack.given_away() == []


def eight_eight_and_one() -> np.ndarray:
    atoms = np.zeros(SHAPE)
    atoms[0, 0, 0, Fate.WAITING] = atoms[0, 1, 0, Fate.WAITING] = 8
    atoms[1, 0, 0, Fate.WAITING] = 1
    return atoms


def test_rounding_alone_would_give_one_away(app: Flask) -> None:
    """8 and 8 are shown as 10 each, 17 as 15: the one that is missing can only be 1. Moved first, they hold."""
    with app.app_context():
        plain = Attack(eight_eight_and_one(), SECRET, furthest=0)
        plain.ask_everything()
        assert {true for _expression, true in plain.given_away()} == {1}
        for secret in (b"1", b"2", b"3"):
            attack = Attack(eight_eight_and_one(), secret)
            attack.ask_everything()
            assert attack.given_away() == []


def test_counts_are_none_or_hidden_or_ten_and_more_in_steps_of_five() -> None:
    counts = Counts(SECRET, "agency 1")
    assert [counts.shown(number) for number in range(8)] == [0, *[None] * 7]
    for number in range(8, 500):
        shown = counts.shown(number)
        assert shown is not None
        assert shown >= 10
        assert shown % 5 == 0
        assert abs(shown - number) <= FURTHEST + 2


def test_counts_are_moved_both_ways_and_seldom_far() -> None:
    moves = [Counts(SECRET, f"agency {key}").shown(100) - 100 for key in range(2000)]  # type: ignore[operator]
    assert abs(float(np.mean(moves))) < 0.2
    assert 1.5 < float(np.std(moves)) < 3
    assert len(set(moves)) > 2


def test_the_same_number_of_one_row_is_shown_alike_whatever_else_is_asked() -> None:
    numbers = [cells.count(23), cells.count(40)]
    first = publish_row([COUNTS[0]], numbers[:1], Counts(SECRET, "agency 1"))
    again = publish_row([*COUNTS, Column("more", "", Kind.COUNT)], numbers, Counts(SECRET, "agency 1"))
    assert first[0] == again[0]


def test_another_secret_moves_otherwise() -> None:
    shown = [[Counts(secret, "a").shown(n) for n in range(8, 60)] for secret in (b"one", b"two")]
    assert shown[0] != shown[1]


@pytest.mark.parametrize(("part", "whole"), [(3, 30), (27, 30), (7, 7), (1, 8)])
def test_a_share_with_a_small_part_or_rest_is_hidden(part: int, whole: int) -> None:
    shown = publish(cells.share(part, whole, 0.1, 0.9))
    assert (shown.value, shown.low, shown.people, shown.hidden) == (None, None, (), True)


def test_a_share_is_worked_out_of_published_numbers() -> None:
    for whole in range(16, 200):
        for part in range(8, whole - 7):
            shown = publish(cells.share(part, whole, 0.1, 0.9))
            assert isinstance(shown.value, float)
            published_part, published_whole = shown.people[0], sum(shown.people)
            assert published_part % 5 == published_whole % 5 == 0
            assert 10 <= published_part <= published_whole - 10
            assert abs(shown.value - published_part / published_whole) <= 0.025 + 1e-9
            assert shown.low is not None
            assert shown.low <= shown.value


def test_none_and_all_are_told() -> None:
    assert publish(cells.share(0, 30, 0.0, 0.1)).value == 0
    assert publish(cells.share(30, 30, 0.9, 1.0)).value == 1


def test_a_part_is_never_more_than_its_whole() -> None:
    columns = [Column("sent", "", Kind.COUNT), Column("late", "", Kind.COUNT, within="sent")]
    for number in range(8, 200):
        whole, part = publish_row(
            columns, [cells.count(number), cells.count(number - 1)], Counts(SECRET, "a")
        )
        assert part.value is None or int(str(part.value)) <= int(str(whole.value))


def test_shares_that_add_up_still_do_and_one_that_is_hidden_hides_them_all() -> None:
    columns = [Column(key, "", Kind.SHARE, adds="day 5") for key in "abc"]

    def band(*people: int) -> list[Cell]:
        return [Cell(Kind.SHARE, number / sum(people), people=people) for number in people]

    shown = publish_row(columns, band(29, 37, 34), Counts(SECRET, "a"))
    assert [cell.value for cell in shown] == [0.3, 0.35, 0.35]
    assert all(cell.hidden for cell in publish_row(columns, band(3, 37, 60), Counts(SECRET, "a")))


def test_largest_remainders_add_up() -> None:
    chance = np.random.default_rng(1)
    for _ in range(200):
        shares = chance.dirichlet([1, 1, 1])
        parts = largest_remainders(list(shares), 100)
        assert sum(parts) == 100
        assert all(abs(part - share * 100) < 1 for part, share in zip(parts, shares, strict=True))


def test_a_median_is_published_of_twenty() -> None:
    median = Cell(Kind.DAYS, 3, 2, 5, people=(40,), note="day 3")
    assert publish(median, Kind.DAYS).value == 3
    assert publish(Cell(Kind.DAYS, 3, people=(9,), note="day 3"), Kind.DAYS).hidden


def test_nothing_can_be_opened_and_publishing_twice_changes_nothing(app: Flask) -> None:
    table = Table(
        "t", "t", (Column("label", "", Kind.TEXT), *COUNTS), ((cells.text("A", "/a"), cells.count(33, "/b")),)
    )
    with app.app_context():
        once = published(table)
        assert [cell.href for cell in once.rows[0]] == [None, None]
        assert published(once) is once
