"""Curves and medians of every agency over twelve months, from the database, beside lifelines on rows in memory.

Ours: the SQL that counts days, the curves with their limits, the medians. Theirs: one KaplanMeierFitter a group, its
rows already loaded and grouped, which is most of the work in ours. Turn about, and medians of the times are
compared. Every median is then held to exact fractions. Run it with `make bench-estimators`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import warnings
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import sqlalchemy as sa  # noqa: E402
from lifelines import KaplanMeierFitter  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from benchmarks.pages import LARGE, home_of, make, milliseconds, open_app  # noqa: E402
from portal.db import SYSTEM, db, enter_scope  # noqa: E402
from portal.referrals.models import Referral  # noqa: E402
from portal.turnaround import facts, tally  # noqa: E402
from portal.turnaround.catalogue import BY_CODE  # noqa: E402
from portal.turnaround.estimators import (  # noqa: E402
    DayCounts,
    Median,
    cumulative_incidence,
    cumulative_incidence_many,
    median_many,
)
from portal.turnaround.facts import Group  # noqa: E402
from portal.turnaround.filters import Filter, months_before  # noqa: E402

Rows = tuple[NDArray[np.int64], NDArray[np.bool_]]


def last_year(measure: str) -> list[Group]:
    """Up to the last day on which anything was sent, as things stand now."""
    to_on: date = db.session.scalars(sa.select(sa.func.max(Referral.sent_on))).one()
    today = max(to_on, date.today())  # noqa: DTZ011
    asked, what = Filter(months_before(to_on, 12), to_on, today), [BY_CODE[measure]]
    if tally.serves(asked, what, SYSTEM):  # as the page reads it
        return tally.day_counts(asked, what, SYSTEM)[0]
    return facts.day_counts(asked, what[0], SYSTEM)


def medians_of(counts: list[DayCounts]) -> list[Median]:
    return median_many(cumulative_incidence_many(counts))


def rows_of(counts: DayCounts) -> Rows:
    """One row a referral: its day, and whether that was the event."""
    days = np.arange(len(counts.event))
    others = counts.competing + counts.censored
    return np.repeat([*days, *days], [*counts.event, *others]), np.repeat(
        [True, False], [counts.event.sum(), others.sum()]
    )


def fit(rows: list[Rows]) -> list[float]:
    return [KaplanMeierFitter().fit(days, event).median_survival_time_ for days, event in rows]


def exact_median(counts: DayCounts) -> int | None:
    """The first day with an Aalen–Johansen share of one half or more, in fractions; by hand, as the paper has it."""
    survival, share, n = Fraction(1), Fraction(0), counts.total
    for day, (d, c, left) in enumerate(
        zip(*map(np.ndarray.tolist, (counts.event, counts.competing, counts.censored)), strict=True)
    ):
        if n == 0:
            break
        share += survival * Fraction(d, n)
        if share >= Fraction(1, 2):
            return day
        survival *= 1 - Fraction(d + c, n)
        n -= d + c + left
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--home", type=Path, default=home_of(LARGE), help="data folder of a portal with demo data"
    )
    parser.add_argument("--measure", choices=list(BY_CODE), default="M1")
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # of lifelines, about medians that are not reached
    if chosen.home == home_of(LARGE):
        make(chosen.home, LARGE)
    with open_app(chosen.home).app_context():
        enter_scope(SYSTEM)
        measure(chosen.measure, chosen.rounds)


def measure(code: str, rounds: int) -> None:
    groups = last_year(code)
    rows = [rows_of(group.counts) for group in groups]
    agencies, referrals = len({group.key for group in groups}), sum(group.counts.total for group in groups)
    print(
        f"{code}: {referrals:,} referrals of 12 months, {agencies} agencies, {len(groups)} groups with their need"
    )
    counts = [group.counts for group in groups]
    runs: dict[str, Callable[[], object]] = {
        "ours, SQL included": lambda: medians_of([group.counts for group in last_year(code)]),
        "  curves and medians": lambda: medians_of(counts),
        "  the same, one group at a time": lambda: [cumulative_incidence(each).median() for each in counts],
        "lifelines, rows in memory": lambda: fit(rows),
    }
    times = [[milliseconds(run) for run in runs.values()] for _ in range(rounds)]
    found = dict(zip(runs, map(statistics.median, zip(*times, strict=True)), strict=True))
    for name, took in found.items():
        print(f"{name:34}{took:>9.1f} ms")
    ours, *_, theirs = found.values()
    print(f"lifelines takes {theirs / ours:.1f} times as long as ours, SQL included")
    exact = map(exact_median, counts)
    wrong = sum(median.value != true for median, true in zip(medians_of(counts), exact, strict=True))
    print(
        f"medians that differ from exact fractions: {wrong} of {len(groups)}; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
