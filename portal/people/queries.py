"""Reading the register. Every query starts from the current scope; the policies of the database say the same again.

Whoever shows what these give also writes who was shown: `audit.record("person.read", "person", [id])`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.access import IOM
from portal.accounts.models import User, UserArea
from portal.agencies.eligibility import PersonFacts, areas_touching
from portal.agencies.lookup import alphabetical, list_areas
from portal.agencies.models import Area
from portal.db import Scope, current_scope, db
from portal.people import names
from portal.people.cohort_models import CohortReview
from portal.people.models import CohortSpell, Person, PersonReader
from portal.people.reading import expect_reason
from portal.people.terms import Terms

PAGE = 25
MOST_FOUND = 50
MOST_MINE = 200
LATELY = 15
MOST_REVIEWS = 20
LARGEST_ID = 2**63 - 1
SOUNDS_ALIKE = 2  # from this tier of search_people on

OPEN = Person.closed_at.is_(None)

Row = sa.Row[Any]


@dataclass(frozen=True)
class Found:
    """What a search gives, best first: names spelt as typed, then those that sound alike; is there more?"""

    spelt: list[Row]
    alike: list[Row]
    more: bool

    @property
    def ids(self) -> list[int]:
        return [row.id for row in (*self.spelt, *self.alike)]


@dataclass(frozen=True)
class Staff:
    """A police or probation officer, with the areas they work in."""

    id: int
    name: str
    organisation: str
    area_ids: frozenset[int]


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """The people of the scope's areas; restricted ones where its user is named, joined and erased rows nowhere."""
    stands = sa.and_(Person.joined_to.is_(None), Person.erased_on.is_(None))
    if scope.kind == "system":
        return stands
    if scope.kind != "iom":
        return sa.false()
    unrestricted = sa.or_(sa.not_(Person.restricted), Person.id.in_(scope.person_ids))
    return sa.and_(stands, Person.area_id.in_(scope.area_ids or ()), unrestricted)


def get_person(person_id: int, *, lock: bool = False, ask: bool = True) -> Person | None:
    """The person with areas, offender managers, spells and needs; None if missing, foreign or restricted alike.

    Locked, nobody else changes the person until the transaction ends. ReasonNeeded where a page asks for somebody
    restricted whose reader has not said why, unless it is the page that asks.
    """
    if person_id > LARGEST_ID:
        return None
    query = sa.select(Person).where(Person.id == person_id, visible(current_scope()))
    if lock:
        query = query.with_for_update(of=Person).execution_options(populate_existing=True)
    person: Person | None = db.session.scalar(
        query.options(
            joinedload(Person.area),
            joinedload(Person.local_authority),
            joinedload(Person.police_om),
            joinedload(Person.probation_om),
            selectinload(Person.spells),
            selectinload(Person.needs),
        )
    )
    if ask and person is not None and person.restricted:
        expect_reason(person.id)
    return person


def get_by_form_token(token: str) -> int | None:
    """The id of the person whom this very form has added already."""
    return db.session.scalar(sa.select(Person.id).where(Person.form_token == token, visible(current_scope())))


def _list_columns() -> sa.Select[*tuple[Any, ...]]:
    """One line a person: names, birth, CRN, cohort now, areas, offender managers, flags."""
    authority = aliased(Area)
    police, probation = aliased(User), aliased(User)
    return (
        sa.select(
            Person.id,
            Person.surname,
            Person.forenames,
            Person.preferred_name,
            Person.date_of_birth,
            Person.crn,
            Person.pnc_id,
            Person.noms_number,
            Person.niche_ref,
            Person.restricted,
            Person.wisdom,
            Person.closed_at,
            Person.sort_key,
            CohortSpell.cohort,
            Area.name_en,
            Area.name_cy,
            authority.name_en.label("authority_en"),
            authority.name_cy.label("authority_cy"),
            police.name.label("police_om"),
            probation.name.label("probation_om"),
        )
        .join(Area, Area.id == Person.area_id)
        .outerjoin(authority, authority.id == Person.local_authority_id)
        .outerjoin(police, police.id == Person.police_om_id)
        .outerjoin(probation, probation.id == Person.probation_om_id)
        .outerjoin(CohortSpell, sa.and_(CohortSpell.person_id == Person.id, CohortSpell.to_on.is_(None)))
        .where(visible(current_scope()))
    )


_SEARCH = sa.text(
    "SELECT id, tier FROM search_people(CAST(:words AS text[]), CAST(:sounds AS text[]), :code, :born, :within, :most)"
)


def search(terms: Terms, within: int | None = None) -> Found:
    """Whom the terms fit, in the area `within` if given; at most MOST_FOUND. See docs/decisions/0007-people-search.md."""
    asked = {
        "words": list(terms.words),
        "sounds": list(terms.sounds),
        "code": terms.code,
        "born": terms.born,
        "within": within,
        "most": MOST_FOUND + 1,
    }
    tiers = {row.id: row.tier for row in db.session.execute(_SEARCH, asked)}
    rows = db.session.execute(_list_columns().where(Person.id.in_(list(tiers)))).all()
    best_first = sorted(rows, key=lambda row: (tiers[row.id], row.sort_key, row.id))[:MOST_FOUND]
    return Found(
        spelt=[row for row in best_first if tiers[row.id] < SOUNDS_ALIKE],
        alike=[row for row in best_first if tiers[row.id] >= SOUNDS_ALIKE],
        more=len(rows) > MOST_FOUND,
    )


def get_listed(ids: Sequence[int]) -> dict[int, Row]:
    """The lines of these people, by id; those out of sight are not among them."""
    return {row.id: row for row in db.session.execute(_list_columns().where(Person.id.in_(ids)))}


def list_my_people(user_id: int) -> list[Row]:
    """Those whose police or probation offender manager the user is, without the closed, by name."""
    mine = sa.or_(Person.police_om_id == user_id, Person.probation_om_id == user_id)
    query = _list_columns().where(mine, OPEN).order_by(Person.sort_key, Person.id).limit(MOST_MINE)
    return list(db.session.execute(query))


def list_people(ids: Sequence[int]) -> dict[int, Row]:
    """Those of these people who are in sight, by id."""
    return {row.id: row for row in db.session.execute(_list_columns().where(Person.id.in_(ids)))}


def list_recent() -> list[Row]:
    """Whom the current user has looked at, the latest first."""
    ids = db.session.scalar(sa.select(sa.func.people_lately_read(LATELY))) or []
    rows = get_listed(ids)
    rows = list_people(ids)
    return [rows[person_id] for person_id in ids if person_id in rows]


def list_area_people(after: int | None) -> tuple[list[Row], bool]:
    """One page by name of everyone in the scope's areas but the closed, from the person `after` on; and whether there is more.

    Each area's index gives its own next page, of which the first rows of all are taken.
    """
    scope = current_scope()
    here = visible(scope)
    start = None
    if after is not None and after <= LARGEST_ID:
        start = db.session.execute(
            sa.select(Person.sort_key, Person.id).where(Person.id == after, here)
        ).one_or_none()
    page = sa.select(Person.id).where(here, OPEN).order_by(Person.sort_key, Person.id).limit(PAGE + 1)
    if start is not None:
        page = page.where(sa.tuple_(Person.sort_key, Person.id) > sa.tuple_(*map(sa.literal, start)))
    pages = [sa.select(page.where(Person.area_id == area_id).subquery()) for area_id in scope.area_ids or ()]
    if not pages:
        return [], False
    query = (
        _list_columns()
        .where(Person.id.in_(sa.union_all(*pages)))
        .order_by(Person.sort_key, Person.id)
        .limit(PAGE + 1)
    )
    rows = list(db.session.execute(query))
    return rows[:PAGE], len(rows) > PAGE


def list_possible_duplicates(
    forenames: str, surname: str, born: date | None, identifiers: Sequence[str | None]
) -> list[Row]:
    """People in sight with one of these numbers, or born that day under a name that sounds the same."""
    given = [text for text in identifiers if text]
    here = sa.select(Person.id).where(visible(current_scope()))
    columns = (Person.crn, Person.pnc_id, Person.noms_number, Person.niche_ref)
    either = sa.union_all(
        here.where(sa.or_(*(column.in_(given) for column in columns))),
        here.where(Person.date_of_birth == born if born else sa.false()),
    )
    rows = db.session.execute(_list_columns().where(Person.id.in_(either))).all()
    name = (forenames, surname)
    numbers = set(given)
    return [
        row
        for row in rows
        if numbers & {row.crn, row.pnc_id, row.noms_number, row.niche_ref}
        or names.alike(name, (row.forenames, row.surname))
        or names.alike(name, (row.preferred_name, row.surname))
    ]


def list_staff(area_ids: Sequence[int]) -> list[Staff]:
    """Police and probation staff who work in any of these areas now, by name."""
    query = (
        sa.select(User.id, User.name, User.organisation, sa.func.array_agg(UserArea.area_id).label("areas"))
        .join(UserArea, UserArea.user_id == User.id)
        .where(User.role.in_(sorted(IOM)), User.suspended_at.is_(None), UserArea.area_id.in_(area_ids))
        .group_by(User.id)
    )
    found = [
        Staff(row.id, row.name, row.organisation, frozenset(row.areas)) for row in db.session.execute(query)
    ]
    return sorted(found, key=lambda one: (alphabetical(one.name), one.id))


def list_own_areas() -> list[Area]:
    """The police force areas of the scope, each followed by its local authorities, by name."""
    areas = list_areas("police_force", "local_authority")
    return [
        area
        for force in areas
        if force.id in (current_scope().area_ids or ())
        for area in (force, *(inside for inside in areas if inside.police_force_id == force.id))
    ]


def list_reader_ids(person: Person) -> list[int]:
    """Staff who are named on a restricted person."""
    return list(
        db.session.scalars(sa.select(PersonReader.user_id).where(PersonReader.person_id == person.id))
    )


def names_of(user_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Of users, whether they still work here or not."""
    wanted = {number for number in user_ids if number}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def list_reviews(person_id: int) -> list[CohortReview]:
    """The last reviews of a person in sight, the newest first, each with who held it."""
    query = sa.select(CohortReview).where(CohortReview.person_id == person_id)
    query = query.order_by(CohortReview.id.desc()).limit(MOST_REVIEWS).options(joinedload(CohortReview.by))
    return list(db.session.scalars(query))


def person_facts(person: Person, need: str | None, today: date) -> PersonFacts:
    """What decides which services fit the person; where the local authority is not known, all of the force's count."""
    area_ids = areas_touching(
        person.local_authority_id or person.area_id, db.session.scalars(sa.select(Area)).all()
    )
    return PersonFacts(area_ids | {person.area_id}, person.sex, person.age_on(today), need, today)
