"""The people behind a count of the dashboard: exactly those whom the database has counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.db import current_scope, db
from portal.needs.ages import NAMES, born_between
from portal.needs.asking import Asked
from portal.needs.counting import STEPS, UNKNOWN, UNMET
from portal.people.models import NEED_STATES, STANDS, CohortSpell, Person, PersonNeed
from portal.people.queries import visible
from portal.people.wording import LANGUAGES, SEXES

PAGE = 25
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Chosen:
    """One count: people by a part of them, or needs by a step or state; `of`: only this need."""

    by: str
    value: str
    of: str | None = None

    @property
    def of_needs(self) -> bool:
        return self.by in OF_NEEDS


def read_chosen(args: Mapping[str, str]) -> Chosen | None:
    """What the address asks for; None where there is no such count."""
    by, value, of = args.get("by", "all"), args.get("is", "all"), args.get("of") or None
    known = value in VALUES.get(by, ()) or (by == "authority" and _number(value) is not None)
    if not known or not (of is None or (of in NEEDS and by in OF_NEEDS)):
        return None
    return Chosen(by, value, of)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _or_unknown(column: Any) -> Callable[[str, Asked], Condition]:
    return lambda value, asked: column.is_(None) if value == UNKNOWN else column == value


def _born(value: str, asked: Asked) -> Condition:
    born = Person.date_of_birth
    return born.is_(None) if value == UNKNOWN else born.between(*born_between(value, asked.today))


def _step(value: str, asked: Asked) -> Condition:
    if value == "identified":
        return sa.true()
    if value == "met":
        return PersonNeed.state == "met"
    reached: Condition = PersonNeed.__table__.c[f"{value}_on"].is_not(None)
    return reached


OF_PEOPLE: dict[str, Callable[[str, Asked], Condition]] = {
    "all": lambda value, asked: sa.true(),
    "cohort": _or_unknown(CohortSpell.cohort),
    "age": _born,
    "sex": _or_unknown(Person.sex),
    "language": _or_unknown(Person.language),
    "authority": lambda value, asked: (
        Person.local_authority_id.is_(None) if value == UNKNOWN else Person.local_authority_id == int(value)
    ),
}
OF_NEEDS: dict[str, Callable[[str, Asked], Condition]] = {
    "step": _step,
    "state": lambda value, asked: PersonNeed.state == value,
    "unmet": lambda value, asked: PersonNeed.state.in_(UNMET),
}
VALUES: dict[str, set[str]] = {
    "all": {"all"},
    "cohort": {*COHORT_NAMES},
    "age": {*NAMES, UNKNOWN},
    "sex": {*SEXES, UNKNOWN},
    "language": {*LANGUAGES, UNKNOWN},
    "authority": {UNKNOWN},
    "step": {*STEPS},
    "state": {*NEED_STATES},
    "unmet": {"all"},
}


def count_behind(asked: Asked, chosen: Chosen) -> int:
    """People, or needs of people."""
    ids = _narrowed(sa.select(Person.id), asked, chosen).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(ids)) or 0


def list_behind(asked: Asked, chosen: Chosen, after: tuple[int, str] | None = None) -> tuple[list[Any], bool]:
    """One page by name, and whether there is more: id, and for needs need_code, state and changed_on.

    `after`: the person, and for needs the need, that the page before ended with.
    """
    key: tuple[Any, ...] = (Person.sort_key, Person.id)
    columns: tuple[Any, ...] = (Person.id,)
    if chosen.of_needs:
        key = (*key, PersonNeed.need_code)
        columns = (Person.id, PersonNeed.need_code, PersonNeed.state, PersonNeed.changed_on)
    query = _narrowed(sa.select(*columns), asked, chosen)
    if after and (name := _sort_key(after[0])):
        bound = (name, *after)[: len(key)]
        query = query.where(sa.tuple_(*key) > sa.tuple_(*map(sa.literal, bound)))
    rows = list(db.session.execute(query.order_by(*key).limit(PAGE + 1)))
    return rows[:PAGE], len(rows) > PAGE


def _sort_key(person_id: int) -> str | None:
    """An address holds a person's number, never a name."""
    here = sa.select(Person.sort_key).where(Person.id == person_id, visible(current_scope()))
    return db.session.scalar(here)


def _narrowed(query: sa.Select[Any], asked: Asked, chosen: Chosen) -> sa.Select[Any]:
    """People on IOM in sight; somebody whose record has been joined with another's counts once."""
    query = query.join(CohortSpell, (CohortSpell.person_id == Person.id) & CohortSpell.to_on.is_(None))
    query = query.where(STANDS, visible(current_scope()))
    if chosen.of_needs:
        query = query.join(PersonNeed, PersonNeed.person_id == Person.id)
        query = query.where(OF_NEEDS[chosen.by](chosen.value, asked))
        query = query.where(*(PersonNeed.need_code == code for code in (chosen.of, asked.need) if code))
    else:
        query = query.where(OF_PEOPLE[chosen.by](chosen.value, asked))
        if asked.need:
            query = query.where(
                sa.exists().where(PersonNeed.person_id == Person.id, PersonNeed.need_code == asked.need)
            )
    if asked.area_id:
        here = (Person.area_id == asked.area_id) | (Person.local_authority_id == asked.area_id)
        query = query.where(here)
    return query.where(CohortSpell.cohort == asked.cohort) if asked.cohort else query
