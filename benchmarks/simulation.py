"""What the figures make of agencies whose truth is known, because it was simulated.

Four agencies show what counting only the finished would say; then how often a 95 % interval holds the truth, and
how often a funnel flags an agency that is like all others, or M5 calls one without priority fast. Seeded. Run it with
`make simulate`; a minute.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from numpy.typing import NDArray

from portal.turnaround.comparison import Judged, compare
from portal.turnaround.estimators import (
    Curve,
    DayCounts,
    cumulative_incidence,
    cumulative_incidence_many,
    kaplan_meier,
)
from portal.turnaround.usual import HALF, Usual, WaitCounts, faster_than_usual

Days = NDArray[np.int64]
NEVER = 10**6
MANY = 200_000  # referrals of an agency whose bias is shown: chance plays no part


class Agency(NamedTuple):
    """Of each referral: the day after the start on which it would be answered, and withdrawn, and seen last."""

    answered: Days
    withdrawn: Days
    followed: Days

    def counts(self) -> DayCounts:
        stop = np.minimum(np.minimum(self.answered, self.withdrawn), self.followed)
        event = self.answered == stop
        competing = ~event & (self.withdrawn == stop)
        length = int(stop.max()) + 1
        kinds = (event, competing, ~event & ~competing)
        return DayCounts(*(np.bincount(stop[kind], minlength=length) for kind in kinds))

    def finished(self) -> Days:
        """What a table of finished referrals knows."""
        return self.answered[self.answered <= np.minimum(self.withdrawn, self.followed)]


def waits(chance: np.random.Generator, median: float | Days, size: int) -> Days:
    """Whole days, as likely to be answered on the next day whatever was waited."""
    return np.floor(chance.exponential(np.asarray(median) / np.log(2), size)).astype(np.int64)


def nobody(size: int) -> Days:
    return np.full(size, NEVER)


def slow(chance: np.random.Generator) -> Agency:
    """Half wait for 61 days; referrals of the last eight months, as they stand today."""
    return Agency(waits(chance, 61, MANY), nobody(MANY), chance.integers(0, 243, MANY))


def silent(chance: np.random.Generator) -> Agency:
    """Never answers two in five, which are withdrawn after 10 to 30 days; answers the others within 42."""
    answered = np.where(chance.random(MANY) < 0.4, NEVER, chance.integers(1, 43, MANY))
    withdrawn = np.where(answered == NEVER, chance.integers(10, 31, MANY), NEVER)
    return Agency(answered, withdrawn, chance.integers(20, 183, MANY))


def available_later(chance: np.random.Generator) -> tuple[Agency, Days]:
    """A third leave custody 10 to 60 days after they are sent, and half wait for 20 days from then; the days lost."""
    held = np.where(chance.random(MANY) < 1 / 3, chance.integers(10, 61, MANY), 0)
    followed = np.maximum(chance.integers(0, 183, MANY) - held, 0)
    return Agency(waits(chance, 20, MANY), nobody(MANY), followed), held


def growing(chance: np.random.Generator) -> tuple[Agency, Days]:
    """Six months in which referrals double and the median wait grows from 20 to 60 days; with the month of each."""
    day = np.floor(183 * (np.sqrt(1 + 3 * chance.random(MANY)) - 1)).astype(np.int64)
    month = day * 6 // 183
    return Agency(waits(chance, 20 + 8 * month, MANY), nobody(MANY), 182 - day), month


def show_bias(chance: np.random.Generator) -> None:
    print(f"{'median, days':44}{'truth':>8}{'finished':>10}{'ours':>8}")
    later, _held = available_later(chance)
    growth, month = growing(chance)
    for name, agency in [
        ("slow: half wait 61 days", slow(chance)),
        ("a third available later, from then", later),
        ("growing backlog, all six months", growth),
        *(
            (f"growing backlog, sent in month {k + 1}", Agency(*(x[month == k] for x in growth)))
            for k in (0, 3, 4)
        ),
    ]:
        median = cumulative_incidence(agency.counts()).median()
        print(
            f"{name:44}{np.median(agency.answered):>8.0f}{np.median(agency.finished()):>10.0f}{median.value:>8}"
        )
    agency = silent(chance)
    counts = agency.counts()
    shares = (np.mean(agency.answered <= 40), np.mean(agency.finished() <= 40))
    ours, flattering = cumulative_incidence(counts).share[40], kaplan_meier(counts).share[40]
    print(f"\n{'answered by day 40':44}{'truth':>8}{'finished':>10}{'ours':>8}{'Kaplan–Meier':>14}")
    print(
        f"{'never answers two in five':44}{shares[0]:>8.1%}{shares[1]:>10.1%}{ours:>8.1%}{flattering:>14.1%}"
    )


class Coverage(NamedTuple):
    """How often the limits hold the truth."""

    share: float
    median: float


def limits_of_median(curve: Curve) -> tuple[int, int]:
    """A lower limit that is not reached says no more than that it lies beyond the last day followed."""
    median = curve.median()
    followed = int((curve.at_risk > 0).sum())
    return followed if median.low is None else median.low, NEVER if median.high is None else median.high


def coverage(chance: np.random.Generator, n: int, truth: float, seen_to: int, rounds: int) -> Coverage:
    """Of samples of n in which this share is answered by day 10, 15 % are ready to withdraw within 30 days, and each
    is followed for some number of days under `seen_to`."""
    ready = 0.15
    scale = -11 / np.log(1 - truth / (1 - ready))
    size = (rounds, n)
    withdraws = chance.random(size) < ready
    answered = np.where(withdraws, NEVER, np.floor(chance.exponential(scale, size))).astype(np.int64)
    withdrawn = np.where(withdraws, chance.integers(0, 30, size), NEVER)
    followed = chance.integers(0, seen_to, size)
    samples = zip(answered, withdrawn, followed, strict=True)
    curves = cumulative_incidence_many([Agency(*sample).counts() for sample in samples])
    found = [curve.share_at(10) for curve in curves]
    held = [
        share.low <= truth <= share.high
        for share in found
        if share.low is not None and share.high is not None
    ]
    half = int(np.floor(-scale * np.log(1 - 0.5 / (1 - ready))))
    bounds = [limits_of_median(curve) for curve in curves]
    around = [low <= half <= high for low, high in bounds]
    return Coverage(float(np.mean(held)), float(np.mean(around)))


SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def show_coverage(chance: np.random.Generator, rounds: int) -> None:
    print(f"\n95 % limits that hold the truth, {rounds:,} samples each; true share by day 10:")
    print(f"{'':36}" + "".join(f"{share:>8.0%}" for share in SHARES) + f"{'average':>9}")
    for n in (20, 50):
        for seen_to, censored in ((60, "a sixth cut short"), (30, "a third cut short")):
            found = [coverage(chance, n, share, seen_to, rounds) for share in SHARES]
            for name, column in (("share", [f.share for f in found]), ("median", [f.median for f in found])):
                cells = "".join(f"{value:>8.1%}" for value in column)
                print(f"{f'{name}, n = {n}, {censored}':36}{cells}{np.mean(column):>9.1%}")


def alike(chance: np.random.Generator, agencies: int, most: int) -> Iterator[Judged]:
    """Agencies of 20 to `most` referrals each over six strata, whose shares differ; every agency's are the same."""
    shares = np.array([0.5, 0.55, 0.6, 0.65, 0.7, 0.8])
    for agency in range(agencies):
        judged = chance.multinomial(chance.integers(20, most + 1), chance.dirichlet(np.full(6, 2.0)))
        for stratum, (n, k) in enumerate(zip(judged, chance.binomial(judged, shares), strict=True)):
            yield Judged(agency, stratum, int(n), int(k))


FUNNELS = ((5, 40), (5, 200), (8, 80), (12, 40), (12, 200), (40, 200))


def show_funnel(chance: np.random.Generator, rounds: int) -> None:
    """Beside the flags, those that the tails which take what is expected as known would raise by themselves."""
    print(f"\nflagged though all are alike, {rounds:,} funnels each")
    print(f"{'':34}{'alone':>8}{'look':>8}{'investigate':>13}{'structural':>12}")
    for agencies, most in FUNNELS:
        found = [compare(list(alike(chance, agencies, most))) for _ in range(rounds)]
        everyone = [agency for comparison in found for agency in comparison.agencies]
        alone = np.mean([agency.side is not None for agency in everyone])
        flags = [agency.flag for agency in everyone]
        look, investigate = (flags.count(flag) / len(flags) for flag in ("look", "investigate"))
        structural = np.mean([comparison.structural for comparison in found])
        name = f"{agencies} agencies of 20 to {most}"
        print(f"{name:34}{alone:>8.1%}{look:>8.1%}{investigate:>13.2%}{structural:>12.2%}")


def without_priority(chance: np.random.Generator, usual: int, n: int) -> Usual:
    """Whole days put more than half at or before the usual wait of ordinary clients, and fewer than half before it."""
    counts = Agency(waits(chance, usual + 0.5, n), nobody(n), nobody(n)).counts()
    nothing = counts.competing
    return faster_than_usual([WaitCounts(usual, "working", counts.event, nothing, nothing, counts.censored)])


def show_usual(chance: np.random.Generator, rounds: int) -> None:
    """Beside the verdicts, how often the lower limit on the day of the usual wait itself would have said faster."""
    print(f"\nverdicts on agencies without priority, {rounds:,} each")
    print(f"{'':34}{'on the day':>12}{'faster':>8}{'slower':>8}")
    for usual in (3, 5, 10, 20, 40):
        for n in (50, 200):
            found = [without_priority(chance, usual, n) for _ in range(rounds)]
            on_the_day = np.mean([each.low is not None and each.low > HALF for each in found])
            verdicts = [each.verdict for each in found]
            faster, slower = (verdicts.count(verdict) / rounds for verdict in ("faster", "slower"))
            print(f"{f'usual wait {usual} days, n = {n}':34}{on_the_day:>12.1%}{faster:>8.1%}{slower:>8.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=20261127)
    chosen = parser.parse_args()
    chance = np.random.default_rng(chosen.seed)
    show_bias(chance)
    show_coverage(chance, chosen.rounds)
    show_funnel(chance, max(chosen.rounds // 5, 1))
    show_usual(chance, max(chosen.rounds // 5, 1))


if __name__ == "__main__":
    main()
