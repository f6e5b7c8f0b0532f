"""Drawing referrals, thousands at a time: of whom, to whom, by whom, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from portal.agencies.codes import NEEDS
from portal.agencies.models import Area
from portal.demo.answers import draw_answers
from portal.demo.cases import Answers, Case, Moments, Press, Subject, Terms, Visit
from portal.demo.courses import MOMENTS, Courses
from portal.demo.directory import Offer
from portal.demo.hours import DAY, NEVER, WorkingHours, known, written
from portal.demo.people import LANGUAGES, Dates, Ints, People
from portal.demo.pressing import CHANGES, CHANNELS, KINDS, LEVELS, Presses
from portal.demo.promises import Promise, Register, in_force
from portal.demo.staff import Staff
from portal.demo.visits import STATES, Visits
from portal.demo.words import SURNAMES
from portal.demo.work import draw_work
from portal.demo.writing import draw_details, draw_notes
from portal.people.models import COHORTS
from portal.referrals.moving import NAMES_CLOSE_AFTER
from portal.referrals.reference import DIGITS, LETTERS

REFERENCES = len(LETTERS) ** 4 * len(DIGITS) ** 4


@dataclass(frozen=True)
class World:
    """`forces` and `local_authorities` as `people` numbers them."""

    as_of: date
    hours: WorkingHours
    people: People
    offers: Sequence[Offer]
    staff: Staff
    forces: Sequence[Area]
    local_authorities: Sequence[Area]
    register: Register

    def first_offer(self, agency: int) -> int:
        """The number of the first offer of an agency."""
        return next(number for number, offer in enumerate(self.offers) if offer.agency == agency)


@dataclass(frozen=True)
class Batch:
    """Referrals to draw; one entry each: the number that makes the reference, whom, to which of the offers, and when
    things happen. Ids count from `first_id`. `shown`: they are between the accounts of the contract."""

    first_id: int
    references: Ints
    person: Ints
    offer: Ints
    courses: Courses
    visits: Visits
    presses: Presses
    shown: bool = False

    def __len__(self) -> int:
        return len(self.person)


def reference(number: int) -> str:
    """The reference of this number, from 0 to REFERENCES - 1."""
    found = ""
    for alphabet in (LETTERS, LETTERS, *[DIGITS] * 4, LETTERS, LETTERS):
        number, place = divmod(number, len(alphabet))
        found += alphabet[place]
    return found


def subject(people: People, number: int) -> Subject:
    forenames, surname = people.forenames(number), SURNAMES[people.surname[number]]
    return Subject(
        id=people.first_id + number,
        name=f"{forenames} {surname}",
        preferred_name=people.preferred_name(number),
        initials="".join(word[0] for word in f"{forenames} {surname}".split()),
        date_of_birth=people.born[number].item(),
        sex="female" if people.female[number] else "male",
        language=LANGUAGES[people.language[number]],
        no_fixed_address=bool(people.no_fixed_address[number]),
        y2a=bool(people.y2a[number]),
    )


def draw_cases(rng: np.random.Generator, world: World, batch: Batch) -> Iterator[Case]:
    """The batch's referrals, as far as they have come when the history ends."""
    people, staff, person, courses = world.people, world.staff, batch.person, batch.courses
    sent_on = world.hours.dates(courses.sent)
    agency = np.array([offer.agency for offer in world.offers])[batch.offer]
    by_police = (rng.random(len(batch)) < 0.6) | batch.shown
    referrer = np.where(by_police, people.police_om[person], people.probation_om[person])
    worker, successor = _draw_workers(rng, staff, agency, batch.shown)
    cohort = np.where(
        sent_on < people.changed_on[person], people.cohort_before[person], people.cohort[person]
    )
    force, local_authority = people.force[person].tolist(), people.local_authority[person].tolist()
    subjects = [subject(people, number) for number in person.tolist()]
    offers = [world.offers[number] for number in batch.offer.tolist()]
    area_ids = [world.forces[number].id for number in force]
    terms = _draw_terms(rng, world.hours, courses, sent_on, offers)
    answers = draw_answers(rng, courses, offers)
    columns = zip(
        range(batch.first_id, batch.first_id + len(batch)),
        map(reference, batch.references.tolist()),
        subjects,
        offers,
        area_ids,
        [world.local_authorities[number].id for number in local_authority],
        [COHORTS[number] for number in cohort.tolist()],
        people.restricted[person].tolist(),
        [staff.by_id[user_id] for user_id in referrer.tolist()],
        [staff.managers[number][0] for number in force],
        [staff.agency_managers[number][0] for number in agency.tolist()],
        _promises(world, offers, area_ids, sent_on),
        draw_details(rng, subjects, offers, terms),
        terms,
        _write_moments(rng, world.hours, courses, answers),
        answers,
        draw_notes(rng, world.hours, courses, subjects, shown=batch.shown),
        draw_work(rng, world.hours, courses, worker, successor, shown=batch.shown),
        _write_visits(world.hours, batch.visits),
        _write_presses(world.hours, batch.presses),
        strict=True,
    )
    return (Case(*values) for values in columns)


def _draw_workers(rng: np.random.Generator, staff: Staff, agency: Ints, shown: bool) -> tuple[Ints, Ints]:
    """Who has each referral first, and the next of the agency's workers."""
    sizes = np.array([len(workers) for workers in staff.workers])[agency]
    turn = rng.integers(sizes) * (not shown)
    found = [
        (workers[first], workers[(first + 1) % len(workers)])
        for workers, first in zip(
            (staff.workers[place] for place in agency.tolist()), turn.tolist(), strict=True
        )
    ]
    columns = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return columns[0], columns[1]


def _promises(world: World, offers: list[Offer], area_ids: list[int], sent_on: Dates) -> list[Promise | None]:
    columns = zip(offers, area_ids, sent_on.tolist(), strict=True)
    return [in_force(world.register, offer.id, area_id, day) for offer, area_id, day in columns]


def _write_visits(hours: WorkingHours, visits: Visits) -> list[list[Visit]]:
    """For each referral those that have been offered, in that order."""
    found: list[list[Visit]] = [[] for _each in range(visits.offered.shape[1])]
    slot, which = np.nonzero(visits.offered < hours.end)
    offered, at, settled = (moments[slot, which] for moments in (visits.offered, visits.at, visits.settled))
    columns = (
        which.tolist(),
        known(hours.moments(offered)),
        known(hours.moments_ahead(at)),
        written(hours.moments(settled)),
        visits.state[slot, which].tolist(),
    )
    for number, offered_at, met_at, settled_at, state in zip(*columns, strict=True):
        found[number].append(
            Visit(offered_at, met_at, settled_at, STATES[state] if settled_at else "offered")
        )
    return found


def _write_presses(hours: WorkingHours, presses: Presses) -> list[list[Press]]:
    found: list[list[Press]] = [[] for _each in range(presses.at.shape[1])]
    turn, which = np.nonzero(presses.at < hours.end)
    columns = (
        which.tolist(),
        known(hours.moments(presses.at[turn, which])),
        written(hours.moments(presses.answered[turn, which])),
        [KINDS[number] for number in turn.tolist()],
        [LEVELS[number] for number in presses.level[turn, which].tolist()],
        [CHANNELS[number] for number in presses.channel[turn, which].tolist()],
        [CHANGES[number] for number in presses.changed[turn, which].tolist()],
    )
    for number, at, *rest in zip(*columns, strict=True):
        found[number].append(Press(at, *rest))
    return found


def _draw_terms(
    rng: np.random.Generator, hours: WorkingHours, courses: Courses, sent_on: Dates, offers: list[Offer]
) -> list[Terms]:
    """One in ten can start only later; two in five are needed by a date; three in four acceptances name one."""
    count, codes = len(sent_on), list(NEEDS)
    further = rng.integers(4 * len(codes), size=count).tolist()
    later = sent_on + rng.integers(3, 40, count).astype("timedelta64[D]")
    is_later, is_needed, is_expected = rng.random((3, count)) < [[0.1], [0.4], [0.75]]
    needed_by = np.where(is_later, later, sent_on) + rng.integers(4, 30, count).astype("timedelta64[D]")
    wait = np.where(courses.started < NEVER, courses.started - courses.taken, 10 * DAY)
    expected = np.minimum(courses.taken, hours.end) + (wait * rng.uniform(0.6, 1.1, count)).astype(np.int64)
    none = np.datetime64("NaT", "D")
    columns = (
        np.where(is_later, later, none).tolist(),
        np.where(is_needed, needed_by, none).tolist(),
        np.where(is_expected, hours.dates(expected), none).tolist(),
    )
    # One in four has another need beside the main one.
    return [
        Terms([codes[number]] if number < len(codes) and codes[number] != offer.plan.need else [], *dates)
        for number, offer, dates in zip(further, offers, zip(*columns, strict=True), strict=True)
    ]


def _write_moments(
    rng: np.random.Generator, hours: WorkingHours, courses: Courses, answers: list[Answers]
) -> list[Moments]:
    """Drafts are begun up to a day and a half before they are sent."""
    begun = courses.sent - rng.integers(600, 3 * DAY // 2, len(courses.sent))
    moments = [hours.moments(getattr(courses, name)) for name in MOMENTS]
    at_once = np.array([answer.reason == "agreement_withdrawn" for answer in answers])
    names_close = moments[-1] + np.where(at_once, 0, NAMES_CLOSE_AFTER.days).astype("timedelta64[D]")
    columns = [hours.moments(begun), *moments, names_close]
    return [Moments(*texts) for texts in zip(*map(written, columns), strict=True)]
