"""Which of the scored pairs are joined, and which are asked. Pure; of the set of pairs, whatever their order.

Somebody's word comes first: what was confirmed is one person, what was refused is two. Then a pair joins by itself if
it is sure, of two sources, and neither side has a rival: another row of the same source that fits nearly as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations, groupby

from portal.register.cards import Pair
from portal.register.weights import MARGIN, SAME_NUMBER, SURE

Ids = tuple[int, int]  # one_id < other_id


@dataclass(frozen=True, slots=True)
class Settled:
    joined: frozenset[Ids]
    asked: frozenset[Ids]


class People:
    """Rows put together into people. Each row has a source, and some rows are known to be two people."""

    def __init__(self, sides: Mapping[int, str], refused: Iterable[Ids]) -> None:
        self._sides = sides
        self._person: dict[int, int] = {}
        self._rows: dict[int, set[int]] = {}
        self._refused: dict[int, set[int]] = defaultdict(set)
        for one, other in refused:
            self._refused[one].add(other)
            self._refused[other].add(one)

    def person(self, row: int) -> int:
        """A row that names the person of this one."""
        return self._person.get(row, row)

    def rows(self, row: int) -> set[int]:
        return self._rows.get(self.person(row), {row})

    def sides(self, row: int) -> set[str]:
        return {self._sides[each] for each in self.rows(row)}

    def join(self, one: int, other: int) -> None:
        first, second = self.person(one), self.person(other)
        if first == second:
            return
        together = self.rows(first) | self.rows(second)
        kept = min(first, second)
        self._rows.pop(max(first, second), None)
        self._rows[kept] = together
        self._person.update(dict.fromkeys(together, kept))

    def kept_apart(self, one: int, other: int) -> bool:
        theirs = self.rows(other)
        return any(
            not self._refused[row].isdisjoint(theirs) for row in self.rows(one) if row in self._refused
        )

    def share_a_source(self, one: int, other: int) -> bool:
        return not self.sides(one).isdisjoint(self.sides(other))

    def can_be_one(self, people: Iterable[int]) -> bool:
        return not any(
            self.share_a_source(one, other) or self.kept_apart(one, other)
            for one, other in combinations(sorted(people), 2)
        )


def settle(
    pairs: Iterable[Pair], sides: Mapping[int, str], refused: AbstractSet[Ids], confirmed: AbstractSet[Ids]
) -> Settled:
    """`sides`: the source of every row that a pair names. A confirmed pair is joined whether or not it is scored.

    What becomes of a pair follows from the pairs `around` it.
    """
    people = People(sides, refused)
    for one, other in confirmed:
        people.join(one, other)
    open_pairs = [pair for pair in pairs if not people.kept_apart(*pair.ids)]
    rivals = _Rivals(open_pairs, people)
    _join_sure(open_pairs, rivals, people)
    joined = {pair.ids for pair in open_pairs if pair.weight >= SURE and _are_one(people, pair)}
    return Settled(frozenset(joined | confirmed), frozenset(_asked(open_pairs, rivals, people)))


def _are_one(people: People, pair: Pair) -> bool:
    return people.person(pair.one_id) == people.person(pair.other_id)


class _Rivals:
    """What else would fit each person (as confirmed), of each source: the best weight of each candidate."""

    def __init__(self, pairs: Iterable[Pair], people: People) -> None:
        self._best: dict[tuple[int, str], dict[int, float]] = defaultdict(dict)
        self._person = {row: people.person(row) for pair in pairs for row in pair.ids}
        self._sides = {row: frozenset(people.sides(row)) for row in self._person}
        for pair in pairs:
            for mine, theirs in (pair.ids, pair.ids[::-1]):
                for side in self._sides[theirs]:
                    fits, candidate = self._best[self._person[mine], side], self._person[theirs]
                    fits[candidate] = max(pair.weight, fits.get(candidate, pair.weight))

    def strongest(self, pair: Pair) -> float:
        """The weight of the strongest rival on either side; minus infinity if there is none."""
        return max(
            (
                weight
                for mine, theirs in (pair.ids, pair.ids[::-1])
                for side in self._sides[theirs]
                for candidate, weight in self._best[self._person[mine], side].items()
                if candidate not in (self._person[mine], self._person[theirs])
            ),
            default=float("-inf"),
        )


def _join_sure(pairs: Iterable[Pair], rivals: _Rivals, people: People) -> None:
    """The strongest first. Those of equal weight that cannot all hold are not joined, none of them."""
    sure = [
        pair
        for pair in pairs
        if pair.weight >= SURE
        and not people.share_a_source(*pair.ids)
        and rivals.strongest(pair) <= pair.weight - MARGIN
    ]
    sure.sort(key=lambda pair: -pair.weight)
    for _, equals in groupby(sure, key=lambda pair: pair.weight):
        for cluster in list(_clusters([pair for pair in equals if not _are_one(people, pair)], people)):
            if people.can_be_one({people.person(row) for pair in cluster for row in pair.ids}):
                for pair in cluster:
                    people.join(*pair.ids)


def _clusters(pairs: Iterable[Pair], people: People) -> Iterator[list[Pair]]:
    """Pairs that hang together through people whom they share."""
    of: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for row in pair.ids:
            of[people.person(row)].append(pair)
    while of:
        cluster: dict[Ids, Pair] = {}
        edge = [next(iter(of))]
        while edge:
            for pair in of.pop(edge.pop(), []):
                cluster[pair.ids] = pair
                edge += (people.person(row) for row in pair.ids)
        yield list(cluster.values())


def _asked(pairs: Iterable[Pair], rivals: _Rivals, people: People) -> set[Ids]:
    """One question for two people, about the pair of rows that fits best."""
    best: dict[Ids, Pair] = {}
    for pair in pairs:
        if _are_one(people, pair) or people.kept_apart(*pair.ids):
            continue
        if pair.weight >= SURE or not SAME_NUMBER.isdisjoint(pair.grounds) or _is_open(pair, rivals, people):
            first, second = sorted(people.person(row) for row in pair.ids)
            held = best.get((first, second))
            if held is None or (-pair.weight, pair.ids) < (-held.weight, held.ids):
                best[first, second] = pair
    return {pair.ids for pair in best.values()}


def _is_open(pair: Pair, rivals: _Rivals, people: People) -> bool:
    """A doubtful pair is not asked where one side has its row of that source, or another fits far better."""
    return not people.share_a_source(*pair.ids) and rivals.strongest(pair) < pair.weight + MARGIN


def around(rows: Iterable[int], touching: Callable[[AbstractSet[int]], Iterable[Ids]]) -> frozenset[int]:
    """The rows whose pairs decide what becomes of the pairs of `rows`: all that hang together with them.

    `touching` gives the ids of all scored or confirmed pairs that have a row in a set: one statement a round, and few
    rounds. Refused pairs need not be followed. `settle` of the pairs among these rows is `settle` of all pairs, as far
    as these rows go. Give it every row that is new, changed or gone, and whoever was paired with it before.
    """
    found: set[int] = set()
    edge = set(rows)
    while edge:
        found |= edge
        edge = {row for ids in touching(frozenset(edge)) for row in ids} - found
    return frozenset(found)
