"""What the tally's codes say: day counts and judgements of groups, from numbers of codes. Pure but for the calendar.

A code is a kind and three numbers; migrations/versions/0012_figures.py says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portal.agencies.calendar import working_days
from portal.clocks.working_days import WorkingDays
from portal.turnaround.catalogue import ANSWER_DAYS, PRIORITY_DAYS
from portal.turnaround.estimators import DayCounts, Integers
from portal.turnaround.facts import Group, ends

OPEN, LEFT_OUT, PROMISED, UNDECIDED = 10, 20, 31, 41  # kinds of code
EVENT, UNDECIDED_WITHDRAWAL = 0, 2
EPOCH = np.datetime64("2000-01-01", "D")
NEVER = 65535
MOST_KINDS = 64
Small = NDArray[np.int32]  # there may be half a million
Part = NDArray[np.uint16]
MOST_PROMISED = 250  # working days; the table of agreements allows no more


@dataclass(frozen=True, eq=False)
class Codes:
    """Every code found, one entry each: the group it counts in, whether sent in the period, its parts, how often."""

    keys: list[tuple[Any, str]]
    group: Small
    in_period: NDArray[np.bool_]
    kind: Part
    a: Part
    b: Part
    c: Part
    number: Small

    def of(self, *kinds: int) -> Codes:
        """Those of some kinds."""
        wanted = np.zeros(MOST_KINDS, dtype=np.bool_)
        wanted[list(kinds)] = True
        return self.where(wanted[self.kind])

    def sent_in_period(self) -> Codes:
        return self.where(self.in_period)

    def where(self, chosen: NDArray[np.bool_]) -> Codes:
        at = np.flatnonzero(chosen)
        kind, a, b, c = (column[at] for column in (self.kind, self.a, self.b, self.c))
        return Codes(self.keys, self.group[at], self.in_period[at], kind, a, b, c, self.number[at])

    def sum(self) -> Integers:
        """How many of each group."""
        sums = np.bincount(self.group, weights=self.number, minlength=len(self.keys))
        return sums.astype(np.int64)

    def first(self) -> Integers:
        """The first day of each group of which something is left, changes taken off."""
        cell, entry = np.unique(self.group.astype(np.int64) << 16 | self.b, return_inverse=True)
        left = cell[np.bincount(entry, weights=self.number, minlength=len(cell)) > 0]
        first = np.full(len(self.keys), NEVER)
        np.minimum.at(first, left >> 16, left & NEVER)
        return first

    def groups(self, measure: int, as_of: date) -> list[Group]:
        """The groups of this measure, in no order."""
        age = ages(as_of)
        settled, opened = self.of(measure).sent_in_period(), self.of(OPEN + measure)
        waiting = opened.sent_in_period()
        counts = _tables(settled, waiting, age)
        open_now, first_open = opened.sum(), opened.first()
        due, in_time = _judged(measure, settled, waiting, age)
        judged, kept, late_now, promises = _promised(self, as_of) if measure == 1 else (None,) * 4
        excluded = self.of(LEFT_OUT + measure).sent_in_period().sum()
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


def _tables(settled: Codes, waiting: Codes, age: Integers) -> Integers:
    """Numbers by group, ending (event, competing, open) and day."""
    group = np.concatenate((settled.group, waiting.group))
    ending = np.concatenate((settled.a != EVENT, np.full(len(waiting.a), 2)))
    day = np.concatenate((settled.b, age[waiting.b]))
    number, length = np.concatenate((settled.number, waiting.number)), int(day.max(initial=-1)) + 1
    size = len(settled.keys) * 3 * length
    table = np.bincount((group * 3 + ending) * length + day, weights=number, minlength=size)
    return table.astype(np.int64).reshape(len(settled.keys), 3, length)


def _judged(measure: int, settled: Codes, waiting: Codes, age: Integers) -> tuple[Integers, Integers]:
    """Old enough to be judged (a code without a day is), and in time; see `judging.judge_answer`."""
    limit = ANSWER_DAYS if measure == 1 else PRIORITY_DAYS
    least = limit + 1 if measure == 1 else limit
    soon = settled.b <= limit
    old = (settled.c == 0) | (age[settled.c] >= least)
    if measure == 4:  # withdrawn undecided within 20 days: not judged
        old &= (settled.a != UNDECIDED_WITHDRAWAL) | ~soon
    due = settled.where(old).sum() + waiting.where(age[waiting.b] >= least).sum()
    return due, settled.where((settled.a == EVENT) & soon & old).sum()


def _promised(codes: Codes, as_of: date) -> tuple[Integers, Integers, Integers, list[tuple[int, ...]]]:
    """M6 of the decision: judged, kept, waiting past the promise now, and what was promised."""
    today = int((np.datetime64(as_of, "D") - EPOCH).astype(int))
    counted = codes.of(PROMISED, UNDECIDED).sent_in_period()
    judged, waiting = counted.where(counted.b <= today), codes.of(UNDECIDED)
    kept = judged.where((judged.kind == PROMISED) & (judged.c == 1))
    cell = counted.group * (MOST_PROMISED + 1) + counted.a
    number = np.bincount(cell, counted.number, minlength=len(codes.keys) * (MOST_PROMISED + 1))
    promised = number.reshape(len(codes.keys), MOST_PROMISED + 1) > 0
    promises = [ends(np.flatnonzero(days).tolist()) for days in promised]
    return judged.sum(), kept.sum(), waiting.where(waiting.b <= today).sum(), promises


def ages(as_of: date, unit: str = "working") -> Integers:
    """Days from each day since 2000 to as-of; the index is the day. After as-of, and for the last, *never*, 0."""
    return _ages(working_days(), as_of, unit)


@lru_cache(maxsize=4)  # half a megabyte each
def _ages(calendar: WorkingDays, as_of: date, unit: str) -> Integers:
    until = int((np.datetime64(as_of, "D") - EPOCH).astype(int))
    found = np.zeros(NEVER + 1, dtype=np.int64)
    days = EPOCH + np.arange(until + 1)
    found[: until + 1] = (
        calendar.between_many(days, np.array([as_of], dtype="datetime64[D]"))
        if unit == "working"
        else np.arange(until, -1, -1)
    )
    found.flags.writeable = False
    return found
