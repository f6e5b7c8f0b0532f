"""Someone whom a user may not see was added a second time: whoever manages that person is told, the user is not."""

from __future__ import annotations

import sqlalchemy as sa

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.db import Scope, db
from portal.jobs import periodic
from portal.mail import Email, post
from portal.people.models import Person, PersonReader

# Written by the database's own function mark_duplicate, as nobody in that user's scope may know of it.
ADDED_AGAIN = sa.text(
    "SELECT id, user_id, subject_ids[1] AS person_id FROM audit_entry"
    " WHERE action = 'person.added_again' AND at > now() - interval '7 days' ORDER BY id"
)


@periodic(seconds=60)
def tell_of_people_added_again() -> None:
    """Those of the last week: an email that was written already is not written again."""
    for entry in db.session.execute(ADDED_AGAIN).all():
        person = leading(db.session.get(Person, entry.person_id))
        if person is None or _sees(scope_of(entry.user_id), person):
            continue
        for reader in managers(person):
            post(_email(entry.id, person.id, reader))
    db.session.commit()


def leading(person: Person | None) -> Person | None:
    """The row that stands for the person, if theirs has been joined to another since."""
    return db.session.get(Person, person.joined_to) if person and person.joined_to else person


def _sees(scope: Scope, person: Person) -> bool:
    """Whoever sees the person was asked whether it is the same, and knows."""
    return person.area_id in (scope.area_ids or ()) and (
        not person.restricted or person.id in scope.person_ids
    )


def managers(person: Person) -> list[User]:
    """IOM managers of the area who may see the person; where there are none, the person's offender managers."""
    active = sa.select(User).where(User.suspended_at.is_(None)).order_by(User.id)
    query = active.where(User.role == Role.IOM_MANAGER.value, User.areas.any(id=person.area_id))
    if person.restricted:
        named = sa.select(PersonReader.user_id).where(PersonReader.person_id == person.id)
        query = query.where(User.id.in_(named))
    responsible = [person.police_om_id, person.probation_om_id]
    return list(db.session.scalars(query)) or list(db.session.scalars(active.where(User.id.in_(responsible))))


def _email(entry_id: int, person_id: int, reader: User) -> Email:
    return Email(
        key=f"added_again:{entry_id}:user:{reader.id}",
        template="added_again",
        address=reader.email,
        user_id=reader.id,
        language=reader.language,
        area_id=None,
        params={"person": person_id},
    )
