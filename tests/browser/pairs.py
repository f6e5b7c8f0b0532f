"""A person of the demonstration and a service that fits, found in the database rather than known by name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.agencies.queries import services_for
from portal.db import as_owner, db
from portal.i18n import LONDON
from portal.people.models import Person
from portal.people.queries import person_facts
from portal.referrals.models import Referral
from tests.factories import make_sent

NEED = "housing"
OFFICER, HOUSING_WORKER = "officer@demo.example", "housing@demo.example"


@dataclass(frozen=True)
class Pair:
    """`service` and `agency` in the language asked for; `typed`: part of the person's name, without its accents."""

    person_id: int
    person: str
    typed: str
    service: str
    agency: str


def find_pair(app: Flask, service: str | None = None, language: str = "en") -> Pair:
    """Whom the demonstration's officer may refer to the service of this name, or to one of the housing worker's
    agency; somebody with an accent in their name, if there is such."""
    with app.app_context(), as_owner():
        chosen = _service(service)
        person = _free_person(chosen)
        return Pair(
            person_id=person.id,
            person=person.name,
            typed=_plain(f"{person.forenames.split()[-1][:4]} {person.surname[:5]}".lower()),
            service=chosen.name_in(language),
            agency=chosen.agency.name_in(language),
        )


def send_one(app: Flask) -> str:
    """The reference of a referral that has just reached the housing worker's agency."""
    with app.app_context(), as_owner():
        service = _service(None)
        referral = make_sent(service, _free_person(service), _user(OFFICER))
        db.session.commit()
        return referral.reference


def _user(email: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == email)).one()


def _service(name: str | None) -> Service:
    wanted = Service.name == name if name else Service.agency_id == _user(HOUSING_WORKER).agency_id
    return db.session.scalars(sa.select(Service).where(wanted).order_by(Service.id).limit(1)).one()


def _free_person(service: Service) -> Person:
    """One whom the officer sees, whom the service takes, and who has no live referral to it."""
    live = sa.select(Referral.person_id).where(
        Referral.service_id == service.id, Referral.status.not_in(("closed", "withdrawn"))
    )
    seen = Person.area_id.in_([area.id for area in _user(OFFICER).areas]) & sa.not_(Person.restricted)
    people = db.session.scalars(sa.select(Person).where(seen, Person.id.not_in(live)).order_by(Person.id))
    accents_first = sorted(people, key=lambda person: _plain(person.name) == person.name)
    return next(person for person in accents_first if _fits(service, person))


def _fits(service: Service, person: Person) -> bool:
    fitting, _others = services_for(person_facts(person, NEED, datetime.now(LONDON).date()))
    return service.id in {row.id for row in fitting}


def _plain(text: str) -> str:
    """Without accents: ŵ as w."""
    return "".join(mark for mark in unicodedata.normalize("NFD", text) if unicodedata.category(mark) != "Mn")
