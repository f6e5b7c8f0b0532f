"""Reading the tally: the same counts as `facts`, of M1 and M4 as things stand now, without looking at every referral.

The database keeps the tally in the transaction of each change (migrations/versions/0012_figures.py says what a code
is; docs/decisions/0015-tally.md why). Whatever it does not hold is counted from the referrals themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects.postgresql import ARRAY

from portal.agencies.calendar import working_days
from portal.agencies.models import Area
from portal.db import Scope, db
from portal.i18n import LONDON
from portal.turnaround import facts
from portal.turnaround.catalogue import ANSWER_DAYS, PRIORITY_DAYS, Counted, Measure
from portal.turnaround.estimators import DayCounts
from portal.turnaround.facts import Group, ends, merged
from portal.turnaround.filters import Filter

GROUPS = ("agency", "need", "area", "cohort", "month")
MEASURES = {"M1": 1, "M4": 4}
OPEN, LEFT_OUT, PROMISED, UNDECIDED = 10, 20, 31, 41  # kinds of code
EVENT, UNDECIDED_WITHDRAWAL = 0, 2
EPOCH = np.datetime64("2000-01-01", "D")
NEVER = 65535
MOST_PROMISED = 250  # working days; the table of agreements allows no more

_TALLY = sa.table(
    "turnaround_tally",
    sa.column("grain", sa.Text), sa.column("starts", sa.Date), sa.column("agency_id", sa.Integer),
    sa.column("need_code", sa.Text), sa.column("area_id", sa.Integer), sa.column("cohort", sa.Text),
    sa.column("restricted", sa.Boolean), sa.column("has_open", sa.Boolean),
    sa.column("codes", ARRAY(sa.BigInteger)), sa.column("numbers", ARRAY(sa.Integer)),
).c  # fmt: skip
_CHANGE = sa.table(
    "turnaround_change",
    sa.column("sent_on", sa.Date), sa.column("agency_id", sa.Integer), sa.column("need_code", sa.Text),
    sa.column("area_id", sa.Integer), sa.column("cohort", sa.Text), sa.column("restricted", sa.Boolean),
    sa.column("code", sa.BigInteger), sa.column("number", sa.Integer),
).c  # fmt: skip
_CODE = np.dtype([("length", ">i4"), ("value", ">i8")])
_NUMBER = np.dtype([("length", ">i4"), ("value", ">i4")])
Integers = NDArray[np.int64]


def serves(asked: Filter, measures: Iterable[Measure], scope: Scope) -> bool:
    """Whether the tally alone can answer: as things stand, in gross working days, for a viewer of whole areas."""
    plain = asked.days == "working" and asked.clock == "gross" and asked.service_id is None
    if not plain or asked.by not in GROUPS or any(measure.code not in MEASURES for measure in measures):
        return False
    if scope.kind not in ("iom", "figures", "system") or asked.as_of < datetime.now(LONDON).date():
        return False
    if asked.area_id is None:
        return True
    return db.session.scalar(sa.select(Area.kind).where(Area.id == asked.area_id)) != "local_authority"


def day_counts(asked: Filter, measures: Sequence[Measure], scope: Scope) -> list[list[Group]]:
    """For each measure what `facts.day_counts` gives: one statement, and one a measure where something stands beside."""
    found, beside = _read(asked, scope), _beside(asked, scope)
    counted = [found.groups(MEASURES[measure.code], asked) for measure in measures]
    if beside is None:
        return counted
    more = (facts.day_counts(asked, measure, scope, beside) for measure in measures)
    return [merged([*groups, *others]) for groups, others in zip(counted, more, strict=True)]


def _beside(asked: Filter, scope: Scope) -> sa.ColumnElement[bool] | None:
    """What the tally does not hold for this viewer: restricted people they are named on, and days of one cohort."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.kind == "iom" and scope.person_ids:
        conditions.append(Counted.restricted)
    if _by_cohort(asked):
        conditions += [Counted.sent_on.between(first, _last_of(first)) for first in _edges(asked)]
    return sa.or_(*conditions) if conditions else None


def _by_cohort(asked: Filter) -> bool:
    return asked.cohort is not None or asked.by == "cohort"


def _last_of(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _edges(asked: Filter) -> tuple[date, ...]:
    """The first days of the months of which the period holds a part only; of today's month all there is."""
    edges = []
    if asked.from_on.day != 1:
        edges.append(asked.from_on.replace(day=1))
    if asked.to_on < asked.as_of and (asked.to_on + timedelta(days=1)).day != 1:
        edges.append(asked.to_on.replace(day=1))
    return tuple(dict.fromkeys(edges))


def _key(columns: Any, day: Any, by: str) -> Any:
    return {
        "agency": columns.agency_id, "need": columns.need_code, "area": columns.area_id, "cohort": columns.cohort,
        "month": sa.func.to_char(day, "YYYY-MM"),
    }[by]  # fmt: skip


def statement(asked: Filter, scope: Scope) -> sa.Select[Any]:
    """A row a group, need and whether sent in the period: all its codes and numbers, as the driver's own bytes."""
    by_cohort = _by_cohort(asked)
    in_edge, changed_in_edge = (
        sa.or_(sa.false(), *(day.between(first, _last_of(first)) for first in _edges(asked)))
        for day in (_TALLY.starts, _CHANGE.sent_on)
    )
    inside = _TALLY.starts.between(
        sa.case((_TALLY.grain == "month", asked.from_on.replace(day=1)), else_=asked.from_on), asked.to_on
    )
    among = asked.cohort or ("any" if asked.by != "cohort" else None)
    cells = sa.select(
        _key(_TALLY, _TALLY.starts, asked.by).label("key"), _TALLY.need_code.label("need"), inside.label("in_period"),
        _TALLY.codes, _TALLY.numbers,
    ).where(
        sa.or_(
            (_TALLY.grain == "month") & ~in_edge, sa.false() if by_cohort else (_TALLY.grain == "day") & in_edge
        ),
        _TALLY.cohort == among if among else _TALLY.cohort != "any",
        inside | _TALLY.has_open,
        *_seen(_TALLY, asked, scope),
    )  # fmt: skip
    changed = sa.select(
        _key(_CHANGE, _CHANGE.sent_on, asked.by).label("key"), _CHANGE.need_code.label("need"),
        _CHANGE.sent_on.between(asked.from_on, asked.to_on).label("in_period"),
        sa.func.array_agg(_CHANGE.code), sa.func.array_agg(_CHANGE.number),
    ).where(
        _CHANGE.cohort == asked.cohort if asked.cohort else sa.true(),
        ~changed_in_edge if by_cohort else sa.true(),
        *_seen(_CHANGE, asked, scope)
    ).group_by("key", "need", "in_period")  # fmt: skip
    cell = sa.union_all(cells, changed).subquery("cell").c

    def packed(column: Any) -> Any:
        """Without the head of each array: one run of lengths and values."""
        return sa.func.string_agg(
            sa.func.substring(sa.func.array_send(column), 21), sa.literal_column("''::bytea")
        )

    return sa.select(
        cell.key, cell.need, cell.in_period, packed(cell.codes).label("codes"), packed(cell.numbers).label("numbers")
    ).group_by(cell.key, cell.need, cell.in_period)  # fmt: skip


def _seen(columns: Any, asked: Filter, scope: Scope) -> Iterable[Any]:
    wanted = {
        columns.need_code: asked.need,
        columns.agency_id: asked.agency_id,
        columns.area_id: asked.area_id,
    }
    yield from (column == value for column, value in wanted.items() if value is not None)
    if scope.area_ids is not None:
        yield columns.area_id == sa.any_(sa.literal(list(scope.area_ids), ARRAY(sa.Integer)))
    if scope.kind == "iom":
        yield ~columns.restricted


@dataclass(frozen=True, eq=False)
class _Codes:
    """Every code found, one entry each: the group it counts in, whether sent in the period, its parts, how often."""

    keys: list[tuple[Any, str]]
    group: Integers
    in_period: NDArray[np.bool_]
    kind: Integers
    a: Integers
    b: Integers
    c: Integers
    number: Integers

    def groups(self, measure: int, asked: Filter) -> list[Group]:
        """The groups of this measure, in no order."""
        age = _ages(asked.as_of)
        settled = (self.kind == measure) & self.in_period
        opened = self.kind == OPEN + measure
        ending = np.where(opened, 2, np.where(self.a == EVENT, 0, 1))
        counts = self._table(
            settled | (opened & self.in_period), ending, np.where(opened, age[self.b], self.b)
        )
        open_now = self._sum(opened)
        first_open = self._first(opened)
        due, in_time = self._judged(measure, age)
        judged, kept, late_now, promises = self._promised(asked.as_of) if measure == 1 else (None,) * 4
        excluded = self._sum((self.kind == LEFT_OUT + measure) & self.in_period)
        totals = counts.sum(axis=(1, 2))
        return [
            Group(
                key=None if key == "none" and asked.by == "cohort" else key,
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


def _read(asked: Filter, scope: Scope) -> _Codes:
    rows = db.session.execute(statement(asked, scope)).all()
    keys = list(dict.fromkeys((row.key, row.need) for row in rows))
    place = {key: number for number, key in enumerate(keys)}
    lengths = [len(row.codes) // _CODE.itemsize for row in rows]
    codes = np.frombuffer(b"".join(row.codes for row in rows), dtype=_CODE)["value"].astype(np.int64)
    numbers = np.frombuffer(b"".join(row.numbers for row in rows), dtype=_NUMBER)["value"].astype(np.int64)
    part = NEVER  # 16 bits
    return _Codes(
        keys,
        np.repeat(np.array([place[row.key, row.need] for row in rows], dtype=np.int64), lengths),
        np.repeat(np.array([row.in_period for row in rows], dtype=np.bool_), lengths),
        codes >> 48,
        (codes >> 32) & part,
        (codes >> 16) & part,
        codes & part,
        numbers,
    )


def _ages(as_of: date) -> Integers:
    """Working days from each day since 2000 to as-of; the index is the day. The last, *never*, is 0."""
    until = int((np.datetime64(as_of, "D") - EPOCH).astype(int))
    ages = np.zeros(NEVER + 1, dtype=np.int64)
    days = EPOCH + np.arange(until + 1)
    ages[: until + 1] = working_days().between_many(days, np.array([as_of], dtype="datetime64[D]"))
    return ages
