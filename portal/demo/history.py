"""A year and a half of referrals: who is referred where and when, drawn in chunks and written by COPY."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from portal.demo import drafts, rows, showcase
from portal.demo.contacts import Numbers, Row
from portal.demo.directory import choose_services
from portal.demo.drawing import REFERENCES, Batch, World, draw_cases
from portal.demo.hours import DAY
from portal.demo.interruptions import draw_lives
from portal.demo.loading import copy_rows, first_free_id
from portal.demo.people import SHOWN, Ints
from portal.demo.pressing import draw_presses
from portal.demo.promises import patience
from portal.people.models import COHORTS

CHUNK = 20_000
MOST_PER_PERSON = 9
FIRST_SENT = 10 * DAY  # the days before are for drafts
GROWTH = 0.85  # below 1: more and more referrals are sent as time goes by
FIXED = COHORTS.index("fixed")
Item = TypeVar("Item")


def write_history(rng: np.random.Generator, world: World, count: int) -> None:
    """`count` referrals, the last few of them those of `showcase` and drafts."""
    first_id = first_free_id("referral")
    numbers = Numbers(first_free_id("appointment"), first_free_id("chase"))
    references = rng.choice(REFERENCES, count, replace=False)
    begun = min(drafts.MOST, count)
    shown = min(showcase.MOST, count - begun)
    sent = count - begun
    with tqdm(total=count, desc="Referrals", unit="") as progress:
        plan = _plan(rng, world, first_id, references[:sent], shown)
        for written in _ahead(_rows(rng, world, numbers, plan)):
            for table, columns in rows.TABLES.items():
                copy_rows(table, columns, written[table])
            progress.update(len(written["referral"]))
        drafts.write_drafts(world, first_id + sent, references[sent:])
        progress.update(begun)


def _plan(
    rng: np.random.Generator, world: World, first_id: int, references: Ints, shown: int
) -> Iterator[Batch]:
    """In the order of sending, save those to be shown, which come last."""
    count = len(references) - shown
    person, offer = _match(rng, world, count)
    span = world.hours.end - FIRST_SENT
    sent = np.sort(FIRST_SENT + (span * rng.random(count) ** GROWTH).astype(np.int64))
    profile = np.array([offer.profile for offer in world.offers])[offer]
    fixed = world.people.cohort[person] == FIXED
    promised = patience(world.register, world.offers, world.forces)[offer, world.people.force[person]]
    for start in range(0, count, CHUNK):
        part = slice(start, min(start + CHUNK, count))
        courses, visits = draw_lives(rng, sent[part], profile[part], fixed[part])
        presses = draw_presses(rng, courses, promised[part])
        yield Batch(first_id + start, references[part], person[part], offer[part], courses, visits, presses)
    person, agency, courses, visits, presses = showcase.show(shown, world.hours.end)
    first_offers = np.array([world.first_offer(number) for number in range(showcase.AGENCIES)])
    yield Batch(
        first_id + count, references[count:], person, first_offers[agency], courses, visits, presses, True
    )


def _match(rng: np.random.Generator, world: World, count: int) -> tuple[Ints, Ints]:
    """Numbers of people and of offers, in no order. Nobody is referred to one service twice, so that no two live
    referrals can be for the same person, service and need."""
    people = world.people
    places = rng.permutation(len(people) * MOST_PER_PERSON)[:count] // MOST_PER_PERSON
    person = np.sort(places)
    turn = np.arange(count) - np.searchsorted(person, person)
    offer = _preferences(rng, world)[person, turn]
    order = rng.permutation(count)
    return person[order], offer[order]


def _preferences(rng: np.random.Generator, world: World) -> Ints:
    """For each person the numbers of MOST_PER_PERSON offers."""
    people = world.people
    covers = np.array([[offer.covers(area) for offer in world.offers] for area in world.local_authorities])
    to_be_shown = np.array([offer.agency < showcase.AGENCIES for offer in world.offers])
    age = (np.datetime64(world.as_of) - people.born).astype(np.int64) // 365
    found = []
    for start in range(0, len(people), CHUNK):
        part = slice(start, start + CHUNK)
        covered = covers[people.local_authority[part]]
        covered[: max(SHOWN - start, 0)] &= ~to_be_shown
        found.append(
            choose_services(rng, world.offers, covered, people.female[part], age[part], MOST_PER_PERSON)
        )
    return np.concatenate(found)


def _rows(
    rng: np.random.Generator, world: World, numbers: Numbers, batches: Iterator[Batch]
) -> Iterator[dict[str, list[Row]]]:
    """For each batch its rows by table."""
    for batch in batches:
        written: dict[str, list[Row]] = {table: [] for table in rows.TABLES}
        for case in draw_cases(rng, world, batch):
            for table, its in rows.rows_of(case, numbers, world.hours.calendar).items():
                written[table] += its
        yield written


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in another thread while the one before is being written."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
