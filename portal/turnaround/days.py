"""Days between any two steps, counted by group: one grouped statement, day counts for the estimators."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay
from portal.db import db
from portal.turnaround.estimators import DayCounts
from portal.turnaround.filters import Filter

Steps = dict[tuple[Any, str], DayCounts]  # by key and step


def step_counts(rows: sa.Select[Any] | sa.CompoundSelect[Any], asked: Filter) -> Steps:
    """Of rows of key, step, start, event and competing: how many ended on each day, and how, as of the filter's day.

    What starts after as-of is left out; what has not ended by then is censored there. An event and a competing one on the same
    day: the event came first. Days are the filter's, working or calendar, and never below 0.
    """
    row, as_of = rows.subquery("stepped").c, sa.literal(asked.as_of, sa.Date)
    stop = sa.func.least(row.event, row.competing, as_of, type_=sa.Date())
    first, last = aliased(CalendarDay, name="first"), aliased(CalendarDay, name="last")
    days = stop - row.start if asked.days == "calendar" else last.back - first.forward
    ending = sa.case((row.event == stop, "event"), (row.competing == stop, "competing"), else_="censored")
    counted = (
        sa.select(
            row.key,
            row.step,
            ending.label("ending"),
            sa.func.greatest(days, 0, type_=sa.Integer()).label("day"),
            sa.func.count().label("number"),
        )
        .join(first, first.day == row.start)
        .join(last, last.day == stop)
        .where(row.start <= as_of)
        .group_by(*(sa.literal_column(str(place)) for place in range(1, 5)))
    )
    found: dict[tuple[Any, str], list[Any]] = defaultdict(list)
    for each in db.session.execute(counted):
        found[each.key, each.step].append(each)
    return {place: _day_counts(some) for place, some in found.items()}


def _day_counts(rows: list[Any]) -> DayCounts:
    columns = {
        name: np.zeros(1 + max(row.day for row in rows), dtype=np.int64)
        for name in ("event", "competing", "censored")
    }
    for row in rows:
        columns[row.ending][row.day] += row.number
    return DayCounts(**columns)
