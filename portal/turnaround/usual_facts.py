"""M5 in days: referrals by the usual wait of their service when they were sent, from the referrals or from the tally."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay
from portal.db import Scope, db
from portal.promises.models import UsualWait
from portal.turnaround.catalogue import Counted, counted_referral, sooner
from portal.turnaround.estimators import Integers
from portal.turnaround.facts import GROUP_COLUMNS, countable, narrowing
from portal.turnaround.filters import Filter
from portal.turnaround.tally import beside
from portal.turnaround.tally_codes import NEVER, Codes, ages
from portal.turnaround.usual import Usual, WaitCounts, faster_than_usual

EVENT, WITHDRAWN, DECLINED, OPEN = range(4)
SETTLED, WAITING = 50, 51  # kinds of code in the tally
Key = tuple[Any, str]
# For a group and need, and a usual wait: (how it ended, on which day, how many).
Ended = dict[Key, dict[int, list[tuple[int, int, int]]]]


@dataclass(frozen=True)
class AgainstUsual:
    """M5 of a group. `days` and `unit` are None where its services' usual waits differ."""

    days: int | None
    unit: str | None
    found: Usual

    @property
    def n(self) -> int:
        return self.found.n

    @property
    def verdict(self) -> str:
        return self.found.verdict


def from_referrals(asked: Filter, scope: Scope) -> dict[Key, AgainstUsual]:
    """One statement over the referrals of services that have a usual median wait, and one for the waits."""
    ended: Ended = defaultdict(lambda: defaultdict(list))
    _count(ended, statement(asked, scope))
    return _judge(ended)


def _count(ended: Ended, counting: sa.Select[Any]) -> None:
    for row in db.session.execute(counting):
        ended[row.key, row.need][row.wait].append((row.ending, row.day, row.number))


def from_tally(codes: Codes, asked: Filter, scope: Scope) -> dict[Key, AgainstUsual]:
    """The same from the tally's codes, and from the referrals that it does not hold for this viewer."""
    where = ((codes.kind == SETTLED) | (codes.kind == WAITING)) & codes.in_period
    waits = _waits(np.flatnonzero(np.bincount(codes.a[where])).tolist())
    calendar = np.zeros(max(waits, default=0) + 1, dtype=np.bool_)
    calendar[[id_ for id_, wait in waits.items() if wait.unit == "calendar"]] = True
    waiting, wait, start = codes.kind[where] == WAITING, codes.a[where], codes.b[where]
    open_for = np.where(calendar[wait], ages(asked.as_of, "calendar")[start], ages(asked.as_of)[start])
    day, ending = np.where(waiting, open_for, start), np.where(waiting, OPEN, codes.c[where])
    cell = ((codes.group[where] << 16 | wait) << 2 | ending) << 16 | day
    cells, entry = np.unique(cell, return_inverse=True)
    numbers = np.bincount(entry, weights=codes.number[where], minlength=len(cells)).astype(np.int64)
    parts = (cells >> 34, cells >> 18 & NEVER, cells >> 16 & OPEN, cells & NEVER, numbers)
    ended: Ended = defaultdict(lambda: defaultdict(list))
    for group, which, how, when, number in zip(*(part.tolist() for part in parts), strict=True):
        ended[codes.keys[group]][which].append((how, when, number))
    others = beside(asked, scope)
    if others is not None:
        _count(ended, statement(asked, scope, others))
    return _judge(ended)


def statement(asked: Filter, scope: Scope, only: sa.ColumnElement[bool] | None = None) -> sa.Select[Any]:
    """Numbers by group, need, usual wait, ending and day, as things stood on as-of."""
    wait: Any = (
        sa.func.wait_in_force(Counted.service_id, Counted.sent_on)
        .table_valued(
            sa.column("id", sa.Integer), sa.column("unit", sa.Text), sa.column("kind", sa.Text),
            sa.column("until_step", sa.Text),
        )
        .lateral("wait")
    )  # fmt: skip
    as_of = sa.literal(asked.as_of, sa.Date)
    event = sa.case((wait.c.until_step == "offer", Counted.offered_on), else_=Counted.started_on)
    ended = sooner(event, Counted.declined_on, Counted.withdrawn_on, Counted.closed_on)
    stop = sooner(ended, as_of)
    first, last = aliased(CalendarDay, name="first"), aliased(CalendarDay, name="last")
    ending = sa.case(
        (event == stop, EVENT), (Counted.withdrawn_on == stop, WITHDRAWN),
        ((Counted.declined_on == stop) | (Counted.closed_on == stop), DECLINED), else_=OPEN,
    )  # fmt: skip
    counted = sa.case(
        (wait.c.unit == "working", last.back - first.forward), else_=stop - Counted.available_on
    )
    day = sa.func.greatest(counted, 0, type_=sa.Integer())
    row = (
        sa.select(
            GROUP_COLUMNS[asked.by].label("key"), Counted.need_code.label("need"), wait.c.id.label("wait"),
            ending.label("ending"), day.label("day"),
        )
        .select_from(counted_referral.join(wait, sa.true()))
        .outerjoin(first, first.day == Counted.available_on)
        .outerjoin(last, last.day == stop)
        .where(Counted.sent_on.between(asked.from_on, asked.to_on), Counted.sent_on <= as_of)
        .where(wait.c.kind == "median", last.day.is_not(None), sa.or_(ended.is_(None), ended >= Counted.sent_on))
        .where(Counted.left_out_on.is_(None) | (Counted.left_out_on > as_of))
        .where(countable(scope), sa.true() if only is None else only, *narrowing(asked))
        .subquery("against_usual").c
    )  # fmt: skip
    return sa.select(*row, sa.func.count().label("number")).group_by(*row)


def _waits(ids: Iterable[int]) -> Mapping[int, UsualWait]:
    found = db.session.scalars(sa.select(UsualWait).where(UsualWait.id.in_(list(ids))))
    return {wait.id: wait for wait in found}


def _judge(ended: Ended) -> dict[Key, AgainstUsual]:
    waits = _waits({wait for group in ended.values() for wait in group})
    found = {}
    for key, by_wait in ended.items():
        tables = ((waits[wait], _table(rows)) for wait, rows in by_wait.items())
        counts = [
            WaitCounts(wait.days, wait.unit, *table) for wait, table in tables if wait.days and table.any()
        ]
        if counts:
            same = {(each.usual, each.unit) for each in counts}
            days, unit = same.pop() if len(same) == 1 else (None, None)
            found[key] = AgainstUsual(days, unit, faster_than_usual(counts))
    return found


def _table(rows: Sequence[tuple[int, int, int]]) -> Integers:
    """By ending and day; all 0 where what was counted has been taken off again."""
    table = np.zeros((4, 1 + max(day for _ending, day, _number in rows)), dtype=np.int64)
    for ending, day, number in rows:
        table[ending, day] += number
    return table
