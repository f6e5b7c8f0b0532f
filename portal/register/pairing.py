"""Pairing the records of one person from police and probation: find the pairs, weigh them, settle them. Pure.

`find_pairs` blocks and compares, `settle` joins and asks. What is said of two cards follows from these two alone, and
what becomes of a pair from the set of pairs: see docs/decisions/0019-pairing.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from portal.register.blocking import kept_under, looked_under
from portal.register.cards import Card, Pair
from portal.register.comparing import compare, compare_prepared
from portal.register.prepared import Prepared, prepare
from portal.register.settling import Settled, around, settle

__all__ = ["Card", "Pair", "Settled", "around", "compare", "find_pairs", "settle"]

PROGRESS_EVERY = 1000


def find_pairs(
    new: Iterable[Card], all_cards: Iterable[Card], progress: Callable[[int], None] | None = None
) -> list[Pair]:
    """Every pair of a new card with any other, each once, in order of its ids.

    New cards may be part of `all_cards` or not, and stand for older ones of the same id. Only the new ones are held:
    `all_cards` may come straight from the database. `progress` is told how many cards of it have been looked through.
    """
    fresh = {card.id: prepare(card) for card in new}
    index: dict[str, list[Prepared]] = defaultdict(list)
    for card in fresh.values():
        for key in kept_under(card):
            index[key].append(card)
    pairs = []
    for count, card in enumerate(_looked_through(fresh, all_cards), start=1):
        for candidate in _candidates(card, index, fresh):
            pair = compare_prepared(card, candidate)
            if pair:
                pairs.append(pair)
        if progress and count % PROGRESS_EVERY == 0:
            progress(count)
    return sorted(pairs, key=lambda pair: pair.ids)


def _looked_through(fresh: dict[int, Prepared], all_cards: Iterable[Card]) -> Iterator[Prepared]:
    """The cards that are not new, then the new ones."""
    old = (prepare(card) for card in all_cards if card.id not in fresh)
    return chain(old, fresh.values())


def _candidates(
    card: Prepared, index: dict[str, list[Prepared]], fresh: dict[int, Prepared]
) -> Iterator[Prepared]:
    """New cards that share a key with this one; of two new cards the later looks for the earlier."""
    own = card.card.id
    before = own if own in fresh else None
    found = {
        candidate.card.id: candidate
        for key in looked_under(card)
        if key in index
        for candidate in index[key]
        if before is None or candidate.card.id < before
    }
    return iter(found.values())
