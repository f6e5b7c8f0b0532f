"""Whether a series moved by more than its ordinary variation: the XmR chart. Pure.

Source: Wheeler, Understanding Variation (1993); 2.66 = 3 ÷ 1.128, as ranges of two points are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from portal.turnaround.estimators import TOLERANCE

RANGES_TO_LIMIT = 2.66
RUN = 7
ENOUGH_POINTS = 12


@dataclass(frozen=True)
class XmR:
    """Mean and limits, in the unit of the values: a share's limits may lie beyond 0 and 1.

    `signals` holds for each point the rules it breaks. "outside": beyond a limit. "run": one of 7 or more in a row
    on one side of the mean. "trend": one of 7 or more of which each is above, or each below, the one before.
    "near_limit": beyond two thirds of the way to a limit, as is another of three in a row, on the same side.
    `trial`: under 12 points.
    """

    mean: float
    lower: float
    upper: float
    signals: tuple[tuple[str, ...], ...]
    trial: bool


def xmr(values: Sequence[float]) -> XmR | None:
    """Mean ± 2.66 × the mean moving range of values in the order of time. None of fewer than two.

    A point on the mean, or equal to the one before, is on no side and ends a run or a trend.
    """
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    steps = [after - before for before, after in pairwise(values)]
    reach = RANGES_TO_LIMIT * sum(map(abs, steps)) / len(steps)
    distances = [value - mean for value in values]
    found = {
        "outside": {i for i, distance in enumerate(distances) if abs(distance) > reach + TOLERANCE},
        "run": _together(distances, RUN),
        "trend": {i + after for i in _together(steps, RUN - 1) for after in (0, 1)},
        "near_limit": _near_limit(distances, reach * 2 / 3),
    }
    signals = (tuple(rule for rule, points in found.items() if i in points) for i in range(len(values)))
    return XmR(mean, mean - reach, mean + reach, tuple(signals), len(values) < ENOUGH_POINTS)


def _together(distances: Sequence[float], least: int) -> set[int]:
    """The places of all that stand in a row of at least so many of one sign."""
    found: set[int] = set()
    row: list[int] = []
    for i, distance in enumerate(distances):
        same = bool(row) and distances[row[-1]] * distance > 0
        row = ([*row, i] if same else [i]) if abs(distance) > TOLERANCE else []
        if len(row) >= least:
            found.update(row)
    return found


def _near_limit(distances: Sequence[float], far: float) -> set[int]:
    found: set[int] = set()
    for sign in (1, -1):
        beyond = [i for i, distance in enumerate(distances) if sign * distance > far + TOLERANCE]
        for first, second in pairwise(beyond):
            if second - first <= 2:
                found.update((first, second))
    return found
