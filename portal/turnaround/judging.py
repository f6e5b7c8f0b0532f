"""Columns of SQL that say of a referral how many days it took, and whether it was in time. Source: the paper, section 2."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay
from portal.turnaround.catalogue import ANSWER_DAYS, PRIORITY_DAYS

Column = sa.SQLColumnExpression[Any]


def not_below_0(number: Column) -> Column:
    return sa.func.greatest(number, 0, type_=sa.Integer())


def rested(row: Any, days: str) -> Column:
    """The days between start and stop on which the net clock rested."""
    whole = sa.func.datemultirange(sa.func.daterange(row.start, sa.func.greatest(row.stop, row.start)))
    rests = sa.func.unnest(row.rests.op("*")(whole)).table_valued("rest").render_derived()
    lower, upper = (end(rests.c.rest, type_=sa.Date()) for end in (sa.func.lower, sa.func.upper))
    if days == "calendar":
        days_of_rest = sa.func.coalesce(sa.func.sum(upper - lower), 0, type_=sa.Integer())
        return sa.cast(sa.select(days_of_rest).select_from(rests).scalar_subquery(), sa.Integer)
    first, last = aliased(CalendarDay, name="rest_first"), aliased(CalendarDay, name="rest_last")
    rested = sa.func.coalesce(sa.func.sum(not_below_0(last.back - first.forward)), 0, type_=sa.Integer())
    counted = (
        sa.select(rested).select_from(rests).join(first, first.day == lower).join(last, last.day == upper)
    )
    return sa.cast(counted.scalar_subquery(), sa.Integer)


def judge_answer(row: Any, day: Column, age: Column) -> tuple[Column, Column]:
    """Due: sent more than 5 days ago, so that the agency had all of the fifth."""
    in_time = (row.event == row.stop) & (day <= ANSWER_DAYS)
    return (age > ANSWER_DAYS).label("due"), in_time.label("in_time")


def judge_priority(row: Any, day: Column, age: Column) -> tuple[Column, Column]:
    """Due: sent at least 20 working days ago and not withdrawn undecided within them."""
    within = day <= PRIORITY_DAYS
    withdrawn = (row.competing == row.stop) & row.decided_on.is_(None)
    due = (age >= PRIORITY_DAYS) & sa.not_(sa.func.coalesce(withdrawn & within, False))
    return due.label("due"), ((row.event == row.stop) & within).label("in_time")


def judge_promise(row: Any, as_of: Column) -> tuple[Column, ...]:
    """M6. Judged once its net age is past the promise, unless something ended it before; kept if done before that day."""
    happened = row.event == row.stop
    broken = row.late <= as_of
    over = sa.func.coalesce(row.competing < row.late, False)
    judged = sa.func.coalesce(broken & (sa.func.coalesce(happened, False) | ~over), False)
    return (
        row.promise,
        judged.label("judged"),
        (judged & happened & (row.event < row.late)).label("kept"),
        sa.func.coalesce(broken, False).label("broken"),
    )
