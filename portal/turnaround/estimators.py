"""Shares, medians and their limits from day counts: pure NumPy, never one row per referral.

A referral ends on a whole day (0 is the day of the start) as an event, as a competing event, or censored; one
censored on a day is still at risk on that day. What is unknown is None or NaN, never 0. All limits are 95 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import erfc, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z = 1.959963984540054
TOLERANCE = 1e-12  # ties are the rule in days: without it 3/6 can come out just under one half
BLOCK = 64  # groups worked out at once: of like length, and small enough for the cache

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DayCounts:
    """Referrals by the day on which they ended; the index is the day. Three integer arrays of one length.

    ValueError if they are not. Days after the last count may be there or not: nothing changes.
    """

    event: Integers
    competing: Integers
    censored: Integers

    total: int = field(init=False)  # referrals in all

    def __post_init__(self) -> None:
        columns = whole_numbers(self.event, self.competing, self.censored)
        for name, column in zip(("event", "competing", "censored"), columns, strict=True):
            object.__setattr__(self, name, column)
        object.__setattr__(self, "total", int(columns.sum()))


@dataclass(frozen=True)
class Proportion:
    """A part of a whole, with its Wilson limits: None where the whole is 0."""

    part: int
    whole: int
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        """Part ÷ whole, None where the whole is 0."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Share:
    """By this day: the share with the event and its limits, with a competing event, and neither (waiting).

    `share`, `competing` and `waiting` add to 1. All None where the state of no referral is known on that day.
    """

    day: int
    share: float | None
    low: float | None
    high: float | None
    competing: float | None
    waiting: float | None


@dataclass(frozen=True)
class Median:
    """The day by which half have the event, and its limits. None where curve or band never reach it."""

    value: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class LogRank:
    """Whether two groups differ in speed: chi-squared on one degree of freedom, and its p-value."""

    chi_squared: float
    p: float


@dataclass(frozen=True, eq=False)
class Curve:
    """Shares by day; the index is the day. The last entry, one past the counts, holds for every later day.

    `waiting` is the product limit over events of either kind. NaN where unknown. `at_risk` is 0 on days to
    which nobody was followed: a page cuts its curve earlier.
    """

    share: Floats
    low: Floats
    high: Floats
    competing: Floats
    waiting: Floats
    at_risk: Integers

    def share_at(self, day: int) -> Share:
        """The state by the end of a day. ValueError if it is negative."""
        if day < 0:
            raise ValueError("days are counted from 0")
        i = min(day, len(self.share) - 1)
        columns = (self.share, self.low, self.high, self.competing, self.waiting)
        return Share(day, *(None if np.isnan(column[i]) else float(column[i]) for column in columns))

    def median(self) -> Median:
        """The first day with a share of one half or more, and where the band crosses one half."""
        return median_many([self])[0]


@lru_cache(maxsize=8192)  # a page asks for the same few again and again
def wilson(part: int, whole: int) -> Proportion:
    """Wilson's score interval. ValueError unless 0 ≤ part ≤ whole."""
    return wilson_many([part], [whole])[0]


def wilson_many(parts: ArrayLike, wholes: ArrayLike) -> list[Proportion]:
    """`wilson` of each pair of two columns of one length."""
    part, whole = np.asarray(parts, dtype=np.int64), np.asarray(wholes, dtype=np.int64)
    if ((part < 0) | (part > whole)).any():
        raise ValueError("a part lies between 0 and its whole")
    columns = (column.tolist() for column in (part, whole, *_wilson_limits(part, whole)))
    return [
        Proportion(k, n, low if n else None, high if n else None)
        for k, n, low, high in zip(*columns, strict=True)
    ]


def cumulative_incidence(counts: DayCounts) -> Curve:
    """Aalen–Johansen share with the event by each day, with limits log-log on the share itself.

    Where the share is 0 or 1 the limits are Wilson's, of the referrals whose state on that day is known.
    Source: Dinse and Larson, Biometrika 73 (1986), 379–386, equation 6, for the variance.
    """
    return cumulative_incidence_many([counts])[0]


def cumulative_incidence_many(groups: Sequence[DayCounts]) -> list[Curve]:
    """`cumulative_incidence` of each group: the same numbers, many groups at once."""
    order = sorted(range(len(groups)), key=lambda i: len(groups[i].event))
    curves: dict[int, Curve] = {}
    for first in range(0, len(order), BLOCK):
        block = order[first : first + BLOCK]
        curves.update(zip(block, _curves([groups[i] for i in block]), strict=True))
    return [curves[i] for i in range(len(groups))]


def _curves(groups: Sequence[DayCounts]) -> list[Curve]:
    """All arrays are (group, day); each curve then keeps its own days and the one past them."""
    at_risk, event, ended = _at_risk(groups, 1 + max(len(counts.event) for counts in groups))
    n = np.maximum(at_risk, 1).astype(float)  # where nobody is left, nothing happens
    leaving, hazard = ended / n, event / n
    survival: Floats = (1 - leaving).cumprod(axis=-1)
    before = np.concatenate((np.ones((len(groups), 1)), survival[:, :-1]), axis=-1)
    share = np.cumsum(before * hazard, axis=-1)
    competing = np.cumsum(before * (leaving - hazard), axis=-1)
    certain = (share <= TOLERANCE) | (share >= 1 - TOLERANCE)
    share[certain] = share[certain].round()
    spread = np.where(ended == at_risk, 0, leaving / np.maximum(n - ended, 1))
    variance = _variance(share, before, hazard, before * hazard / n, spread)
    low, high = _log_log_limits(np.where(certain, 0.5, share), variance)
    known = at_risk + np.cumsum(ended, axis=-1) - ended
    whole = known[certain]
    low[certain], high[certain] = _wilson_limits(np.where(share[certain] == 1, whole, 0), whole)
    unknown = known == 0
    share[unknown] = competing[unknown] = survival[unknown] = np.nan
    columns: tuple[NDArray[Any], ...] = (share, low, high, competing, survival, at_risk)
    lengths = [len(counts.event) + 1 for counts in groups]
    return [Curve(*(column[i, :days] for column in columns)) for i, days in enumerate(lengths)]


def median_many(curves: Sequence[Curve]) -> list[Median]:
    """`Curve.median` of each curve, many at once."""
    if not curves:
        return []
    lengths = np.array([len(curve.share) for curve in curves])
    starts = lengths.cumsum() - lengths
    day = np.arange(lengths.sum()) - starts.repeat(lengths)
    followed = np.concatenate([curve.at_risk for curve in curves]) > 0

    def first_half(columns: list[Floats]) -> list[int | None]:
        reached = (np.concatenate(columns) >= 0.5 - TOLERANCE) & followed
        first = np.minimum.reduceat(np.where(reached, day, len(day)), starts)
        return [int(found) if found < len(day) else None for found in first]

    value, high, low = ([getattr(curve, name) for curve in curves] for name in ("share", "high", "low"))
    return list(map(Median, first_half(value), first_half(high), first_half(low)))


def kaplan_meier(counts: DayCounts) -> Curve:
    """As `cumulative_incidence`, with competing events taken as censored: the share if nothing competed."""
    nothing = np.zeros_like(counts.competing)
    return cumulative_incidence(DayCounts(counts.event, nothing, counts.competing + counts.censored))


def log_rank(first: DayCounts, second: DayCounts) -> LogRank | None:
    """Compares the speed of two groups, competing events taken as censored. None if nothing compares."""
    days = max(len(first.event), len(second.event))
    (n1, n2), (d1, d2), _ = _at_risk([first, second], days)
    n, d = n1 + n2, d1 + d2
    share = _ratio(n1, n)
    variance = float(np.sum(d * share * (1 - share) * _ratio(n - d, n - 1)))
    if variance <= 0:
        return None
    chi_squared = float(np.sum(d1 - d * share)) ** 2 / variance
    return LogRank(chi_squared, erfc(sqrt(chi_squared / 2)))


def whole_numbers(*columns: ArrayLike) -> Integers:
    """Columns of day counts as the rows of one array. ValueError unless they are, and of one length."""
    if len({np.shape(column)[:1] for column in columns}) > 1:
        raise ValueError("day counts cover the same days")
    table = np.array(columns)
    if table.ndim != 2 or (table.size and (table.dtype.kind not in "iu" or table.min() < 0)):
        raise ValueError("day counts are whole numbers from 0, one for each day")
    return table.astype(np.int64, copy=False)


def _at_risk(groups: Sequence[DayCounts], days: int) -> tuple[Integers, Integers, Integers]:
    """At risk, events, and events of either kind: (group, day) each, `days` no fewer than were counted."""
    event, competing, censored = columns = np.zeros((3, len(groups), days), dtype=np.int64)
    for i, counts in enumerate(groups):
        columns[:, i, : len(counts.event)] = counts.event, counts.competing, counts.censored
    ended = event + competing
    left = ended + censored
    return left[:, ::-1].cumsum(axis=-1)[:, ::-1], event, ended


def _ratio(part: Integers | Floats, whole: Integers | Floats) -> Floats:
    """part ÷ whole: two counts, the part 0 where the whole is, and then 0."""
    ratio: Floats = part / np.maximum(whole, 1)
    return ratio


def _variance(share: Floats, before: Floats, hazard: Floats, step: Floats, spread: Floats) -> Floats:
    """Delta-method variance of the share F on each day t, the squares multiplied out into running sums.

    Σ (F_t−F_i)²·D/(n(n−D)) + Σ S²·d(n−d)/n³ − 2 Σ (F_t−F_i)·S·d/n², S the day before, i up to t; n at risk.
    `hazard` is d/n, `step` S·d/n², `spread` D/(n(n−D)), 0 on a day that ends all (n = D): F no longer moves.
    """
    shifted = share * spread
    jump = before * step * (1 - hazard)
    still = (share * (shifted + 2 * step) + jump).cumsum(axis=-1)
    moving = share * (share * spread.cumsum(axis=-1) - 2 * (shifted + step).cumsum(axis=-1))
    variance: Floats = np.maximum(still + moving, 0)
    return variance


def _log_log_limits(share: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Of shares between 0 and 1."""
    log = np.log(share)
    stretch = np.exp(Z * np.sqrt(variance) / (share * -log))
    return np.exp(log * stretch), np.exp(log / stretch)


def _wilson_limits(part: Integers, whole: Integers) -> tuple[Floats, Floats]:
    """Wilson's limits, exactly 0 and 1 at the ends; NaN where the whole is 0."""
    middle = (part + Z**2 / 2) / (whole + Z**2)
    half = Z * np.sqrt(part * _ratio(whole - part, whole) + Z**2 / 4) / (whole + Z**2)
    high = np.where(part == whole, 1.0, middle + half)
    return np.where(whole == 0, np.nan, middle - half), np.where(whole == 0, np.nan, high)
