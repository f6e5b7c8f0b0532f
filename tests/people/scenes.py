"""What the tests of the register share: scopes to stand in, the trace, and a filled form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.people.models import Person, PersonReader
from tests.factories import CARDIFF, area, give_reason, make_person

FORM = "application/x-www-form-urlencoded"
ClientFor = Callable[[User], FlaskClient]


def scope_of(user: User) -> Scope:
    named = db.session.scalars(sa.select(PersonReader.person_id).where(PersonReader.user_id == user.id))
    return Scope("iom", user.id, area_ids=tuple(one.id for one in user.areas), person_ids=tuple(named))


@contextmanager
def standing_as(user: User) -> Iterator[None]:
    """In the scope of a user, where the test itself stands in the system's."""
    db.session.flush()
    enter_scope(scope_of(user))
    try:
        yield
    finally:
        enter_scope(SYSTEM)


def trace(action: str) -> list[Any]:
    """Entries of one kind, oldest first: user_id, subject_ids, area_id, detail."""
    enter_scope(SYSTEM)
    return list(
        db.session.execute(
            sa.text(
                "SELECT user_id, subject_ids, area_id, detail FROM audit_entry WHERE action = :action ORDER BY id"
            ),
            {"action": action},
        )
    )


def saved(person_id: int) -> Person:
    """The person as the database has them now, whatever the test holds."""
    enter_scope(SYSTEM)
    db.session.expire_all()
    return db.session.get_one(Person, person_id)


def make_restricted(*readers: User, **values: Any) -> Person:
    person = make_person(**values)
    db.session.add_all(PersonReader(person_id=person.id, user_id=user.id) for user in readers)
    db.session.flush()
    person.restricted = True
    db.session.flush()
    give_reason(person.id, *readers)
    return person


def id_of(location: str) -> int:
    found = re.fullmatch(r"/people/(\d+)", location)
    assert found, location
    return int(found[1])


def encoded(**values: Any) -> str:
    """A form or query as a hostile client sends it: lone surrogates and all."""
    return urlencode(values, doseq=True, errors="surrogatepass")


def filled(**changes: Any) -> dict[str, Any]:
    """A person's form as a browser posts it."""
    force = area()
    form: dict[str, Any] = {
        "version": "new",
        "token": "",
        "forenames": "Angharad Mair",
        "surname": "Enghraifft-Jones",
        "preferred_name": "Hari",
        "date_of_birth-day": "4",
        "date_of_birth-month": "Mai",
        "date_of_birth-year": "1990",
        "sex": "female",
        "gender": "",
        "language": "cy",
        "interpreter": "",
        "access_needs": "Large print\r\nQuiet room",
        "crn": "x 123456",
        "pnc_id": "03/123456L",
        "noms_number": "a1234bc",
        "niche_ref": "nr 77",
        "area": force.id,
        "local_authority": area(CARDIFF).id,
        "police_om": "",
        "probation_om": "",
    }
    return form | changes
