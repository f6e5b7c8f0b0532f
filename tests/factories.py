"""Real rows for tests, with names nobody could mistake. Each function adds, flushes and returns one thing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from portal.access import AGENCY, Role
from portal.accounts.models import User
from portal.agencies.models import Agency, Area, Need, Service
from portal.db import db
from portal.people.models import CohortSpell, Person
from portal.people.reading import ReadingReason
from portal.referrals import actions
from portal.referrals.models import Referral

SOUTH_WALES, GWENT = "W15000003", "W15000002"
CARDIFF = "W06000015"
_number = count(1)


def _add(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing


def area(code: str = SOUTH_WALES) -> Area:
    return db.session.scalars(sa.select(Area).where(Area.code == code)).one()


def make_agency(name: str = "", **values: Any) -> Agency:
    agency: Agency = _add(Agency(name=name or f"Example Agency {next(_number)}", **values))
    return agency


def make_service(
    agency: Agency | None = None, needs: tuple[str, ...] = ("housing",), **values: Any
) -> Service:
    areas = values.pop("areas", None) or [area()]
    service = Service(
        agency=agency or make_agency(), name=values.pop("name", f"Example Service {next(_number)}"), **values
    )
    service.areas = areas
    service.needs = list(db.session.scalars(sa.select(Need).where(Need.code.in_(needs))))
    return _add(service)  # type: ignore[no-any-return]


def make_user(role: Role | str = Role.IOM_OFFICER, agency: Agency | None = None, **values: Any) -> User:
    role = Role(role)
    if role in AGENCY and agency is None:
        agency = make_agency()
    number = next(_number)
    areas = values.pop("areas", None)
    everywhere = role in AGENCY or role is Role.ANALYST
    user = User(
        email=values.pop("email", f"user{number}@test.example"),
        name=values.pop("name", f"Example Worker {number}"),
        role=role.value,
        agency=agency,
        every_service=values.pop("every_service", agency is not None),
        every_area=values.pop("every_area", everywhere),
        areas=areas if areas is not None else ([] if everywhere or role is Role.ADMINISTRATOR else [area()]),
        **values,
    )
    return _add(user)  # type: ignore[no-any-return]


def make_person(cohort: str | None = "fixed", **values: Any) -> Person:
    number = next(_number)
    person = Person(
        area=values.pop("area", None) or area(),
        surname=values.pop("surname", f"Enghraifft{number}"),
        forenames=values.pop("forenames", "Siân"),
        date_of_birth=values.pop("date_of_birth", date(1990, 5, 4)),
        sex=values.pop("sex", "female"),
        **values,
    )
    if cohort:
        person.spells = [CohortSpell(cohort=cohort, from_on=date(2026, 1, 5))]
    return _add(person)  # type: ignore[no-any-return]


def give_reason(person_id: int, *users: User) -> None:
    """As if these users had said why they read a restricted person."""
    for user in users:
        _add(ReadingReason(kind="restricted", person_id=person_id, user_id=user.id, reason="own"))


def make_draft(person: Person | None = None, by: User | None = None, need: str = "housing") -> Referral:
    referral = actions.create_draft(person or make_person(), need, by or make_user())
    referral.detail.asked = "«Lle i aros»"
    referral.detail.sections = ["identity", "contact"]
    db.session.flush()
    return referral


def make_sent(
    service: Service | None = None,
    person: Person | None = None,
    by: User | None = None,
    at: datetime | None = None,
) -> Referral:
    """A referral that its agency has yet to answer."""
    service = service or make_service()
    by = by or make_user()
    referral = make_draft(person, by, service.needs[0].code)
    actions.send(referral, service, by, at or datetime.now(UTC))
    return referral
