"""Counting: one grouped statement gives each group's referrals by the day on which they ended, and how.

Working days are a subtraction in the table `calendar_day` (docs/decisions/0003-working-days.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay
from portal.db import Scope, db
from portal.referrals.models import Referral
from portal.referrals.queries import visible
from portal.turnaround.catalogue import ANSWER_DAYS, FINAL_DECLINE_ON, PRIORITY_DAYS, Measure
from portal.turnaround.estimators import DayCounts
from portal.turnaround.filters import Filter

# How a referral stands at as-of. EARLIER: still open, but sent outside the period.
EVENT, COMPETING, OPEN, EXCLUDED, EARLIER = range(5)
Column = sa.SQLColumnExpression[Any]

# For the rest of the transaction. The planner cannot guess through the policies how many rows there are, and
# would sort them all to group them: groups by hash take half the time. A week and five years want different plans,
# so each is made for the dates asked; compiling it takes longer than it saves.
_PLAN = sa.text(
    "SELECT set_config('enable_sort', 'off', true), set_config('work_mem', '64MB', true),"
    " set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"
)

GROUP_COLUMNS: dict[str, Column] = {
    "agency": Referral.agency_id,
    "need": Referral.need_code,
    "area": Referral.area_id,
    "cohort": Referral.cohort,
    "month": sa.func.to_char(Referral.sent_on, "YYYY-MM"),
    "service": Referral.service_id,
}


@dataclass(frozen=True, eq=False)
class Group:
    """The counts of one group and need.

    `counts` holds referrals sent in the period; `excluded` those of them left out. `open_now` and
    `oldest_sent` have no period. `in_time` of `due`: those sent long enough ago to be judged, see `_judged`.
    """

    key: Any
    need: str
    counts: DayCounts
    excluded: int
    open_now: int
    oldest_sent: date | None
    due: int
    in_time: int


def day_counts(asked: Filter, measure: Measure, scope: Scope) -> list[Group]:
    """Every group and need in which the scope may see a referral, in no order: one statement."""
    db.session.execute(_PLAN)
    gathered: dict[tuple[Any, str], _Gathered] = {}
    for row in db.session.execute(statement(asked, measure, scope)):
        gathered.setdefault((row.key, row.need), _Gathered()).add(row)
    return [found.group(key, need) for (key, need), found in gathered.items()]


def statement(asked: Filter, measure: Measure, scope: Scope) -> sa.Select[Any]:
    """One row a group, need and way of ending: arrays of days and of how many referrals ended on each."""
    referral = _by_referral(asked, measure, scope).subquery("referral_day")
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
    ).group_by(day.key, day.need, day.ending)


def _dated(asked: Filter, measure: Measure, scope: Scope) -> sa.Select[Any]:
    """One row a referral that may count: its group and the days that matter."""
    as_of = sa.literal(asked.as_of, sa.Date)
    in_period = Referral.sent_on.between(asked.from_on, asked.to_on)
    ended = sa.func.least(measure.event, measure.competing, type_=sa.Date())
    columns: list[Column] = [
        GROUP_COLUMNS[asked.by].label("key"),
        Referral.need_code.label("need"),
        Referral.sent_on,
        Referral.decided_on,
        measure.start.label("start"),
        measure.event.label("event"),
        measure.competing.label("competing"),
        sa.func.least(ended, as_of, type_=sa.Date()).label("stop"),
        in_period.label("in_period"),
        (left_out(as_of) | (ended < Referral.sent_on)).label("left_out"),
    ]
    return (
        sa.select(*columns)
        .where(Referral.sent_on <= as_of, in_period | ended.is_(None) | (ended > as_of))
        .where(countable(scope), *narrowing(asked))
    )


def left_out(as_of: Column) -> Column:
    """Sent in error, or a duplicate once IOM agrees that it is one."""
    in_error = (Referral.withdrawal_reason == "sent_in_error") & (Referral.withdrawn_on <= as_of)
    return in_error | ((Referral.decline_reason == "duplicate") & (as_of >= FINAL_DECLINE_ON))


def _by_referral(asked: Filter, measure: Measure, scope: Scope) -> sa.Select[Any]:
    """The same rows: how and on which day each ended, whether it can be judged, whether it was in time."""
    row = _dated(asked, measure, scope).subquery("dated").c
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
    working = _days(last.back - first.forward), _days(today - first.forward)
    as_of = sa.literal(asked.as_of, sa.Date)
    shown = (_days(row.stop - row.start), _days(as_of - row.start)) if asked.days == "calendar" else working
    judge = _judge_priority(row, *working) if measure.code == "M4" else _judge_answer(row, *shown)
    return (
        sa.select(row.key, row.need, row.sent_on, ending.label("ending"), shown[0].label("day"), *judge)
        .outerjoin(first, first.day == row.start)
        .outerjoin(last, last.day == row.stop)
    )


def _days(number: Column) -> Column:
    return sa.func.greatest(number, 0, type_=sa.Integer())


def _judge_answer(row: Any, day: Column, age: Column) -> tuple[Column, Column]:
    """Due: sent more than 5 days ago, so that the agency had all of the fifth."""
    in_time = (row.event == row.stop) & (day <= ANSWER_DAYS)
    return (age > ANSWER_DAYS).label("due"), in_time.label("in_time")


def _judge_priority(row: Any, day: Column, age: Column) -> tuple[Column, Column]:
    """Due: sent at least 20 working days ago and not withdrawn undecided within them."""
    within = day <= PRIORITY_DAYS
    withdrawn = (row.competing == row.stop) & row.decided_on.is_(None)
    due = (age >= PRIORITY_DAYS) & sa.not_(sa.func.coalesce(withdrawn & within, False))
    return due.label("due"), ((row.event == row.stop) & within).label("in_time")


def countable(scope: Scope) -> Column:
    """What figures may count: what the viewer may see. Analysts see none of it, and count all of their areas."""
    if scope.kind != "figures":
        return visible(scope)
    return sa.true() if scope.area_ids is None else Referral.area_id.in_(scope.area_ids)


def narrowing(asked: Filter) -> Iterable[Column]:
    wanted = {
        Referral.need_code: asked.need,
        Referral.agency_id: asked.agency_id,
        Referral.service_id: asked.service_id,
        Referral.cohort: asked.cohort,
    }
    yield from (column == value for column, value in wanted.items() if value is not None)
    if asked.area_id is not None:
        yield (Referral.area_id == asked.area_id) | (Referral.local_authority_id == asked.area_id)


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
        )

    def _column(self, ending: int, length: int) -> np.ndarray[Any, Any]:
        column = np.zeros(length, dtype=np.int64)
        if ending in self.rows:
            row = self.rows[ending]
            column[np.array(row.days)] = row.numbers
        return column
