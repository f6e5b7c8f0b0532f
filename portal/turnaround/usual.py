"""M5: whether people referred with priority are seen faster than the agency's ordinary clients. Pure.

Source: the turnaround paper, section 2. Each time is divided by the usual median wait of its own service, in the unit
of that wait: without priority, half have their offer by 1. Days are whole, so by the end of the day of the median a
little more than half have, the shorter the wait the more, and before that day fewer than half: hence the verdict
"faster" is of the time strictly before (docs/decisions/0016-figures-against-the-truth.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from portal.turnaround.estimators import (
    TOLERANCE,
    Curve,
    DayCounts,
    Floats,
    Integers,
    Median,
    Share,
    cumulative_incidence_many,
    median_many,
    whole_numbers,
)

HALF = 0.5
UNKNOWN_MOST = 0.1  # of the pairs of one from each group: beyond this the chance is not told


@dataclass(frozen=True, eq=False)
class WaitCounts:
    """Referrals to services of one usual wait, by the day on which they ended, in the unit of that wait.

    `usual` is in days, `unit` working or calendar. Four integer arrays of one length: offered (or started) first,
    withdrawn first, declined or closed first, still waiting. ValueError if they are not, or if `usual` is not 1 or more.
    """

    usual: int
    unit: str
    event: Integers
    withdrawn: Integers
    declined: Integers
    censored: Integers

    def __post_init__(self) -> None:
        if self.usual < 1:
            raise ValueError("a usual wait is of one day or more")
        whole_numbers(self.event, self.withdrawn, self.declined, self.censored)


@dataclass(frozen=True)
class Usual:
    """Of `n` referrals, the share seen by their usual wait, and 95 % limits; None where it is unknown.

    `share`: withdrawals and declines compete. `kaplan_share`: both are censored. Where the last who waits was not
    followed to the usual wait, `share` and `low` are of the time followed, so at least, and the limits and shares that
    could still grow are None. `low_before`: the lower limit of the one already before the usual wait, at the largest
    of all times below 1. `verdict`: "faster" only if that is above one half, "slower" only if the upper limit of the
    other is below, else "no_difference".
    `ratio`: the median time ÷ the usual wait, and where the band of `share` crosses one half; None where it does not.
    `declined_share`: declined or closed by their usual wait before they were seen; `declined`: how many were ever.
    """

    n: int
    declined: int
    share: float | None
    low: float | None
    high: float | None
    low_before: float | None
    kaplan_share: float | None
    kaplan_low: float | None
    kaplan_high: float | None
    declined_share: float | None
    verdict: str
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


def faster_than_usual(waits: Sequence[WaitCounts]) -> Usual:
    """M5 of referrals whose services have a usual median wait; those without one are the caller's to leave out."""
    return faster_than_usual_many([waits])[0]


def faster_than_usual_many(groups: Sequence[Sequence[WaitCounts]]) -> list[Usual]:
    """`faster_than_usual` of each group: the same numbers, the curves of many groups at once."""
    scaled = [_scaled(waits) for waits in groups]
    ones = [int(np.searchsorted(times, 1.0)) for times, _table in scaled]
    tables = zip(scaled, ones, strict=True)
    curves = cumulative_incidence_many(
        [each for (_times, table), one in tables for each in _outcomes(table, one)]
    )
    medians = median_many(curves[::3])
    return [_usual(*scaled[at], one, curves[3 * at : 3 * at + 3], medians[at]) for at, one in enumerate(ones)]


def _outcomes(table: Integers, one: int) -> Iterable[DayCounts]:
    """Seen, with all else competing; seen, with all else censored; declined. Nobody asks the last two for more than the
    usual wait, so that whoever ended later is put together."""
    event, withdrawn, declined, censored = table
    yield DayCounts(event, withdrawn + declined, censored)
    later = table[:, one + 1 :].sum()
    event, withdrawn, declined, censored = np.pad(table[:, : one + 1], ((0, 0), (0, 1)))
    censored[-1] = later
    yield DayCounts(event, np.zeros_like(event), withdrawn + declined + censored)
    yield DayCounts(declined, event + withdrawn, censored)


def _usual(times: Floats, table: Integers, one: int, curves: Sequence[Curve], median: Median) -> Usual:
    seen, kaplan, refused = curves
    fair, flattering = _by(seen, one), _by(kaplan, one)
    low_before = seen.share_at(one - 1).low if one else None
    return Usual(
        n=int(table.sum()),
        declined=int(table[2].sum()),
        share=fair.share,
        low=fair.low,
        high=fair.high,
        low_before=low_before,
        kaplan_share=None if flattering.high is None else flattering.share,
        kaplan_low=None if flattering.high is None else flattering.low,
        kaplan_high=flattering.high,
        declined_share=refused.share_at(one).share,
        verdict=_verdict(low_before, flattering.high),
        ratio=_time(times, median.value),
        ratio_low=_time(times, median.low),
        ratio_high=_time(times, median.high),
    )


def chance_seen_first(first: DayCounts, second: DayCounts) -> float | None:
    """The chance that one of the first group has the event before one of the second; the same day counts half.

    From the Aalen–Johansen shares: whoever a competing event took away never has the event, and two such count half. Of
    those still waiting when their group was last followed, only that they are later than that day is known. Pairs
    whose order is unknown count half; None if they are more than a tenth. Without censoring it is the Mann–Whitney
    statistic: exact.
    """
    mine, theirs = map(_masses, cumulative_incidence_many([first, second]))
    if not first.total or not second.total:
        return None
    days = min(len(mine.event), len(theirs.event))
    ahead, behind = _ahead(mine, theirs), _ahead(theirs, mine)
    level = float(mine.event[:days] @ theirs.event[:days]) + mine.never * theirs.never
    unknown = 1 - ahead - behind - level
    return ahead + (level + unknown) / 2 if unknown <= UNKNOWN_MOST + TOLERANCE else None


class _Masses(NamedTuple):
    """Of one group: the share with the event on each day it was followed, never, and later than the last of them."""

    event: Floats
    never: float
    later: float


def _masses(curve: Curve) -> _Masses:
    followed = int((curve.at_risk > 0).sum())
    if not followed:
        return _Masses(np.zeros(0), 0.0, 0.0)
    last = followed - 1
    event = np.diff(curve.share[:followed], prepend=0)
    return _Masses(event, float(curve.competing[last]), float(curve.waiting[last]))


def _ahead(mine: _Masses, theirs: _Masses) -> float:
    """The chance that it is known that one of mine came first."""
    days = max(len(mine.event), len(theirs.event))
    event = np.pad(mine.event, (0, days - len(mine.event)))
    after = np.pad(theirs.event, (0, days - len(theirs.event)))[::-1].cumsum()[::-1]
    after = np.append(after[1:], 0.0) + theirs.never
    return float(event @ after + event[: len(theirs.event)].sum() * theirs.later)


def _scaled(waits: Sequence[WaitCounts]) -> tuple[Floats, Integers]:
    """The different times ÷ usual wait in order, 1 among them, and the counts at each: (way of ending, time).

    Exact: two equal fractions of whole numbers give the same float, and different ones under 2²⁶ different floats.
    """
    ratios = np.concatenate([[1.0], *(np.arange(len(wait.event)) / wait.usual for wait in waits)])
    times, places = np.unique(ratios, return_inverse=True)
    counts = np.zeros((4, len(times)), dtype=np.int64)
    columns = [np.zeros((4, 1), dtype=np.int64)]
    columns += [np.array((wait.event, wait.withdrawn, wait.declined, wait.censored)) for wait in waits]
    for row, found in zip(counts, np.concatenate(columns, axis=1), strict=True):
        np.add.at(row, places, found)
    return times, counts


def _by(curve: Curve, place: int) -> Share:
    """Without an upper limit where nobody is followed so far and yet some wait: they may have been seen by then."""
    share = curve.share_at(place)
    followed = curve.at_risk[place] > 0 or curve.waiting[place] <= TOLERANCE
    return share if followed else replace(share, high=None)


def _time(times: Floats, place: int | None) -> float | None:
    return None if place is None else float(times[place])


def _verdict(low_before: float | None, kaplan_high: float | None) -> str:
    if low_before is not None and low_before > HALF:
        return "faster"
    if kaplan_high is not None and kaplan_high < HALF:
        return "slower"
    return "no_difference"
