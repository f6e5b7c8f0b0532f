"""Pairing follows from the cards and pairs themselves, never from their order or from how they came."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.register.pairing import Card, Pair, around, compare, find_pairs, settle
from portal.register.weights import DOUBT, MARGIN, SURE
from tests.register.cards import cards, registers

WEIGHTS = [DOUBT, DOUBT + 2, SURE, SURE + MARGIN / 2, SURE + MARGIN, SURE + 3 * MARGIN]
Ids = tuple[int, int]


@given(cards(1), cards(2))
def test_comparing_is_symmetric(one: Card, other: Card) -> None:
    assert compare(one, other) == compare(other, one)


@given(registers(), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_pairs_found_in_halves_are_those_of_the_whole(register: list[Card], chance: random.Random) -> None:
    whole = find_pairs(register, [])
    cut = chance.randrange(len(register) + 1)
    first, second = register[:cut], register[cut:]
    halves = find_pairs(first, first) + find_pairs(second, chance.sample(register, len(register)))
    assert len(halves) == len(set(halves))
    assert sorted(halves, key=lambda pair: pair.ids) == whole
    assert find_pairs(register, register) == whole


@given(registers())
@settings(max_examples=200)
def test_blocking_loses_no_pair_that_would_be_joined(register: list[Card]) -> None:
    found = {pair.ids: pair for pair in find_pairs(register, [])}
    for one, other in combinations(register, 2):
        pair = compare(one, other)
        if pair and pair.weight >= SURE:
            assert found[pair.ids] == pair


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Pair], dict[int, str], set[Ids], set[Ids]]:
    """Scored pairs of a few rows, the rows' sources, and what somebody has said of some."""
    sides = {row: draw(st.sampled_from(["delius", "niche", "portal"])) for row in range(1, 10)}
    ids = draw(st.lists(st.sampled_from(list(combinations(sides, 2))), unique=True, max_size=16))
    pairs = [
        Pair(
            *each,
            draw(st.sampled_from(WEIGHTS)),
            draw(st.sampled_from([("surname:same",), ("pnc_id:same",)])),
        )
        for each in ids
    ]
    said = draw(st.lists(st.sampled_from(ids), unique=True, max_size=3)) if ids else []
    refused = {each for each in said if draw(st.booleans())}
    return pairs, sides, refused, set(said) - refused


@given(scenes(), st.randoms(use_true_random=False))
@settings(max_examples=500)
def test_settling_does_not_depend_on_the_order_of_pairs(
    scene: tuple[list[Pair], dict[int, str], set[Ids], set[Ids]], chance: random.Random
) -> None:
    pairs, sides, refused, confirmed = scene
    shuffled = chance.sample(pairs, len(pairs))
    assert settle(shuffled, sides, refused, confirmed) == settle(pairs, sides, refused, confirmed)


@given(scenes())
@settings(max_examples=500)
def test_settling_the_pairs_around_some_rows_is_settling_all_of_them(
    scene: tuple[list[Pair], dict[int, str], set[Ids], set[Ids]],
) -> None:
    pairs, sides, refused, confirmed = scene
    whole = settle(pairs, sides, refused, confirmed)
    scored = {pair.ids for pair in pairs} - refused
    for row in sides:
        rows = around([row], lambda edge: [ids for ids in scored | confirmed if edge & set(ids)])
        near = settle(
            [pair for pair in pairs if rows.issuperset(pair.ids)],
            {each: sides[each] for each in rows},
            {ids for ids in refused if rows.issuperset(ids)},
            {ids for ids in confirmed if rows.issuperset(ids)},
        )
        assert near.joined == {ids for ids in whole.joined if row in ids or rows.issuperset(ids)}
        assert near.asked == {ids for ids in whole.asked if row in ids or rows.issuperset(ids)}


@given(scenes())
@settings(max_examples=500)
def test_what_somebody_said_holds_and_no_rule_puts_two_rows_of_an_extract_together(
    scene: tuple[list[Pair], dict[int, str], set[Ids], set[Ids]],
) -> None:
    pairs, sides, refused, confirmed = scene
    settled = settle(pairs, sides, refused, confirmed)
    assert confirmed <= settled.joined
    assert not refused & (settled.joined | settled.asked)
    assert not settled.joined & settled.asked
    for person in people(settled.joined):
        if not any(person.issuperset(ids) for ids in confirmed):
            assert len({sides[row] for row in person}) == len(person)
            assert not any(person.issuperset(ids) for ids in refused)


def people(joined: frozenset[Ids]) -> list[set[int]]:
    found: list[set[int]] = []
    for ids in joined:
        touching = [each for each in found if each.intersection(ids)]
        found = [each for each in found if not each.intersection(ids)]
        found.append(set(ids).union(*touching))
    return found


def test_progress_counts_the_cards_looked_through() -> None:
    from tests.register.cards import delius

    told: list[int] = []
    find_pairs([delius()], (delius(id=row) for row in range(2, 2600)), told.append)
    assert told == [1000, 2000]
