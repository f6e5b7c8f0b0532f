"""Rows for the tests of the register's quality: each makes exactly one thing wrong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.people.models import Person
from portal.people.wording import today
from portal.quality.asking import findings_of
from portal.register.models import PersonPair, SourceRecord
from tests.factories import CARDIFF, area, make_person, make_user


def whole(om: User | None = None, review_on: date | None = None, **values: Any) -> Person:
    """A record with nothing to put right."""
    defaults: dict[str, Any] = {"local_authority": area(CARDIFF), "police_om": om or make_user()}
    person = make_person(**{**defaults, **values})
    person.crn = values.get("crn", f"Z{person.id:06}")
    if person.spells:
        person.spells[0].review_on = review_on or today() + timedelta(days=30)
    db.session.flush()
    return person


def quiet_for(person: Person, days: int) -> None:
    """As if nothing had been heard for so many days."""
    db.session.flush()
    db.session.execute(
        sa.text("UPDATE person_upkeep SET heard_on = :day WHERE person_id = :id"),
        {"day": today() - timedelta(days=days), "id": person.id},
    )


def named_by(person: Person, source: str, last_seen: date) -> SourceRecord:
    record = SourceRecord(
        source=source,
        ref=f"{source} {person.id}",
        person_id=person.id,
        leads_id=person.id,
        stated={},
        first_seen=last_seen,
        last_seen=last_seen,
    )
    db.session.add(record)
    db.session.flush()
    return record


def asked_pair(one: Person, other: Person) -> PersonPair:
    first, second = sorted((one.id, other.id))
    pair = PersonPair(
        one_id=first, other_id=second, one_leads=first, other_leads=second, weight=5.0, state="asked"
    )
    db.session.add(pair)
    db.session.flush()
    return pair


def found_of(person: Person) -> list[str]:
    """Codes, by the whole system's sight."""
    db.session.flush()
    enter_scope(SYSTEM)
    return sorted(findings_of(person.id, today()))
