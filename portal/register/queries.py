"""Reading what waits for somebody to say: questions, joins to look over, differences. Under the reader's own scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import User
from portal.agencies.models import Area
from portal.db import current_scope, db
from portal.people.models import Person
from portal.people.queries import LARGEST_ID, visible
from portal.register.models import PersonEdit, PersonPair, SourceRecord

PAGE = 25
Rows = Sequence[sa.Row[Any]]

_ONE, _OTHER = aliased(Person), aliased(Person)


def _questions(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """Open questions of whose two people one may see both: the policies say so, and the joins."""
    return (
        sa.select(*columns)
        .select_from(PersonPair)
        .join(_ONE, _ONE.id == PersonPair.one_leads)
        .join(_OTHER, _OTHER.id == PersonPair.other_leads)
        .where(PersonPair.state == "asked")
    )


def count_questions() -> int:
    return db.session.scalar(_questions(sa.func.count())) or 0


def list_questions(after: int = 0) -> tuple[Rows, bool]:
    """A page, the oldest first; and whether there is more."""
    columns = [
        PersonPair.id,
        PersonPair.grounds,
        *(
            column.label(f"{side}_{name}")
            for side, person in (("one", _ONE), ("other", _OTHER))
            for name, column in (
                ("id", person.id),
                ("forenames", person.forenames),
                ("surname", person.surname),
                ("born", person.date_of_birth),
            )
        ),
    ]
    query = _questions(*columns).where(PersonPair.id > after).order_by(PersonPair.id).limit(PAGE + 1)
    rows = db.session.execute(query).all()
    return rows[:PAGE], len(rows) > PAGE


def next_question(after: int) -> int | None:
    query = _questions(PersonPair.id).where(PersonPair.id > after).order_by(PersonPair.id).limit(1)
    return db.session.scalar(query)


def get_question(pair_id: int) -> PersonPair | None:
    """An open question, or None for one that is answered, or about somebody whom one may not see."""
    if pair_id > LARGEST_ID:
        return None
    return db.session.scalar(_questions(PersonPair).where(PersonPair.id == pair_id))


def list_joined(after: int | None = None) -> tuple[Rows, bool]:
    """A page of rows that lead nobody now, the latest joined first: each with the person whom it is part of."""
    hidden = sa.case(
        (PersonPair.one_id == PersonPair.one_leads, PersonPair.other_id), else_=PersonPair.one_id
    )
    query = (
        sa.select(
            PersonPair.id,
            PersonPair.decided_at,
            PersonPair.grounds,
            hidden.label("row_id"),
            Person.id.label("person_id"),
            Person.forenames,
            Person.surname,
            Person.date_of_birth,
            User.name.label("by"),
        )
        .join(Person, Person.id == PersonPair.one_leads)
        .outerjoin(User, User.id == PersonPair.decided_by_id)
        .where(
            PersonPair.state == "joined",
            sa.or_(PersonPair.one_id == PersonPair.one_leads, PersonPair.other_id == PersonPair.one_leads),
        )
        .order_by(PersonPair.decided_at.desc(), PersonPair.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None and after <= LARGEST_ID:
        start = db.session.execute(
            sa.select(PersonPair.decided_at, PersonPair.id).where(PersonPair.id == after)
        ).one_or_none()
        if start is not None:
            query = query.where(
                sa.tuple_(PersonPair.decided_at, PersonPair.id) < sa.tuple_(*map(sa.literal, start))
            )
    rows = db.session.execute(query).all()
    return rows[:PAGE], len(rows) > PAGE


def is_joined(row_id: int) -> int | None:
    """The person whom a hidden row is part of, if one may see them."""
    if row_id > LARGEST_ID:
        return None
    query = sa.select(SourceRecord.leads_id).where(
        SourceRecord.person_id == row_id, SourceRecord.leads_id != SourceRecord.person_id
    )
    return db.session.scalar(query.limit(1))


def _different() -> sa.ColumnElement[bool]:
    return sa.and_(Person.differs != sa.cast([], Person.differs.type), visible(current_scope()))


def count_differences() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person).where(_different())) or 0


def list_differences(after: int = 0) -> tuple[Rows, bool]:
    """A page of people of whom the sources say different things; and whether there is more."""
    shown: list[Any] = [
        Person.id, Person.forenames, Person.surname, Person.date_of_birth, Person.crn, Person.differs
    ]  # fmt: skip
    query = sa.select(*shown).where(_different(), Person.id > after).order_by(Person.id).limit(PAGE + 1)
    rows = db.session.execute(query).all()
    return rows[:PAGE], len(rows) > PAGE


def get_row(person_id: int) -> Person:
    """A person who leads, and whom one may see."""
    return db.session.scalars(sa.select(Person).where(Person.id == person_id, visible(current_scope()))).one()


def list_records(person_ids: Sequence[int]) -> list[SourceRecord]:
    """What is said of these people, by probation, the police, and here."""
    query = sa.select(SourceRecord).where(SourceRecord.leads_id.in_(person_ids))
    order = {"delius": 0, "niche": 1, "portal": 2}
    return sorted(db.session.scalars(query), key=lambda record: (order[record.source], record.ref))


def list_edits(person_id: int) -> dict[str, sa.Row[Any]]:
    """field -> value, at, by (a name), of what was typed or decided here; of two the later."""
    query = (
        sa.select(PersonEdit.field, PersonEdit.value, PersonEdit.at, User.name.label("by"))
        .outerjoin(User, User.id == PersonEdit.by_id)
        .where(PersonEdit.leads_id == person_id)
        .order_by(PersonEdit.at)
    )
    return {row.field: row for row in db.session.execute(query)}


def names_of(areas: set[int], users: set[int]) -> tuple[dict[int, Area], dict[int, str]]:
    """Areas and staff that records name by number."""
    found = db.session.scalars(sa.select(Area).where(Area.id.in_(areas)))
    staff = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(users)))
    return {area.id: area for area in found}, {user: name for user, name in staff}
