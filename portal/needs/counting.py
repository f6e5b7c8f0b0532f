"""People on IOM and their needs, counted by the database within the scope of whoever asks (migration 0019)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sqlalchemy as sa

from portal.agencies.codes import NEEDS
from portal.db import db
from portal.needs.ages import CODES, edges
from portal.needs.asking import Asked
from portal.turnaround.days import Steps
from portal.turnaround.estimators import DayCounts

UNKNOWN = "unknown"
# From a need's first day on record to its end: how many got so far. The last is where it stands, not what it has passed.
STEPS = ("identified", "referred", "accepted", "started", "met")
STATES = ("identified", "referred", "being_met", "not_met", "met", "declined_by_person")
UNMET = STATES[:4]


@dataclass
class NeedCounts:
    """Of one need (None: of all): how many people have it on record, by STEPS and by where it stands now."""

    code: str | None
    steps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def unmet(self) -> int:
        return sum(self.states[state] for state in UNMET)

    def add(self, code: int, number: int) -> None:
        """`code`: a state's place from 1, × 8, and a bit for each step that was ever taken."""
        state = STATES[code // 8 - 1]
        self.states[state] += number
        taken = {"identified": True, "referred": code & 4, "accepted": code & 2, "started": code & 1}
        for step in STEPS:
            self.steps[step] += number if taken.get(step, state == step) else 0


def count_people(asked: Asked) -> dict[str, dict[str, int]]:
    """By part (all, cohort, age, sex, language, authority) and value; UNKNOWN where it is not on record."""
    rows = _ask("SELECT * FROM iom_people(:edges, :area, :cohort, :need)", asked, edges=edges(asked.today))
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        value = CODES[int(row.value)] if row.part == "age" and row.value is not None else row.value
        found[row.part]["all" if row.part == "all" else value or UNKNOWN] = row.number
    return found


def count_needs(asked: Asked) -> tuple[list[NeedCounts], Steps]:
    """Each need in the usual order, then all of them where there are several; and by need and step, the working days
    from the step before. Who has not taken the step yet counts for as long as they have waited."""
    found: dict[str, NeedCounts] = {}
    total, days = NeedCounts(None), {}
    for row in _ask("SELECT * FROM iom_needs(:today, :area, :cohort, :need)", asked, today=asked.today):
        if row.part != "stands":
            days[row.need_code, row.part] = _day_counts(row.codes, row.numbers)
            continue
        for code, number in zip(row.codes, row.numbers, strict=True):
            found.setdefault(row.need_code, NeedCounts(row.need_code)).add(code, number)
            total.add(code, number)
    each = [found[code] for code in NEEDS if code in found]
    return ([*each, total] if len(each) > 1 else each), days


def _day_counts(codes: list[int], numbers: list[int]) -> DayCounts:
    """`codes`: days × 3, and how they ended: the step, over without it, not yet."""
    day, ending = np.divmod(np.asarray(codes), 3)
    count = np.asarray(numbers)
    most = int(day.max()) + 1
    event, competing, censored = (
        np.bincount(day[ending == how], count[ending == how], most).astype(np.int64) for how in range(3)
    )
    return DayCounts(event, competing, censored)


def _ask(sql: str, asked: Asked, **more: Any) -> Iterable[Any]:
    narrowed = {"area": asked.area_id, "cohort": asked.cohort, "need": asked.need}
    return db.session.execute(sa.text(sql), {**narrowed, **more}).all()
