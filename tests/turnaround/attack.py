"""Somebody who has every table that an analyst can get, and works out by integer programming what they leave possible.

The unknowns are how many referrals there are of each agency, cohort, month and fate. Every published figure, and every
gap, says something about sums of them. A number is given away if no other value of it fits all that is published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from portal.turnaround.cells import Cell, Table
from portal.turnaround.disclosure import FEW, FURTHEST, Counts, publish_row
from portal.turnaround.summary import Entry, bands_table, summary_table
from tests.turnaround.small_world import (
    AGENCIES,
    BANDS,
    COHORTS,
    MANY,
    MONTHS,
    SHAPE,
    Fate,
    Floats,
    expressions,
    row_of,
)


@dataclass
class Attack:
    """All that is known. `atoms` is the truth, from which the tables are made; only they are used against it."""

    atoms: Floats
    secret: bytes
    furthest: int = FURTHEST
    rows: list[tuple[Floats, dict[int, int]]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    choices: int = 0  # unknowns that are 0 or 1, after the atoms
    known: set[bytes] = field(default_factory=set)
    places: dict[bytes, int] = field(default_factory=dict)
    either: list[list[tuple[Floats, int, int]]] = field(default_factory=list)
    suppressed: dict[bytes, Floats] = field(default_factory=dict)
    seen: dict[str, list[tuple[Floats, int]]] = field(default_factory=dict)

    def ask_everything(self) -> None:
        """Every filter and every grouping, of each month and of both."""
        for agencies, cohorts, months in product(_choices(AGENCIES), _choices(COHORTS), _choices(MONTHS)):
            for by, groups in (("agency", agencies), ("cohort", cohorts), ("month", months)):
                chosen = {"agency": agencies, "cohort": cohorts, "month": months}
                for one in groups:
                    self._ask(f"{by} {one}", *(chosen | {by: [one]}).values())

    def _ask(self, key: str, agencies: list[int], cohorts: list[int], months: list[int]) -> None:
        inside = np.zeros(SHAPE)
        inside[np.ix_(agencies, cohorts, months, range(len(Fate)))] = 1
        ever = np.zeros(SHAPE)
        ever[np.ix_(agencies, cohorts, list(MONTHS), range(len(Fate)))] = 1
        answer, decided = row_of(self.atoms * inside, self.atoms * ever, key)
        if not answer.n and not answer.open_now:
            return
        entry = Entry(answer, decided, None, key, key)
        sums = expressions(inside, ever)
        for table in (summary_table("", [entry], "agency", "working"), bands_table("", [entry], "agency")):
            self._read(table, key, sums)

    def _read(self, table: Table, key: str, sums: dict[str, list[Floats]]) -> None:
        shown = dict(
            zip(
                [column.key for column in table.columns],
                publish_row(table.columns, table.rows[0], Counts(self.secret, key, self.furthest)),
                strict=True,
            )
        )
        true = dict(zip(shown, table.rows[0], strict=True))
        for name, cell in shown.items():
            if people := sums.get(name, []):
                assert list(true[name].people) in ([], self._numbers(people)), name
                self._learn(name, key, cell, people, shown)

    def _numbers(self, people: list[Floats]) -> list[int]:
        return [round(float((expression * self.atoms).sum())) for expression in people]

    def _learn(self, name: str, key: str, cell: Cell, people: list[Floats], row: dict[str, Cell]) -> None:
        if name == "median":
            self._learn_median(cell, people[0])
        elif cell.hidden:
            self._some_small(people)
        elif name in ("sent", "waiting"):
            self._count(key, people[0], int(str(cell.value)))
        elif cell.value is None:
            self._unknown(name, people)
        elif len(people) == 2:
            self._part(cell, people, int(str(row["sent"].value)))
        else:
            self._band(float(str(cell.value)), people[BANDS.index(name.split("_")[0])], sum(people))

    def _unknown(self, name: str, people: list[Floats]) -> None:
        """There is nobody of whom it could be a share; or too few to say, of which it is not told how many."""
        self._add(sum(people), 0, 0 if name in ("kept", "priority") else FEW - 1)

    def _learn_median(self, cell: Cell, n: Floats) -> None:
        """Too few to say where that does not come of the published number: fewer than 20."""
        if not cell.hidden and cell.note == "too few to say":
            self._add(n, 0, 19)

    def _count(self, key: str, expression: Floats, shown: int) -> None:
        """Moved and rounded; and the same number of one row is always shown alike."""
        if shown == 0:
            self._add(expression, 0, 0)
            return
        self._add(expression, *self._reach(shown, 10, MANY))
        self.seen.setdefault(key, []).append((expression, shown))

    def _part(self, cell: Cell, people: list[Floats], most: int) -> None:
        part, whole = cell.people[0], sum(cell.people)
        for number, expression in zip(cell.people, people, strict=True):
            self._add(expression, *((0, 0) if number == 0 else (FEW, MANY)))
        both = 0 not in cell.people
        self._add(sum(people), *self._reach(whole, 20 if both else 10, most))
        if both:
            self._add(people[0], *self._reach(part, 10, whole - 10))

    def _reach(self, shown: int, least: int, most: int) -> tuple[int, int]:
        """The numbers that may be shown so; one that was held at an end may lie beyond it."""
        further = 2 + self.furthest
        low = max(FEW, shown - further) if shown > least else FEW
        return low, shown + further if shown < most else MANY

    def _band(self, share: float, number: Floats, whole: Floats) -> None:
        """Within 5 per cent, and 0 or at least 8."""
        self._add(number - (share - 0.05) * whole, 0, MANY)
        self._add((share + 0.05) * whole - number, 0, MANY)
        if share >= 0.05:
            self._add(number, FEW, MANY)

    def _some_small(self, people: list[Floats]) -> None:
        self._either([(expression, 1, FEW - 1) for expression in people])
        for expression in people:
            if 0 < (expression * self.atoms).sum() < FEW:
                self.suppressed[expression.tobytes()] = expression

    def _either(self, options: list[tuple[Floats, int, int]]) -> None:
        """At least one of them holds: a choice of 0 or 1 for each."""
        known = b"".join(
            expression.tobytes() + bytes([low % 256, high % 256]) for expression, low, high in options
        )
        if known in self.known:
            return
        self.known.add(known)
        if len(options) == 1:
            self._add(*options[0])
            return
        self.either.append(options)
        first = self.choices
        self.choices += len(options)
        for number, (expression, low, high) in enumerate(options):
            if low > -MANY:
                self._add(expression, low - MANY, np.inf, {first + number: -MANY})
            if high < MANY:
                self._add(expression, -np.inf, high + MANY, {first + number: MANY})
        self._add(np.zeros(SHAPE), 1, np.inf, {first + number: 1 for number in range(len(options))})

    def _add(self, expression: Any, low: float, high: float, choices: dict[int, int] | None = None) -> None:
        """Of several things known about one sum the narrowest."""
        flat = np.asarray(expression).ravel()
        at = len(self.rows) if choices else self.places.setdefault(flat.tobytes(), len(self.rows))
        if at == len(self.rows):
            self.rows.append((flat, choices or {}))
            self.low.append(low)
            self.high.append(high)
        self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)

    def given_away(self) -> list[tuple[Floats, int]]:
        """The suppressed numbers that can have no other value than their own."""
        return [
            (expression, true)
            for expression, true in self._not_found_open()
            if self._world(expression, true + 1, MANY) is None
            and self._world(expression, 0, true - 1) is None
        ]

    def _not_found_open(self) -> list[tuple[Floats, int]]:
        """Those that no world shows to be open which small steps reach from the truth: a referral more or less, or one
        elsewhere. The others need no integer programming."""
        size = int(np.prod(SHAPE))
        one = np.vstack([np.eye(size), -np.eye(size)])
        steps = np.vstack([one, (one[:, None, :] + one[None, :, :]).reshape(-1, size)])
        left = [(expression, int((expression * self.atoms).sum())) for expression in self.suppressed.values()]
        chance, start = np.random.default_rng(1), self.atoms.ravel()
        for _round in range(60):
            worlds = start + chance.choice(steps, 500)
            found = [world.reshape(SHAPE) for world in worlds[self._fit(worlds)][:40]]
            found = [world for world in found if not self._shown_unlike(world)]
            left = [
                (what, true) for what, true in left if all((what * world).sum() == true for world in found)
            ]
            if not left:
                break
            start = chance.choice(np.array([self.atoms, *found])).ravel()
        return left

    def _fit(self, worlds: Floats) -> Any:
        """Which of them, a row each, would be published alike."""
        plain = [at for at, (_values, choices) in enumerate(self.rows) if not choices]
        sums = worlds @ np.array([self.rows[at][0] for at in plain]).T
        low, high = np.array(self.low)[plain] - 1e-6, np.array(self.high)[plain] + 1e-6
        fits = (worlds >= 0).all(axis=1) & ((sums >= low) & (sums <= high)).all(axis=1)
        for options in self.either:
            held = []
            for expression, least, most in options:
                number = worlds @ expression.ravel()
                held.append((number >= least) & (number <= most))
            fits &= np.logical_or.reduce(held)
        return fits

    def _world(self, expression: Floats, low: float, high: float) -> Floats | None:
        """A world in which all tables are the same, and this number lies between low and high; None if there is none."""
        while (world := self._solve(expression, low, high)) is not None:
            unlike = self._shown_unlike(world)
            if not unlike:
                return world
            for first, second in unlike:
                self._either([(first - second, 1, MANY), (first - second, -MANY, -1)])
        return None

    def _shown_unlike(self, world: Floats) -> list[tuple[Floats, Floats]]:
        """Counts that in this world are the same number of the same row, and yet are shown as different ones."""
        found = []
        for counts in self.seen.values():
            by_number: dict[int, tuple[Floats, int]] = {}
            for expression, shown in counts:
                number = round(float((expression * world).sum()))
                other, as_other = by_number.setdefault(number, (expression, shown))
                if as_other != shown:
                    found.append((expression, other))
        return found

    def _solve(self, expression: Floats, low: float, high: float) -> Floats | None:
        atoms = int(np.prod(SHAPE))
        size = atoms + self.choices
        matrix = lil_array((len(self.rows) + 1, size))
        for at, (values, choices) in enumerate(self.rows):
            for place in values.nonzero()[0]:
                matrix[at, place] = values[place]
            for place, factor in choices.items():
                matrix[at, atoms + place] = factor
        for place in expression.ravel().nonzero()[0]:
            matrix[len(self.rows), place] = 1
        limits = LinearConstraint(matrix.tocsr(), [*self.low, low], [*self.high, high])
        upper = np.concatenate([np.full(atoms, MANY), np.ones(self.choices)])
        solved = milp(
            np.zeros(size), constraints=limits, integrality=np.ones(size), bounds=Bounds(0, upper),
            options={"time_limit": 120},
        )  # fmt: skip
        assert solved.status in (0, 2), solved.message
        if solved.x is None:
            return None
        world = np.round(solved.x[:atoms]).reshape(SHAPE)
        return world


def _choices(values: range) -> list[list[int]]:
    return [list(values), *([value] for value in values)]
