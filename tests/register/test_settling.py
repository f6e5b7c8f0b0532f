"""Which pairs are joined, which asked, which dropped."""

from __future__ import annotations

from portal.register.pairing import Pair, Settled, around, settle
from portal.register.weights import DOUBT, MARGIN, SURE

# Rows 1 to 9 are of probation, 11 to 19 of police, 21 to 29 typed in the portal.
SIDES = {
    row: source
    for start, source in ((1, "delius"), (11, "niche"), (21, "portal"))
    for row in range(start, start + 9)
}


def pair(one: int, other: int, weight: float, *grounds: str) -> Pair:
    return Pair(one, other, weight, grounds or ("surname:same",))


def settled(
    *pairs: Pair, refused: set[tuple[int, int]] | None = None, confirmed: set[tuple[int, int]] | None = None
) -> Settled:
    return settle(pairs, SIDES, refused or set(), confirmed or set())


def test_a_sure_pair_joins_and_a_doubtful_one_is_asked() -> None:
    assert settled(pair(1, 11, SURE), pair(2, 12, DOUBT)) == Settled(
        frozenset({(1, 11)}), frozenset({(2, 12)})
    )


def test_a_rival_nearly_as_strong_leaves_both_to_be_asked() -> None:
    found = settled(pair(1, 11, SURE + 1), pair(1, 12, SURE + 1 - MARGIN + 0.5))
    assert found == Settled(frozenset(), frozenset({(1, 11), (1, 12)}))


def test_a_rival_on_the_other_side_counts_as_much() -> None:
    assert settled(pair(1, 11, SURE), pair(2, 11, SURE)).joined == frozenset()


def test_a_rival_far_weaker_is_none_and_is_not_asked() -> None:
    found = settled(pair(1, 11, SURE + 2), pair(1, 12, SURE + 2 - MARGIN))
    assert found == Settled(frozenset({(1, 11)}), frozenset())


def test_a_second_row_that_would_be_sure_by_itself_is_asked() -> None:
    found = settled(pair(1, 11, SURE + 30), pair(1, 12, SURE + 2))
    assert found == Settled(frozenset({(1, 11)}), frozenset({(1, 12)}))


def test_a_doubtful_pair_is_not_asked_where_another_fits_far_better() -> None:
    found = settled(pair(1, 11, SURE - 0.5, "pnc_id:differs"), pair(1, 12, SURE - 0.5 - MARGIN))
    assert found.asked == {(1, 11)}


def test_two_rows_of_one_extract_are_asked_and_never_joined() -> None:
    found = settled(pair(1, 2, SURE + 30, "pnc_id:same"), pair(3, 4, DOUBT, "noms_number:same"))
    assert found == Settled(frozenset(), frozenset({(1, 2), (3, 4)}))


def test_two_rows_of_one_extract_do_not_keep_a_third_from_either() -> None:
    found = settled(pair(1, 2, SURE, "pnc_id:same"), pair(1, 11, SURE))
    assert found == Settled(frozenset({(1, 11)}), frozenset({(1, 2)}))


def test_a_shared_number_that_name_and_birth_deny_is_asked_whoever_else_fits() -> None:
    found = settled(pair(1, 11, SURE + 30, "crn:same"), pair(1, 12, DOUBT, "pnc_id:same"))
    assert found.asked == {(1, 12)}


def test_what_was_refused_is_neither_joined_nor_asked_nor_a_rival() -> None:
    pairs = (pair(1, 11, SURE + 1), pair(1, 12, SURE))
    assert settled(*pairs, refused={(1, 12)}) == Settled(frozenset({(1, 11)}), frozenset())


def test_what_was_confirmed_is_joined_even_where_nothing_is_scored() -> None:
    assert settled(confirmed={(1, 2)}).joined == {(1, 2)}
    assert settled(pair(1, 11, DOUBT), confirmed={(1, 11)}) == Settled(frozenset({(1, 11)}), frozenset())


def test_what_was_confirmed_leaves_only_sure_rivals_to_ask() -> None:
    pairs = (pair(1, 11, DOUBT), pair(1, 12, SURE), pair(1, 13, DOUBT))
    assert settled(*pairs, confirmed={(1, 11)}) == Settled(frozenset({(1, 11)}), frozenset({(1, 12)}))


def test_rows_confirmed_as_one_are_no_rivals_of_each_other() -> None:
    pairs = (pair(1, 11, SURE), pair(2, 11, SURE), pair(1, 2, SURE, "pnc_id:same"))
    assert settled(*pairs).joined == frozenset()
    assert settled(*pairs, confirmed={(1, 2)}).joined == {(1, 2), (1, 11), (2, 11)}


def test_a_refusal_holds_for_all_rows_of_the_person() -> None:
    pairs = (pair(1, 11, SURE), pair(2, 11, SURE))
    found = settled(*pairs, refused={(1, 11)}, confirmed={(1, 2)})
    assert found == Settled(frozenset({(1, 2)}), frozenset())


def test_three_sources_become_one_person() -> None:
    pairs = (pair(1, 11, SURE), pair(1, 21, SURE), pair(11, 21, DOUBT))
    assert settled(*pairs) == Settled(frozenset({(1, 11), (1, 21)}), frozenset())


def test_joins_that_would_put_two_rows_of_an_extract_together_yield_to_the_stronger() -> None:
    # 1 is 11, 11 is 21, and 21 is 2: but 1 and 2 are two people in probation's own books.
    pairs = (pair(1, 11, SURE + 9), pair(11, 21, SURE + 7), pair(2, 21, SURE + 5))
    assert settled(*pairs) == Settled(frozenset({(1, 11), (11, 21)}), frozenset({(2, 21)}))


def test_joins_of_equal_weight_that_cannot_all_hold_are_all_asked() -> None:
    pairs = (pair(1, 11, SURE), pair(11, 21, SURE), pair(2, 21, SURE))
    assert settled(*pairs) == Settled(frozenset(), frozenset({(1, 11), (11, 21), (2, 21)}))


def test_a_refusal_between_two_who_would_be_joined_through_a_third() -> None:
    pairs = (pair(1, 11, SURE + 9), pair(11, 21, SURE))
    found = settled(*pairs, refused={(1, 21)})
    assert found == Settled(frozenset({(1, 11)}), frozenset())


def test_one_question_is_asked_for_two_people() -> None:
    pairs = (pair(1, 11, SURE), pair(1, 21, DOUBT), pair(11, 21, DOUBT + 1))
    assert settled(*pairs) == Settled(frozenset({(1, 11)}), frozenset({(11, 21)}))


def test_around_follows_pairs_to_their_end_and_no_further() -> None:
    ids = [(1, 11), (2, 11), (2, 12), (3, 13)]
    asked: list[frozenset[int]] = []

    def touching(rows: frozenset[int]) -> list[tuple[int, int]]:
        asked.append(rows)
        return [each for each in ids if rows & set(each)]

    assert around([1], touching) == {1, 2, 11, 12}
    assert asked == [{1}, {11}, {2}, {12}]
    assert around([9], touching) == {9}
