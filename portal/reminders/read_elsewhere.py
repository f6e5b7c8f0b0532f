"""Somebody of another area looked for a person: whoever manages that person is told, by a link that names nobody."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.db import db
from portal.jobs import periodic
from portal.mail import Email, post
from portal.people.models import Person
from portal.people.reading import ReadingReason
from portal.reminders.added_again import leading, managers

OF_LATE = timedelta(days=7)


@periodic(seconds=60)
def tell_of_readings_from_elsewhere() -> None:
    """Those of the last week: an email that was written already is not written again. Of somebody restricted only those
    managers are told who are named, though the reader was shown nothing."""
    recent = sa.select(ReadingReason).where(
        ReadingReason.kind == "elsewhere",
        ReadingReason.person_id.is_not(None),
        ReadingReason.at > sa.func.now() - OF_LATE,
    )
    for reading in db.session.scalars(recent.order_by(ReadingReason.id)).all():
        person = leading(db.session.get(Person, reading.person_id))
        if person is None or person.area_id in (scope_of(reading.user_id).area_ids or ()):
            continue
        for reader in managers(person):
            post(_email(reading.id, reader))
    db.session.commit()


def _email(reading_id: int, reader: User) -> Email:
    return Email(
        key=f"read_elsewhere:{reading_id}:user:{reader.id}",
        template="read_elsewhere",
        address=reader.email,
        user_id=reader.id,
        language=reader.language,
        area_id=None,
        params={},
    )
