"""The attack of `tests.turnaround.attack` on the dashboard of needs: every filter and every file of it at once.

Of the small world's places agencies are areas here, months are sexes, and fates are where each person's one need stands.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from portal.needs import page
from portal.needs.counting import STEPS, NeedCounts
from portal.turnaround.cells import Cell, Table
from portal.turnaround.disclosure import published
from tests.turnaround.attack import Attack, _choices
from tests.turnaround.small_world import AGENCIES, COHORTS, MANY, MONTHS, SHAPE, Fate, Floats

STATES = ("identified", "referred", "being_met", "not_met", "met")
TAKEN = {"identified": 0, "referred": 4, "being_met": 7, "not_met": 4, "met": 7}  # of counting.NeedCounts.add
PARTS = {"cohort": (1, ("fixed", "flex")), "sex": (2, ("female", "male"))}


class NeedsAttack(Attack):
    def ask_everything(self) -> None:
        for areas, cohorts in product(_choices(AGENCIES), _choices(COHORTS)):
            inside = np.zeros(SHAPE)
            inside[np.ix_(areas, cohorts, list(MONTHS), range(len(Fate)))] = 1
            if (self.atoms * inside).sum():
                self._people(inside)
                self._needs(inside)

    def _number(self, expression: Floats) -> int:
        return round(float((expression * self.atoms).sum()))

    def _people(self, inside: Floats) -> None:
        many = self._number(inside)
        parts: dict[tuple[str, str], Floats] = {("age", "25"): inside, ("language", "en"): inside}
        for part, (axis, values) in PARTS.items():
            for place, value in enumerate(values):
                within = np.zeros(SHAPE)
                within[(slice(None),) * axis + (place,)] = 1
                parts[part, value] = inside * within
        people: dict[str, dict[str, int]] = {
            part: {} for part in ("cohort", "age", "sex", "language", "authority")
        }
        for (part, value), expression in parts.items():
            people[part][value] = self._number(expression)
        for table in page._people_tables(people, many, page._closed):
            if table.rows:
                self._read_people(table, parts, inside)

    def _read_people(self, table: Table, parts: dict[tuple[str, str], Floats], inside: Floats) -> None:
        part = table.name.removeprefix("people-")
        values = page.values_of(part)
        for row, key in zip(published(table).rows, table.keys, strict=True):
            value = next(code for code, name in values.items() if str(name) == str(row[0].value))
            expression = parts.get((part, value), np.zeros(SHAPE))
            self._learn_share(key, row[-1], expression, inside - expression)

    def _learn_share(self, key: str, cell: Cell, part: Floats, rest: Floats) -> None:
        if cell.hidden:
            self._some_small([part, rest])
            return
        self._part(cell, [part, rest], MANY)
        whole = sum(cell.people)
        if whole > 20:
            self.seen.setdefault(key, []).append((part + rest, whole))

    def _needs(self, inside: Floats) -> None:
        each = NeedCounts("housing")
        states: dict[str, Floats] = {}
        for place, state in enumerate(STATES):
            at = np.zeros(len(Fate))
            at[place] = 1
            states[state] = inside * at
            each.add(8 * (page.STATES.index(state) + 1) + TAKEN[state], self._number(states[state]))
        bits = {"identified": 8, "referred": 4, "accepted": 2, "started": 1}
        steps = {
            step: sum(
                (
                    states[state]
                    for state in STATES
                    if (TAKEN[state] | 8) & bits.get(step, 0) or state == step
                ),
                start=np.zeros(SHAPE),
            )
            for step in STEPS
        }
        now = {f"now_{state}": expression for state, expression in states.items()}
        now["unmet"] = sum((states[state] for state in STATES[:4]), start=np.zeros(SHAPE))
        for table, sums in (
            (page._steps([each], page._closed), steps),
            (page._states([each], page._closed), now),
        ):
            shown = {
                column.key: (column, cell)
                for column, cell in zip(table.columns, published(table).rows[0], strict=True)
            }
            for name, expression in sums.items():
                column, cell = shown[name]
                whole = shown[column.within][1].value if column.within else None
                self._learn_count(
                    str(table.keys[0]), cell, expression, whole if isinstance(whole, int) else MANY
                )

    def _learn_count(self, key: str, cell: Cell, expression: Floats, most: int) -> None:
        if cell.hidden:
            self._some_small([expression])
        elif cell.value == 0:
            self._add(expression, 0, 0)
        else:
            number = int(str(cell.value))
            self._add(expression, *self._reach(number, 10, most))
            if number < most:
                self.seen.setdefault(key, []).append((expression, number))
