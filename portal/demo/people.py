"""Fictional people on IOM, drawn as arrays; `register` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from portal.demo.loading import first_free_id
from portal.demo.staff import Staff
from portal.demo.words import FEMALE, MALE, PREFERRED, SURNAMES
from portal.people.models import COHORTS

SHOWN = 19  # the first people are the first account's own, in its area
SHARES = (0.5, 0.2, 0.17, 0.13)  # of people, by police force
LANGUAGES = ("en", "cy", "other")
FREE = COHORTS.index("free")
FLEX = COHORTS.index("flex")

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Dates = NDArray[np.datetime64]


@dataclass(frozen=True)
class People:
    """One entry a person in each array. `force`, `local_authority`: numbers in lists of areas; `cohort_before`
    until `changed_on`, then `cohort`; names as indexes of the lists of words, -1 for none."""

    first_id: int
    force: Ints
    local_authority: Ints
    female: Flags
    born: Dates
    forename: Ints
    second: Ints
    surname: Ints
    preferred: Ints
    language: Ints
    cohort: Ints
    cohort_before: Ints
    since: Dates
    changed_on: Dates
    restricted: Flags
    wisdom: Flags
    y2a: Flags
    mappa: Flags
    no_fixed_address: Flags
    police_om: Ints
    probation_om: Ints

    def __len__(self) -> int:
        return len(self.force)

    def forenames(self, number: int) -> str:
        kept = FEMALE if self.female[number] else MALE
        chosen = [index for index in (self.forename[number], self.second[number]) if index >= 0]
        return " ".join(kept[index] for index in chosen)

    def preferred_name(self, number: int) -> str:
        return PREFERRED[self.preferred[number]] if self.preferred[number] >= 0 else ""


def draw_people(
    rng: np.random.Generator, count: int, first: date, as_of: date, forces: list[list[int]], staff: Staff
) -> People:
    """`forces`: for each police force the numbers of its local authorities. `first`: when the history begins."""
    force = rng.choice(len(forces), count, p=SHARES)
    force[: 2 * SHOWN] = 0
    female = rng.random(count) < 0.14
    age = np.minimum(7200 + rng.gamma(2.2, 2100, count), 23000)  # days; 18 when the history begins
    y2a = (age < 21 * 365) & (rng.random(count) < 0.7)
    cohort = np.where(y2a, FLEX, rng.choice(3, count, p=(0.4, 0.3, 0.3)))
    moved = (rng.random(count) < 0.2) & ~y2a
    wisdom = (cohort == FREE) & (rng.random(count) < 0.25)
    began, days = np.datetime64(first), np.where(moved, rng.integers((as_of - first).days, size=count), 0)
    pool = np.where(female, len(FEMALE), len(MALE))
    forename = rng.integers(pool)
    return People(
        first_id=first_free_id("person"),
        force=force,
        local_authority=one_of(rng, forces, force),
        female=female,
        born=np.datetime64(as_of) - age.astype("timedelta64[D]"),
        forename=forename,
        second=np.where(rng.random(count) < 0.35, (forename + rng.integers(1, pool)) % pool, -1),
        surname=rng.integers(len(SURNAMES), size=count),
        preferred=np.where(rng.random(count) < 0.08, rng.integers(len(PREFERRED), size=count), -1),
        language=rng.choice(3, count, p=(0.83, 0.14, 0.03)),
        cohort=cohort,
        cohort_before=np.where(moved, (cohort + rng.integers(1, 3, count)) % 3, cohort),
        since=began - rng.integers(1, 500, count).astype("timedelta64[D]"),
        changed_on=began + days.astype("timedelta64[D]"),
        restricted=_restricted(rng, wisdom),
        wisdom=wisdom,
        y2a=y2a,
        mappa=rng.random(count) < 0.1,
        no_fixed_address=rng.random(count) < 0.2,
        police_om=_officers(rng, staff.police, force),
        probation_om=one_of(rng, staff.probation, force),
    )


def one_of(rng: np.random.Generator, lists: list[list[int]], which: Ints) -> Ints:
    """For each entry of `which` one of the list of that number, at random."""
    sizes = np.array([len(found) for found in lists])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.concatenate([np.array(found) for found in lists])[starts[which] + rng.integers(sizes[which])]


def _restricted(rng: np.random.Generator, wisdom: Flags) -> Flags:
    """A few, WISDOM cases more often; the three after those shown, the first of whom is the first account's too."""
    drawn: Flags = rng.random(len(wisdom)) < np.where(wisdom, 0.15, 0.02)
    drawn[:SHOWN], drawn[SHOWN : SHOWN + 3] = False, True
    return drawn


def _officers(rng: np.random.Generator, police: list[list[int]], force: Ints) -> Ints:
    chosen = one_of(rng, police, force)
    chosen[: SHOWN + 1] = police[0][0]
    return chosen
