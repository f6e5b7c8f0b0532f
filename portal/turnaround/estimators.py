"""Shares, medians and their limits from day counts: pure NumPy, never one row per referral.

A referral ends on a whole day (0 is the day of the start) as an event, as a competing event, or censored; one
censored on a day is still at risk on that day. What is unknown is None or NaN, never 0. All limits are 95 %.
"""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z = 1.959963984540054
TOLERANCE = 1e-12  # ties are the rule in days: without it 3/6 can come out just under one half

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

    def __post_init__(self) -> None:
        for name in ("event", "competing", "censored"):
            object.__setattr__(self, name, _counts(getattr(self, name)))
        if not len(self.event) == len(self.competing) == len(self.censored):
            raise ValueError("day counts must cover the same days")

    @property
    def total(self) -> int:
        """Referrals in all."""
        return int(self.event.sum() + self.competing.sum() + self.censored.sum())


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
        return Median(*(self._first_half(column) for column in (self.share, self.high, self.low)))

    def _first_half(self, column: Floats) -> int | None:
        reached = (column >= 0.5 - TOLERANCE) & (self.at_risk > 0)
        return int(reached.argmax()) if reached.any() else None


def wilson(part: int, whole: int) -> Proportion:
    """Wilson's score interval. ValueError unless 0 ≤ part ≤ whole."""
    if not 0 <= part <= whole:
        raise ValueError("a part lies between 0 and its whole")
    if whole == 0:
        return Proportion(part, whole, None, None)
    low, high = _wilson_limits(np.array([part]), np.array([whole]))
    return Proportion(part, whole, float(low[0]), float(high[0]))


def cumulative_incidence(counts: DayCounts) -> Curve:
    """Aalen–Johansen share with the event by each day, with limits log-log on the share itself.

    Where the share is 0 or 1 the limits are Wilson's, of the referrals whose state on that day is known.
    Source: Dinse and Larson, Biometrika 73 (1986), 379–386, equation 6, for the variance.
    """
    at_risk, event, ended = _at_risk(counts, len(counts.event) + 1)
    survival: Floats = (1 - _ratio(ended, at_risk)).cumprod()
    before = np.concatenate(([1.0], survival[:-1]))
    share = np.cumsum(before * _ratio(event, at_risk))
    competing = np.cumsum(before * _ratio(ended - event, at_risk))
    certain = (share <= TOLERANCE) | (share >= 1 - TOLERANCE)
    share[certain] = share[certain].round()
    known = at_risk + np.cumsum(ended) - ended
    wilson_low, wilson_high = _wilson_limits(np.where(share == 1, known, 0), known)
    low, high = _log_log_limits(share, _variance(share, before, at_risk, event, ended), ~certain)
    unknown = known == 0
    return Curve(
        share=np.where(unknown, np.nan, share),
        low=np.where(certain, wilson_low, low),
        high=np.where(certain, wilson_high, high),
        competing=np.where(unknown, np.nan, competing),
        waiting=np.where(unknown, np.nan, survival),
        at_risk=at_risk,
    )


def kaplan_meier(counts: DayCounts) -> Curve:
    """As `cumulative_incidence`, with competing events taken as censored: the share if nothing competed."""
    nothing = np.zeros_like(counts.competing)
    return cumulative_incidence(DayCounts(counts.event, nothing, counts.competing + counts.censored))


def log_rank(first: DayCounts, second: DayCounts) -> LogRank | None:
    """Compares the speed of two groups, competing events taken as censored. None if nothing compares."""
    days = max(len(first.event), len(second.event))
    n1, d1, _ = _at_risk(first, days)
    n2, d2, _ = _at_risk(second, days)
    n, d = n1 + n2, d1 + d2
    share = _ratio(n1, n)
    variance = float(np.sum(d * share * (1 - share) * _ratio(n - d, n - 1)))
    if variance <= 0:
        return None
    chi_squared = float(np.sum(d1 - d * share)) ** 2 / variance
    return LogRank(chi_squared, erfc(sqrt(chi_squared / 2)))


def _counts(values: ArrayLike) -> Integers:
    column = np.asarray(values)
    if column.ndim != 1 or (column.size and (column.dtype.kind not in "iu" or column.min() < 0)):
        raise ValueError("day counts are whole numbers from 0, one for each day")
    return column.astype(np.int64)


def _at_risk(counts: DayCounts, days: int) -> tuple[Integers, Integers, Integers]:
    """At risk, events, and events of either kind, on each of `days` days, no fewer than were counted."""
    columns = np.zeros((3, days), dtype=np.int64)
    columns[:, : len(counts.event)] = counts.event, counts.competing, counts.censored
    event, competing, censored = columns
    ended = event + competing
    left = ended + censored
    return left[::-1].cumsum()[::-1], event, ended


def _ratio(part: Integers | Floats, whole: Integers | Floats) -> Floats:
    """part ÷ whole, 0 where the whole is 0."""
    ratio = np.zeros(len(part))
    np.divide(part, whole, out=ratio, where=whole != 0)
    return ratio


def _variance(share: Floats, before: Floats, at_risk: Integers, event: Integers, ended: Integers) -> Floats:
    """Delta-method variance of the share F on each day t, the squares multiplied out into running sums.

    Σ (F_t−F_i)²·D/(n(n−D)) + Σ S²·d(n−d)/n³ − 2 Σ (F_t−F_i)·S·d/n², S the day before, i up to t. On a day
    that ends all (n = D) the first term is left out: F no longer moves.
    """
    n, d = at_risk.astype(float), event.astype(float)
    spread = _ratio(ended, n * (n - ended))
    step = before * _ratio(d, n * n)
    jump = before * step * _ratio(n - d, n)
    shifted = share * spread
    squares = share * (share * spread.cumsum() - 2 * shifted.cumsum()) + (share * shifted).cumsum()
    products = share * step.cumsum() - (share * step).cumsum()
    variance: Floats = np.maximum(squares + jump.cumsum() - 2 * products, 0)
    return variance


def _log_log_limits(share: Floats, variance: Floats, where: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    inside = np.where(where, share, 0.5)
    log = np.log(inside)
    stretch = Z * np.sqrt(variance) / (inside * -log)
    return np.exp(log * np.exp(stretch)), np.exp(log * np.exp(-stretch))


def _wilson_limits(part: Integers, whole: Integers) -> tuple[Floats, Floats]:
    """Wilson's limits, exactly 0 and 1 at the ends; NaN where the whole is 0."""
    middle = (part + Z**2 / 2) / (whole + Z**2)
    half = Z * np.sqrt(part * _ratio(whole - part, whole) + Z**2 / 4) / (whole + Z**2)
    high = np.where(part == whole, 1.0, middle + half)
    return np.where(whole == 0, np.nan, middle - half), np.where(whole == 0, np.nan, high)
