"""What the tally's codes say: day counts and judgements of groups, from numbers of codes. Pure but for the calendar.

A code is a kind and three numbers; migrations/versions/0012_figures.py says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portal.agencies.calendar import working_days
from portal.turnaround.catalogue import ANSWER_DAYS, PRIORITY_DAYS
from portal.turnaround.estimators import DayCounts, Integers
from portal.turnaround.facts import Group, ends

OPEN, LEFT_OUT, PROMISED, UNDECIDED = 10, 20, 31, 41  # kinds of code
EVENT, UNDECIDED_WITHDRAWAL = 0, 2
EPOCH = np.datetime64("2000-01-01", "D")
NEVER = 65535
MOST_PROMISED = 250  # working days; the table of agreements allows no more


@dataclass(frozen=True, eq=False)
class Codes:
    """Every code found, one entry each: the group it counts in, whether sent in the period, its parts, how often."""

    keys: list[tuple[Any, str]]
    group: Integers
    in_period: NDArray[np.bool_]
    kind: Integers
    a: Integers
    b: Integers
    c: Integers
    number: Integers

    def groups(self, measure: int, as_of: date) -> list[Group]:
        """The groups of this measure, in no order."""
        age = ages(as_of)
        settled = (self.kind == measure) & self.in_period
        opened = self.kind == OPEN + measure
        ending = np.where(opened, 2, np.where(self.a == EVENT, 0, 1))
        counts = self._table(
            settled | (opened & self.in_period), ending, np.where(opened, age[self.b], self.b)
        )
        open_now = self._sum(opened)
        first_open = self._first(opened)
        due, in_time = self._judged(measure, age)
        judged, kept, late_now, promises = self._promised(as_of) if measure == 1 else (None,) * 4
        excluded = self._sum((self.kind == LEFT_OUT + measure) & self.in_period)
        totals = counts.sum(axis=(1, 2))
        return [
            Group(
                key=key,
                need=need,
                counts=DayCounts(*counts[i]),
                excluded=int(excluded[i]),
                open_now=int(open_now[i]),
                oldest_sent=(EPOCH + first_open[i]).item() if open_now[i] else None,
                due=int(due[i]),
                in_time=int(in_time[i]),
                promises=promises[i] if promises else (),
                judged=int(judged[i]) if judged is not None else 0,
                kept=int(kept[i]) if kept is not None else 0,
                late_now=int(late_now[i]) if late_now is not None else 0,
            )
            for i, (key, need) in enumerate(self.keys)
            if totals[i] or excluded[i] or open_now[i]
        ]  # fmt: skip

    def _judged(self, measure: int, age: Integers) -> tuple[Integers, Integers]:
        """Old enough to be judged (a code without a day is), and in time; see `facts._judge_answer`."""
        limit = ANSWER_DAYS if measure == 1 else PRIORITY_DAYS
        settled = (self.kind == measure) & self.in_period
        waiting = (self.kind == OPEN + measure) & self.in_period
        least = limit + 1 if measure == 1 else limit
        old = np.where(waiting, age[self.b] >= least, (self.c == 0) | (age[self.c] >= least))
        if measure == 4:  # withdrawn undecided within 20 days: not judged
            old &= ~(settled & (self.a == UNDECIDED_WITHDRAWAL) & (self.b <= limit))
        in_time = settled & (self.a == EVENT) & (self.b <= limit) & old
        return self._sum((settled | waiting) & old), self._sum(in_time)

    def _promised(self, as_of: date) -> tuple[Integers, Integers, Integers, list[tuple[int, ...]]]:
        """M6 of the decision: judged, kept, waiting past the promise now, and what was promised."""
        today = int((np.datetime64(as_of, "D") - EPOCH).astype(int))
        broken = self.b <= today
        decided, waiting = self.kind == PROMISED, self.kind == UNDECIDED
        judged = (decided | waiting) & broken & self.in_period
        counted = (decided | waiting) & self.in_period
        cell = self.group[counted] * (MOST_PROMISED + 1) + self.a[counted]
        number = np.bincount(cell, self.number[counted], minlength=len(self.keys) * (MOST_PROMISED + 1))
        promised = number.reshape(len(self.keys), MOST_PROMISED + 1) > 0
        promises = [ends(np.flatnonzero(days).tolist()) for days in promised]
        return (
            self._sum(judged),
            self._sum(judged & decided & (self.c == 1)),
            self._sum(waiting & broken),
            promises,
        )

    def _first(self, where: NDArray[np.bool_]) -> Integers:
        """The first day of each group of which something is left, changes taken off."""
        cell, entry = np.unique(self.group[where] << 16 | self.b[where], return_inverse=True)
        left = cell[np.bincount(entry, weights=self.number[where], minlength=len(cell)) > 0]
        first = np.full(len(self.keys), NEVER)
        np.minimum.at(first, left >> 16, left & NEVER)
        return first

    def _table(self, where: NDArray[np.bool_], ending: Integers, day: Integers) -> Integers:
        """Numbers by group, ending (event, competing, open) and day."""
        length = int(day[where].max(initial=-1)) + 1
        cell = (self.group[where] * 3 + ending[where]) * length + day[where]
        table = np.bincount(cell, weights=self.number[where], minlength=len(self.keys) * 3 * length)
        return table.astype(np.int64).reshape(len(self.keys), 3, length)

    def _sum(self, where: NDArray[np.bool_]) -> Integers:
        sums = np.bincount(self.group[where], weights=self.number[where], minlength=len(self.keys))
        return sums.astype(np.int64)


def ages(as_of: date, unit: str = "working") -> Integers:
    """Days from each day since 2000 to as-of; the index is the day. After as-of, and for the last, *never*, 0."""
    until = int((np.datetime64(as_of, "D") - EPOCH).astype(int))
    found = np.zeros(NEVER + 1, dtype=np.int64)
    days = EPOCH + np.arange(until + 1)
    found[: until + 1] = (
        working_days().between_many(days, np.array([as_of], dtype="datetime64[D]"))
        if unit == "working"
        else np.arange(until, -1, -1)
    )
    return found
