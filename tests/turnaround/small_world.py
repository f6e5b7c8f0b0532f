"""A small world for `attack`: how many referrals there are of each agency, cohort, month and fate, and its figures."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import Any

import numpy as np

from portal.turnaround.estimators import DayCounts, cumulative_incidence, wilson
from portal.turnaround.result import Row

AGENCIES, COHORTS, MONTHS = range(2), range(2), range(2)
BANDS = ("answered", "withdrawn", "waiting")
MANY = 400  # more than there are of anything
Floats = np.ndarray[Any, np.dtype[np.float64]]


class Fate(IntEnum):
    """What becomes of a referral: answered on day 3 or, late, on day 8; withdrawn on day 4; still waiting."""

    PRIORITY = 0
    STANDARD = 1
    LATE = 2
    WITHDRAWN = 3
    WAITING = 4


SHAPE = (len(AGENCIES), len(COHORTS), len(MONTHS), len(Fate))


def sums(atoms: Floats, *fates: int) -> int:
    return int(atoms[..., list(fates)].sum())


def row_of(atoms: Floats, waiting: Floats, key: str) -> tuple[Row, Row]:
    """The rows of answers and of priority. `waiting`: the referrals of any month, for what waits now."""
    event, competing, censored = (np.zeros(41, dtype=np.int64) for _ in range(3))
    event[3], event[8] = sums(atoms, Fate.PRIORITY, Fate.STANDARD), sums(atoms, Fate.LATE)
    competing[4], censored[40] = sums(atoms, Fate.WITHDRAWN), sums(atoms, Fate.WAITING)
    counts = DayCounts(event, competing, censored)
    curve, n = cumulative_incidence(counts), counts.total
    late = sums(waiting, Fate.WAITING)
    answer = Row(
        key, key, "housing", counts, curve, curve.median(), 0, late, 40 if late else None,
        wilson(sums(atoms, Fate.PRIORITY, Fate.STANDARD), n),
    )  # fmt: skip
    granted = sums(atoms, Fate.PRIORITY)
    decided = replace(
        answer,
        counts=DayCounts(np.array([granted]), np.array([n - granted]), np.array([0])),
        in_time=wilson(granted, n - sums(atoms, Fate.WITHDRAWN)),
    )
    return answer, decided


def expressions(inside: Floats, ever: Floats) -> dict[str, list[Floats]]:
    """The numbers of people behind each figure, as sums of atoms."""

    def of(where: Floats, *fates: int) -> Floats:
        picked = np.zeros(len(Fate))
        picked[list(fates)] = 1
        return where * picked

    sent, withdrawn = of(inside, *Fate), of(inside, Fate.WITHDRAWN)
    in_time = of(inside, Fate.PRIORITY, Fate.STANDARD)
    granted = of(inside, Fate.PRIORITY)
    found = {
        "sent": [sent],
        "kept": [in_time, sent - in_time],
        "median": [sent],
        "priority": [granted, sent - withdrawn - granted],
        "waiting": [of(ever, Fate.WAITING)],
    }
    for day, answered in ((5, in_time), (10, in_time + of(inside, Fate.LATE))):
        for place in BANDS:
            found[f"{place}_{day}"] = [answered, withdrawn, sent - answered - withdrawn]
    return found
