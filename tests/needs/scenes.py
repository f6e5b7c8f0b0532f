"""A population drawn at random, with everybody in it whom a dashboard must not count."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import sqlalchemy as sa

from portal.accounts.models import User
from portal.agencies.models import Area
from portal.db import db
from portal.people.models import CohortSpell, Person, PersonNeed, PersonReader
from tests import TODAY
from tests.factories import GWENT, area, make_person, make_sent, make_service
from tests.referrals.paper import WAYS, bring

CODES = ("housing", "mental_health", "finance")


def make_population(seed: int, officer: User, users: dict[str, User], many: int = 40) -> None:
    """People of two forces, some restricted (to the officer or to others), joined, added twice, or no longer on IOM,
    each with up to three needs in any state."""
    rng = np.random.default_rng(seed)
    authorities = list(db.session.scalars(sa.select(Area).where(Area.kind == "local_authority").limit(3)))
    service = make_service(users["agency_worker"].agency)
    for number in range(many):
        restricted = rng.random() < 0.25
        person = make_person(
            str(rng.choice(["fixed", "flex", "free"])),
            area=area() if rng.random() < 0.7 else area(GWENT),
            local_authority=authorities[rng.integers(3)] if rng.random() < 0.8 else None,
            date_of_birth=None
            if rng.random() < 0.1
            else TODAY - timedelta(days=int(rng.integers(6000, 25000))),
            sex=[None, "female", "male"][rng.integers(3)],
            language=str(rng.choice(["en", "cy", "other"])),
        )
        if rng.random() < 0.15:
            db.session.execute(
                sa.update(CohortSpell).where(CohortSpell.person_id == person.id).values(to_on=TODAY)
            )
        if number and rng.random() < 0.15:
            person.joined_to = person.id - 1
        if number and rng.random() < 0.1:
            person.duplicate_of = person.id - 1
        add_needs(rng, person, users, service)
        if restricted and rng.random() < 0.4:
            db.session.add(PersonReader(person_id=person.id, user_id=officer.id))
        person.restricted = restricted
        db.session.flush()
    db.session.commit()


def add_needs(rng: np.random.Generator, person: Person, users: dict[str, User], service: object) -> None:
    for code in CODES:
        how = rng.integers(4)
        on = TODAY - timedelta(days=int(rng.integers(1, 200)))
        if how == 1:
            add(person, code, str(rng.choice(["identified", "met", "not_met", "declined_by_person"])), on)
        elif how == 2 and code == "housing":
            referral = make_sent(service, person, users["iom_officer"])  # type: ignore[arg-type]
            bring(referral, str(rng.choice(list(WAYS))), users, referral.sent_at)  # type: ignore[arg-type]


def add(person: Person, code: str, state: str, on: date) -> None:
    db.session.add(
        PersonNeed(person_id=person.id, need_code=code, state=state, identified_on=on, changed_on=on)
    )
    db.session.flush()
