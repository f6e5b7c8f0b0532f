"""Whether an agency answers in time more or less often than the others do with referrals like its own. Pure.

Source: the turnaround paper, section 3. Tails are exact: Poisson-binomial, and hypergeometric with the totals of the
strata held fixed, by convolution. Only where both are small is an agency flagged, so never more often than the paper
says: the first take what is expected as known, though with few agencies it is itself an estimate
(docs/decisions/0016-figures-against-the-truth.md).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from portal.turnaround.estimators import Floats, Integers

LOOK, INVESTIGATE = 0.025, 0.001
STRUCTURAL_AGENCIES, STRUCTURAL_SHARE = 5, 0.75


class Judged(NamedTuple):
    """One agency in one stratum: referrals old enough to be judged, and those of them answered in time."""

    agency: Hashable
    stratum: Hashable
    judged: int
    in_time: int


class Tails(NamedTuple):
    """The chance of so few or fewer, and of so many or more."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Compared:
    """`observed` in time of `judged`, beside `expected`: how many, had the others answered in its place.

    `expected` is None where nobody else was judged; `ratio`, observed ÷ expected, also where that is 0. `borrowed`
    of the judged lie in strata without others: for them the others' share over all strata stands. `tails` take the
    others' shares as known; `conditional` take as known how many were in time in each stratum, the judged agency's
    included: those borrowed then speak for neither side. `side` is "fewer" or "more" where one of `tails` lies below
    0.025, whether or not that is flagged; `flag`, "look" or "investigate", needs both tails of that side.
    """

    agency: Any
    judged: int
    observed: int
    expected: float | None
    ratio: float | None
    tails: Tails | None
    conditional: Tails | None
    borrowed: int
    side: str | None
    flag: str | None


@dataclass(frozen=True)
class Comparison:
    """In the order in which agencies first came. `structural`: they differ so widely that none is flagged."""

    agencies: tuple[Compared, ...]
    structural: bool


@dataclass(frozen=True, eq=False)
class Limits:
    """Steps of a funnel: one share from 0 to 1 for each of `sizes`. Beyond a line, that tail is below its chance."""

    sizes: tuple[int, ...]
    look_low: tuple[float, ...]
    look_high: tuple[float, ...]
    investigate_low: tuple[float, ...]
    investigate_high: tuple[float, ...]


def compare(cells: Sequence[Judged]) -> Comparison:
    """Each agency beside the others' share in each of its strata, itself left out.

    Flags where both exact tails are small; none where three quarters or more of five or more agencies have a side.
    ValueError unless 0 ≤ in time ≤ judged in every cell.
    """
    if not all(0 <= cell.in_time <= cell.judged for cell in cells):
        raise ValueError("those in time are a part of those judged")
    agencies, rows = _places([cell.agency for cell in cells])
    strata, columns = _places([cell.stratum for cell in cells])
    counts = np.zeros((2, len(agencies), len(strata)), dtype=np.int64)
    for row, column, cell in zip(rows, columns, cells, strict=True):
        counts[:, row, column] += cell.judged, cell.in_time
    others = counts.sum(axis=1, keepdims=True) - counts
    measured = [_measured(agency, counts[:, i], others[:, i]) for i, agency in enumerate(agencies)]
    beyond = [found.side is not None for found in measured if found.tails]
    structural = len(beyond) >= STRUCTURAL_AGENCIES and sum(beyond) >= STRUCTURAL_SHARE * len(beyond)
    return Comparison(tuple(_flagged(found, structural) for found in measured), structural)


def poisson_binomial_tails(probabilities: ArrayLike, observed: int) -> Tails:
    """Of a sum X of independent trials, each with its own probability: P(X ≤ observed) and P(X ≥ observed).

    Exact but for rounding (relative error under 1e-10 for 20,000 trials): every term is a product of positive
    numbers. ValueError if a probability lies outside 0 to 1.
    """
    values, times = np.unique(np.asarray(probabilities, dtype=float), return_counts=True)
    return _tails([_binomial(int(n), float(p)) for p, n in zip(values, times, strict=True)], observed)


def conditional_tails(judged: Sequence[int], totals: Sequence[tuple[int, int]], observed: int) -> Tails:
    """Of how many of `judged`, drawn in each stratum from its (referrals, in time), are in time: as above.

    Exact but for rounding, as above. ValueError unless in each stratum judged and in time are a part of the referrals.
    """
    drawn = zip(judged, totals, strict=True)
    return _tails([_hypergeometric(n, whole, part) for n, (whole, part) in drawn], observed)


def limits(share: float, sizes: Sequence[int]) -> Limits:
    """Of agencies that all answer this share in time: the least and the most that is not flagged, for each size.

    Steps, for counts are whole. ValueError if a size is not 1 or more.
    """
    if min(sizes, default=1) < 1:
        raise ValueError("a funnel is drawn from one referral on")
    steps = np.array([_steps(share, size) for size in sizes]).reshape(-1, 4).T.tolist()
    return Limits(tuple(sizes), *map(tuple, steps))


def _steps(share: float, size: int) -> tuple[float, ...]:
    """Tails grow from their end: the first that reaches its chance is not beyond the line."""
    chances = _binomial(size, share)
    low = np.searchsorted(chances.cumsum(), (LOOK, INVESTIGATE))
    high = size - np.searchsorted(chances[::-1].cumsum(), (LOOK, INVESTIGATE))
    return low[0] / size, high[0] / size, low[1] / size, high[1] / size


def _places(keys: Sequence[Hashable]) -> tuple[list[Hashable], list[int]]:
    """The different keys as they first came, and the place of each among them."""
    place = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return list(place), [place[key] for key in keys]


def _measured(agency: Hashable, own: Integers, others: Integers) -> Compared:
    """Not yet flagged. `own` and `others`: (judged and in time, stratum)."""
    (judged, in_time), (whole, part) = own, others
    n, observed = int(judged.sum()), int(in_time.sum())
    if n == 0 or whole.sum() == 0:
        return Compared(agency, n, observed, None, None, None, None, 0, None, None)
    alone = whole == 0
    chances = np.where(alone, part.sum() / whole.sum(), part / np.maximum(whole, 1))
    expected = float(judged @ chances)
    trials = zip(judged.tolist(), chances.tolist(), strict=True)
    tails = _tails([_binomial(times, chance) for times, chance in trials], observed)
    totals = np.transpose([judged + whole, in_time + part]).tolist()
    conditional = conditional_tails(judged.tolist(), totals, observed)
    side = "fewer" if tails.lower < LOOK else "more" if tails.upper < LOOK else None
    ratio = observed / expected if expected else None
    borrowed = int(judged[alone].sum())
    return Compared(agency, n, observed, expected, ratio, tails, conditional, borrowed, side, None)


def _flagged(found: Compared, structural: bool) -> Compared:
    if structural or found.tails is None or found.conditional is None or found.side is None:
        return found
    larger = Tails(*map(max, found.tails, found.conditional))
    chance = larger.lower if found.side == "fewer" else larger.upper
    return replace(found, flag="investigate" if chance < INVESTIGATE else "look" if chance < LOOK else None)


def _tails(parts: Sequence[Floats], observed: int) -> Tails:
    """Of a sum of independent numbers, each with its chances of 0, 1, 2 and so on."""
    sums = [part for part in parts if len(part) > 1] or [np.ones(1)]
    while len(sums) > 1:
        sums = [_together(sums[i : i + 2]) for i in range(0, len(sums), 2)]
    total = sums[0]
    lower, upper = total[: max(observed + 1, 0)].sum(), total[max(observed, 0) :].sum()
    return Tails(min(float(lower), 1.0), min(float(upper), 1.0))


def _together(pair: Sequence[Floats]) -> Floats:
    total: Floats = np.convolve(pair[0], pair[1]) if len(pair) == 2 else pair[0]
    return total


def _binomial(n: int, p: float) -> Floats:
    """The chance of 0 to n."""
    if not 0 <= p <= 1:
        raise ValueError("a probability lies between 0 and 1")
    k = np.arange(n + 1, dtype=float)
    top = min(int((n + 1) * p), n)
    up = (n - k[top:n]) / (k[top:n] + 1) * (p / (1 - p) if p < 1 else 0)
    down = k[top:0:-1] / (n - k[top:0:-1] + 1) * ((1 - p) / p if p else 0)
    return _chances(down, up)


def _hypergeometric(n: int, whole: int, part: int) -> Floats:
    """The chance that of n drawn from `whole`, of which `part` are in time, 0 to n are in time."""
    if not (0 <= n <= whole and 0 <= part <= whole):
        raise ValueError("those drawn and those in time are a part of the whole")
    k = np.arange(n + 1, dtype=float)
    late = whole - part
    top = (n + 1) * (part + 1) // (whole + 2)
    drawn, left = k[top:n], k[top:0:-1]
    up = np.maximum(part - drawn, 0) * (n - drawn) / ((drawn + 1) * (late - n + drawn + 1))
    down = left * np.maximum(late - n + left, 0) / ((part - left + 1) * (n - left + 1))
    return _chances(down, up)


def _chances(down: Floats, up: Floats) -> Floats:
    """From the likeliest number outwards, each in proportion to the one before: nothing overflows or is subtracted."""
    chances: Floats = np.concatenate((down.cumprod()[::-1], [1.0], up.cumprod()))
    return chances / chances.sum()
