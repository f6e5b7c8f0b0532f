"""M5 in days: referrals by the usual wait of their service when they were sent, from the referrals or from the tally."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay, Service, ServiceNeed
from portal.db import Scope, db
from portal.promises.models import UsualWait
from portal.turnaround.catalogue import Counted, counted_referral, sooner
from portal.turnaround.estimators import Integers
from portal.turnaround.facts import GROUP_COLUMNS, countable, narrowing
from portal.turnaround.filters import Filter
from portal.turnaround.tally import beside
from portal.turnaround.tally_codes import Codes, ages
from portal.turnaround.usual import Usual, WaitCounts, faster_than_usual_many

EVENT, WITHDRAWN, DECLINED, OPEN = range(4)
SETTLED, WAITING = 50, 51  # kinds of code in the tally
Key = tuple[Any, str]
# For a group and need, and a usual wait: how many ended in each way on each day.
Ended = dict[Key, dict[int, Integers]]


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
    ended = _counted(statement(asked, scope))
    return _judge(ended, _waits({wait for group in ended.values() for wait in group}))


def _counted(counting: sa.Select[Any]) -> Ended:
    found: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in db.session.execute(counting):
        found[row.key, row.need, row.wait].append((row.ending, row.day, row.number))
    ended: Ended = defaultdict(dict)
    for (key, need, wait), rows in found.items():
        table = np.zeros((4, 1 + max(day for _ending, day, _number in rows)), dtype=np.int64)
        for ending, day, number in rows:
            table[ending, day] += number
        ended[key, need][wait] = table
    return ended


def from_tally(codes: Codes, asked: Filter, scope: Scope) -> dict[Key, AgainstUsual]:
    """The same from the tally's codes, and from the referrals that it does not hold for this viewer."""
    others = beside(asked, scope)
    more = _counted(statement(asked, scope, others)) if others is not None else {}
    found = codes.of(SETTLED, WAITING).sent_in_period()
    ids = np.flatnonzero(np.bincount(found.a))
    waits = _waits({*ids.tolist(), *(wait for group in more.values() for wait in group)})
    ended = _ended(found, ids, waits, asked.as_of)
    for key, by_wait in more.items():
        for wait, table in by_wait.items():
            same = ended[key].get(wait)
            ended[key][wait] = table if same is None else _sum(same, table)
    return _judge(ended, waits)


def _ended(codes: Codes, ids: Integers, waits: Mapping[int, UsualWait], as_of: date) -> Ended:
    """By group, usual wait (its number one of `ids`), ending and day."""
    place = np.zeros(ids.max(initial=0) + 1, dtype=np.int64)
    place[ids] = np.arange(len(ids))
    calendar = np.array([waits[id_].unit == "calendar" for id_ in ids.tolist()], dtype=np.bool_)
    wait, waiting = place[codes.a], codes.kind == WAITING
    open_for = np.where(calendar[wait], ages(as_of, "calendar")[codes.b], ages(as_of)[codes.b])
    day, ending = np.where(waiting, open_for, codes.b), np.where(waiting, OPEN, codes.c)
    pairs = codes.group * len(ids) + wait
    found = np.flatnonzero(np.bincount(pairs))
    row = np.zeros(found.max(initial=0) + 1, dtype=np.int64)
    row[found] = np.arange(len(found))
    length = int(day.max(initial=0)) + 1
    cell = (row[pairs] * 4 + ending) * length + day
    counted = np.bincount(cell, weights=codes.number, minlength=len(found) * 4 * length)
    tables = counted.astype(np.int64).reshape(len(found), 4, length)
    ended: Ended = defaultdict(dict)
    for pair, table in zip(found.tolist(), tables, strict=True):
        ended[codes.keys[pair // len(ids)]][int(ids[pair % len(ids)])] = _trimmed(table)
    return ended


def _trimmed(table: Integers) -> Integers:
    """Without the days after the last on which one ended."""
    return table[:, : int(np.flatnonzero(table.any(axis=0)).max(initial=-1)) + 1]


def _sum(one: Integers, other: Integers) -> Integers:
    table = np.zeros((4, max(one.shape[1], other.shape[1])), dtype=np.int64)
    for each in (one, other):
        table[:, : each.shape[1]] += each
    return table


def without_test(asked: Filter, scope: Scope) -> set[Key]:
    """Agencies or services, and needs, of which only targets and maxima were told: the test does not apply to them."""
    if asked.by not in ("agency", "service"):
        return set()
    last = (
        sa.select(UsualWait.service_id, UsualWait.kind)
        .ext(distinct_on(UsualWait.service_id))
        .where(UsualWait.as_of <= asked.as_of)
        .order_by(UsualWait.service_id, UsualWait.as_of.desc(), UsualWait.id.desc())
        .subquery("last_told")
    )
    key = Service.agency_id if asked.by == "agency" else Service.id
    query = (
        sa.select(key, ServiceNeed.need_code)
        .join(ServiceNeed, ServiceNeed.service_id == Service.id)
        .join(last, last.c.service_id == Service.id)
        .group_by(key, ServiceNeed.need_code)
        .having(sa.func.bool_and(last.c.kind != "median"))
    )
    for column, value in ((Service.agency_id, asked.agency_id), (Service.id, asked.service_id)):
        query = query.where(column == value) if value is not None else query
    if scope.service_ids:
        query = query.where(Service.id.in_(scope.service_ids))
    return {(row[0], row[1]) for row in db.session.execute(query)}


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


def _judge(ended: Ended, waits: Mapping[int, UsualWait]) -> dict[Key, AgainstUsual]:
    counted: dict[Key, list[WaitCounts]] = {}
    for key, by_wait in ended.items():
        tables = ((waits[wait], table) for wait, table in by_wait.items())
        counts = [
            WaitCounts(wait.days, wait.unit, *table) for wait, table in tables if wait.days and table.any()
        ]
        if counts:
            counted[key] = counts
    found = faster_than_usual_many(list(counted.values()))
    return {key: _against(counts, one) for (key, counts), one in zip(counted.items(), found, strict=True)}


def _against(counts: Sequence[WaitCounts], found: Usual) -> AgainstUsual:
    same = {(each.usual, each.unit) for each in counts}
    days, unit = same.pop() if len(same) == 1 else (None, None)
    return AgainstUsual(days, unit, found)
