"""Counting: one grouped statement gives each group's referrals by the day on which they ended, and how.

Working days are a subtraction in the table `calendar_day` (docs/decisions/0003-working-days.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay
from portal.db import Scope, db
from portal.turnaround.catalogue import Counted, Measure
from portal.turnaround.estimators import DayCounts
from portal.turnaround.filters import Filter
from portal.turnaround.judging import Column, judge_answer, judge_priority, judge_promise, not_below_0, rested

# How a referral stands at as-of. EARLIER: still open, but sent outside the period.
EVENT, COMPETING, OPEN, EXCLUDED, EARLIER = range(5)

# For the rest of the transaction. The planner cannot guess through the policies how many rows there are, and
# would sort them all to group them: groups by hash take half the time. A week and five years want different plans,
# so each is made for the dates asked; compiling it takes longer than it saves.
_PLAN = sa.text(
    "SELECT set_config('enable_sort', 'off', true), set_config('work_mem', '64MB', true),"
    " set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"
)

GROUP_COLUMNS: dict[str, Column] = {
    "agency": Counted.agency_id,
    "need": Counted.need_code,
    "area": Counted.area_id,
    "cohort": Counted.cohort,
    "month": sa.func.to_char(Counted.sent_on, "YYYY-MM"),
    "service": Counted.service_id,
}


@dataclass(frozen=True, eq=False)
class Group:
    """The counts of one group and need.

    `counts` holds referrals sent in the period; `excluded` those of them left out. `open_now` and
    `oldest_sent` and `late_now` have no period. `in_time` of `due`: those sent long enough ago to be judged, see
    `judge_answer`. `kept` of `judged` promises, of `promises` working days: the least and the most that were agreed,
    or nothing.
    """

    key: Any
    need: str
    counts: DayCounts
    excluded: int
    open_now: int
    oldest_sent: date | None
    due: int
    in_time: int
    promises: tuple[int, ...] = ()
    judged: int = 0
    kept: int = 0
    late_now: int = 0


def day_counts(asked: Filter, measure: Measure, scope: Scope, only: Column | None = None) -> list[Group]:
    """Every group and need in which the scope may see a referral, in no order: one statement.

    `only` is a condition on `counted_referral`; None for all of it.
    """
    db.session.execute(_PLAN)
    gathered: dict[tuple[Any, str], _Gathered] = {}
    for row in db.session.execute(statement(asked, measure, scope, only)):
        gathered.setdefault((row.key, row.need), _Gathered()).add(row)
    return [found.group(key, need) for (key, need), found in gathered.items()]


def merged(groups: Iterable[Group]) -> list[Group]:
    """Groups of the same key and need made one."""
    found: dict[tuple[Any, str], Group] = {}
    for group in groups:
        same = found.get((group.key, group.need))
        found[group.key, group.need] = _sum(same, group) if same else group
    return list(found.values())


def _sum(one: Group, other: Group) -> Group:
    sent = [day for day in (one.oldest_sent, other.oldest_sent) if day]
    numbers = ("excluded", "open_now", "due", "in_time", "judged", "kept", "late_now")
    return Group(
        one.key,
        one.need,
        _both(one.counts, other.counts),
        oldest_sent=min(sent, default=None),
        promises=ends([*one.promises, *other.promises]),
        **{name: getattr(one, name) + getattr(other, name) for name in numbers},
    )


def ends(numbers: Iterable[int]) -> tuple[int, ...]:
    """The least and the most of them; nothing of nothing."""
    known = sorted(numbers)
    return (known[0], known[-1]) if known else ()


def _both(one: DayCounts, other: DayCounts) -> DayCounts:
    columns = np.zeros((3, max(len(one.event), len(other.event))), dtype=np.int64)
    for counts in (one, other):
        columns[:, : len(counts.event)] += counts.event, counts.competing, counts.censored
    return DayCounts(*columns)


def statement(asked: Filter, measure: Measure, scope: Scope, only: Column | None = None) -> sa.Select[Any]:
    """One row a group, need and way of ending: arrays of days and of how many referrals ended on each."""
    referral = by_referral(asked, measure, scope, only).subquery("referral_day")
    row = referral.c
    days = (
        sa.select(
            row.key,
            row.need,
            row.ending,
            row.day,
            sa.func.count().label("number"),
            sa.func.min(row.sent_on).label("oldest_sent"),
            sa.func.count().filter(row.due).label("due"),
            sa.func.count().filter(row.due & row.in_time).label("in_time"),
            sa.func.min(row.promise).label("least"),
            sa.func.max(row.promise).label("most"),
            sa.func.count().filter(row.judged).label("judged"),
            sa.func.count().filter(row.kept).label("kept"),
            sa.func.count().filter(row.broken).label("broken"),
        )
        .group_by(row.key, row.need, row.ending, row.day)
        .subquery("day")
    )
    day = days.c
    return sa.select(
        day.key,
        day.need,
        day.ending,
        sa.func.array_agg(day.day).label("days"),
        sa.func.array_agg(day.number).label("numbers"),
        sa.func.min(day.oldest_sent).label("oldest_sent"),
        sa.cast(sa.func.sum(day.due), sa.Integer).label("due"),
        sa.cast(sa.func.sum(day.in_time), sa.Integer).label("in_time"),
        sa.func.min(day.least).label("least"),
        sa.func.max(day.most).label("most"),
        sa.cast(sa.func.sum(day.judged), sa.Integer).label("judged"),
        sa.cast(sa.func.sum(day.kept), sa.Integer).label("kept"),
        sa.cast(sa.func.sum(day.broken), sa.Integer).label("broken"),
    ).group_by(day.key, day.need, day.ending)


def _dated(asked: Filter, measure: Measure, scope: Scope, only: Column | None) -> sa.Select[Any]:
    """One row a referral that may count: its group and the days that matter."""
    as_of = sa.literal(asked.as_of, sa.Date)
    in_period = Counted.sent_on.between(asked.from_on, asked.to_on)
    ended = sa.func.least(measure.event, measure.competing, type_=sa.Date())
    promised = measure.promised
    columns: list[Column] = [
        Counted.referral_id,
        GROUP_COLUMNS[asked.by].label("key"),
        Counted.need_code.label("need"),
        Counted.sent_on,
        Counted.decided_on,
        measure.start.label("start"),
        measure.event.label("event"),
        measure.competing.label("competing"),
        sa.func.least(ended, as_of, type_=sa.Date()).label("stop"),
        in_period.label("in_period"),
        ((Counted.left_out_on <= as_of) | (ended < Counted.sent_on)).label("left_out"),
        (promised.days if promised else sa.null()).label("promise"),
        (promised.late if promised else sa.cast(sa.null(), sa.Date)).label("late"),
        *([Counted.rests] if asked.clock == "net" else []),
    ]
    return (
        sa.select(*columns)
        .where(Counted.sent_on <= as_of, in_period | ended.is_(None) | (ended > as_of))
        .where(countable(scope), sa.true() if only is None else only, *narrowing(asked))
    )


def by_referral(asked: Filter, measure: Measure, scope: Scope, only: Column | None = None) -> sa.Select[Any]:
    """One row a referral that may count: how and on which day it ended, whether it can be judged, whether it was in time.

    An imported one has no number."""
    row = _dated(asked, measure, scope, only).subquery("dated").c
    first, last = aliased(CalendarDay, name="first"), aliased(CalendarDay, name="last")
    today = sa.select(CalendarDay.back).where(CalendarDay.day == asked.as_of).scalar_subquery()
    unknown_day = last.day.is_(None) | (first.day.is_(None) & (row.start <= row.stop))
    ending = sa.case(
        (~row.in_period, EARLIER),
        (row.left_out | unknown_day, EXCLUDED),
        (row.event == row.stop, EVENT),
        (row.competing == row.stop, COMPETING),
        else_=OPEN,
    )
    working = not_below_0(last.back - first.forward), not_below_0(today - first.forward)
    as_of = sa.literal(asked.as_of, sa.Date)
    shown = (
        (not_below_0(row.stop - row.start), not_below_0(as_of - row.start))
        if asked.days == "calendar"
        else working
    )
    day = shown[0] - rested(row, asked.days) if asked.clock == "net" else shown[0]
    judge = judge_priority(row, *working) if measure.code == "M4" else judge_answer(row, *shown)
    return (
        sa.select(
            row.referral_id, row.key, row.need, row.sent_on, ending.label("ending"), day.label("day"), *judge,
            *judge_promise(row, as_of),
        )
        .outerjoin(first, first.day == row.start)
        .outerjoin(last, last.day == row.stop)
    )  # fmt: skip


def countable(scope: Scope) -> Column:
    """What figures may count: what the viewer may see. Analysts see none of it, and count all of their areas."""
    conditions: list[Column] = []
    if scope.kind not in ("iom", "agency", "figures", "system"):
        return sa.false()
    if scope.area_ids is not None:
        conditions.append(Counted.area_id == sa.any_(_ids(scope.area_ids)))
    if scope.kind == "iom":
        conditions.append(~Counted.restricted | (Counted.person_id == sa.any_(_ids(scope.person_ids))))
    if scope.kind == "agency":
        conditions.append(Counted.agency_id == scope.agency_id)
        if scope.service_ids is not None:
            conditions.append(Counted.service_id == sa.any_(_ids(scope.service_ids)))
    return sa.and_(sa.true(), *conditions)


def _ids(ids: Sequence[int]) -> Column:
    return sa.literal(list(ids), ARRAY(sa.BigInteger))


def narrowing(asked: Filter) -> Iterable[Column]:
    wanted = {
        Counted.need_code: asked.need,
        Counted.agency_id: asked.agency_id,
        Counted.service_id: asked.service_id,
        Counted.cohort: asked.cohort,
    }
    yield from (column == value for column, value in wanted.items() if value is not None)
    if asked.area_id is not None:
        yield (Counted.area_id == asked.area_id) | (Counted.local_authority_id == asked.area_id)


@dataclass
class _Gathered:
    """The rows of one group and need, by ending."""

    rows: dict[int, Any] = field(default_factory=dict)

    def add(self, row: Any) -> None:
        self.rows[row.ending] = row

    def group(self, key: Any, need: str) -> Group:
        counted = [self.rows[ending] for ending in (EVENT, COMPETING, OPEN) if ending in self.rows]
        waiting = [self.rows[ending] for ending in (OPEN, EARLIER) if ending in self.rows]
        length = 1 + max((max(row.days) for row in counted), default=-1)
        excluded = self.rows.get(EXCLUDED)
        return Group(
            key=key,
            need=need,
            counts=DayCounts(*(self._column(ending, length) for ending in (EVENT, COMPETING, OPEN))),
            excluded=sum(excluded.numbers) if excluded else 0,
            open_now=sum(sum(row.numbers) for row in waiting),
            oldest_sent=min((row.oldest_sent for row in waiting), default=None),
            due=sum(row.due for row in counted),
            in_time=sum(row.in_time for row in counted),
            promises=ends(days for row in counted for days in (row.least, row.most) if days is not None),
            judged=sum(row.judged for row in counted),
            kept=sum(row.kept for row in counted),
            late_now=sum(row.broken for row in waiting),
        )

    def _column(self, ending: int, length: int) -> np.ndarray[Any, Any]:
        column = np.zeros(length, dtype=np.int64)
        if ending in self.rows:
            row = self.rows[ending]
            column[np.array(row.days)] = row.numbers
        return column
