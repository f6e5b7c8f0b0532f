"""People on IOM and their needs, counted by the database within the scope of whoever asks (migration 0019)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal.agencies.codes import NEEDS
from portal.db import db
from portal.needs.ages import CODES, edges
from portal.needs.asking import Asked
from portal.turnaround.days import Steps, day_counts

UNKNOWN = "unknown"
# From a need's first day on record to its end: how many got so far. The last is where it stands, not what it has passed.
STEPS = ("identified", "referred", "accepted", "started", "met")
UNMET = ("identified", "referred", "being_met", "not_met")


@dataclass
class NeedCounts:
    """Of one need (None: of all): how many people have it on record, by STEPS and by where it stands now."""

    code: str | None
    steps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def unmet(self) -> int:
        return sum(self.states[state] for state in UNMET)

    def add(self, row: Any) -> None:
        self.states[row.state] += row.number
        self.steps["identified"] += row.number
        self.steps["met"] += row.number if row.state == "met" else 0
        for step in ("referred", "accepted", "started"):
            self.steps[step] += row.number if row._mapping[step] else 0


def count_people(asked: Asked) -> dict[str, dict[str, int]]:
    """By part (all, cohort, age, sex, language, authority) and value; UNKNOWN where it is not on record."""
    rows = _ask("SELECT * FROM iom_people(:edges, :area, :cohort, :need)", asked, edges=edges(asked.today))
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        value = CODES[int(row.value)] if row.part == "age" and row.value is not None else row.value
        found[row.part]["all" if row.part == "all" else value or UNKNOWN] = row.number
    return found


def count_needs(asked: Asked) -> list[NeedCounts]:
    """Each need in the usual order, then all of them where there are several."""
    found: dict[str, NeedCounts] = {}
    total = NeedCounts(None)
    for row in _ask("SELECT * FROM iom_needs(:area, :cohort, :need)", asked):
        found.setdefault(row.need_code, NeedCounts(row.need_code)).add(row)
        total.add(row)
    each = [found[code] for code in NEEDS if code in found]
    return [*each, total] if len(each) > 1 else each


def count_days(asked: Asked) -> Steps:
    """Working days from each step to the next, by need and the step that ends them."""
    grouped: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in _ask("SELECT * FROM iom_need_days(:today, :area, :cohort, :need)", asked, today=asked.today):
        grouped[row.need_code, row.step].append(row)
    return {place: day_counts(rows) for place, rows in grouped.items()}


def _ask(sql: str, asked: Asked, **more: Any) -> Iterable[Any]:
    narrowed = {"area": asked.area_id, "cohort": asked.cohort, "need": asked.need}
    return db.session.execute(sa.text(sql), {**narrowed, **more}).all()
