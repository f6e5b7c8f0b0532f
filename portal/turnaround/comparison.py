"""Whether an agency answers in time more or less often than the others do with referrals like its own. Pure.

Source: the turnaround paper, section 3. Tails are exact: Poisson-binomial, by convolution.
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
    of the judged lie in strata without others: for them the others' share over all strata stands. `side` is
    "fewer" or "more" where a tail lies below 0.025, whether or not that is flagged; `flag` is "look" or "investigate".
    """

    agency: Any
    judged: int
    observed: int
    expected: float | None
    ratio: float | None
    tails: Tails | None
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

    Flags by exact tails; none where three quarters or more of five or more agencies lie beyond 0.025.
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
    return _tails(values, times, observed)


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
        return Compared(agency, n, observed, None, None, None, 0, None, None)
    alone = whole == 0
    chances = np.where(alone, part.sum() / whole.sum(), part / np.maximum(whole, 1))
    expected = float(judged @ chances)
    tails = _tails(chances, judged, observed)
    side = "fewer" if tails.lower < LOOK else "more" if tails.upper < LOOK else None
    ratio = observed / expected if expected else None
    return Compared(agency, n, observed, expected, ratio, tails, int(judged[alone].sum()), side, None)


def _flagged(found: Compared, structural: bool) -> Compared:
    if structural or found.tails is None or found.side is None:
        return found
    return replace(found, flag="investigate" if min(found.tails) < INVESTIGATE else "look")


def _tails(chances: Floats, times: Integers, observed: int) -> Tails:
    """`times` trials of each of the chances."""
    sums = [_binomial(int(n), float(p)) for p, n in zip(chances, times, strict=True) if n] or [np.ones(1)]
    while len(sums) > 1:
        sums = [_together(sums[i : i + 2]) for i in range(0, len(sums), 2)]
    total = sums[0]
    lower, upper = total[: max(observed + 1, 0)].sum(), total[max(observed, 0) :].sum()
    return Tails(min(float(lower), 1.0), min(float(upper), 1.0))


def _together(pair: Sequence[Floats]) -> Floats:
    total: Floats = np.convolve(pair[0], pair[1]) if len(pair) == 2 else pair[0]
    return total


def _binomial(n: int, p: float) -> Floats:
    """The chance of 0 to n, from the likeliest outwards, so that nothing overflows and nothing is subtracted."""
    if not 0 <= p <= 1:
        raise ValueError("a probability lies between 0 and 1")
    top = min(int((n + 1) * p), n)
    k = np.arange(n + 1, dtype=float)
    up = (n - k[top:n]) / (k[top:n] + 1) * (p / (1 - p) if p < 1 else 0)
    down = k[top:0:-1] / (n - k[top:0:-1] + 1) * ((1 - p) / p if p else 0)
    chances: Floats = np.concatenate((down.cumprod()[::-1], [1.0], up.cumprod()))
    return chances / chances.sum()
