"""People’s needs from identified to met: how many got how far, and the days from each step to the next.

The rows come from the database's own function (migration 0015): people's needs are out of an analyst's reach.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.agencies.codes import NEEDS
from portal.db import db
from portal.turnaround.counting import Condition
from portal.turnaround.days import Steps, step_counts
from portal.turnaround.filters import Filter

# Each step with the one before it.
STEPS = {"referred": "identified", "accepted": "referred", "started": "accepted", "met": "started"}
COLUMNS = (
    ("need_code", sa.Text), ("area_id", sa.Integer), ("local_authority_id", sa.Integer), ("cohort", sa.Text),
    ("identified_on", sa.Date), ("referred_on", sa.Date), ("accepted_on", sa.Date), ("started_on", sa.Date),
    ("met_on", sa.Date), ("over_on", sa.Date),
)  # fmt: skip


@dataclass(frozen=True)
class Need:
    """People in whom a need was identified in the period, and how many of them had got how far by as-of."""

    code: str
    identified: int
    referred: int
    accepted: int
    started: int
    met: int
    over: int


def need_counts(asked: Filter) -> list[Need]:
    """Each need, in the usual order. What the scope may not see the database leaves out."""
    row = _steps(asked)
    happened = {
        name: (row.c[f"{name}_on"] <= asked.as_of) for name in ("referred", "accepted", "started", "met")
    }
    over = (row.c.over_on <= asked.as_of) & row.c.met_on.is_(None)
    found = db.session.execute(
        sa.select(
            row.c.need_code.label("code"),
            sa.func.count().label("identified"),
            *(sa.func.count().filter(condition).label(name) for name, condition in happened.items()),
            sa.func.count().filter(over).label("over"),
        )
        .where(*_narrowing(row, asked))
        .group_by(row.c.need_code)
    ).all()
    order = list(NEEDS)
    return sorted((Need(**each._mapping) for each in found), key=lambda need: order.index(need.code))


def need_days(asked: Filter) -> Steps:
    """Days from each step to the next, by need and STEPS; a need that is met or over meanwhile competes."""
    row = _steps(asked)
    ended = sa.func.least(row.c.met_on, row.c.over_on)
    parts = [
        sa.select(
            row.c.need_code.label("key"),
            sa.literal(step).label("step"),
            row.c[f"{before}_on"].label("start"),
            row.c[f"{step}_on"].label("event"),
            (row.c.over_on if step == "met" else ended).label("competing"),
        ).where(row.c[f"{before}_on"].is_not(None), *_narrowing(row, asked))
        for step, before in STEPS.items()
    ]
    return step_counts(sa.union_all(*parts), asked)


def _steps(asked: Filter) -> Any:
    function = sa.func.need_steps(
        asked.from_on, min(asked.to_on, asked.as_of), asked.agency_id, asked.service_id
    )
    return sa.select(function.table_valued(*(sa.column(name, kind) for name, kind in COLUMNS))).cte(
        "need_step"
    )


def _narrowing(row: Any, asked: Filter) -> Iterable[Condition]:
    if asked.need is not None:
        yield row.c.need_code == asked.need
    if asked.cohort is not None:
        yield row.c.cohort == asked.cohort
    if asked.area_id is not None:
        yield (row.c.area_id == asked.area_id) | (row.c.local_authority_id == asked.area_id)
