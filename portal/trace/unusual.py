"""Unusual readings that the current manager may ask about, and their answers. Row-level security says which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from portal import audit
from portal.access import ROLE_NAMES, Role
from portal.accounts.models import User
from portal.agencies.forms import VersionedForm
from portal.db import Prepared, db
from portal.fields import Option, RadioField, Required, TextAreaField
from portal.people.models import Person
from portal.trace.unusual_models import UnusualReading
from portal.trace.unusual_wording import ANSWERS, RULES, sentence

PAGE = 25
MOST_COUNTED = 100
OPEN = UnusualReading.answer.is_(None)


class AnswerForm(VersionedForm):
    answer = RadioField(
        _l("What came of it?"),
        [Required(_l("Select what came of it"))],
        choices=[Option(code, text, hint) for code, (text, hint) in ANSWERS.items()],
        size="m",
    )
    words = TextAreaField(
        _l("In your own words"),
        [Required(_l("Say what you found"))],
        hint=_l("What you asked, and what you were told. Do not name people on IOM."),
        max_length=1000,
        rows=4,
        size="m",
    )


@dataclass(frozen=True)
class Line:
    """`person_id`, `person`: only of somebody whom the viewer may see."""

    id: int
    on_day: date
    found_at: datetime
    title: str
    sentence: str
    who: str
    role: str
    organisation: str
    person_id: int | None
    person: str
    answer: str


def count_waiting() -> int:
    """How many wait for an answer; a hundred or more count as a hundred."""
    return int(_waiting().rows({})[0].waiting)


@cache
def _waiting() -> Prepared:
    waiting = sa.select(UnusualReading.id).where(OPEN).limit(MOST_COUNTED).subquery()
    return Prepared(sa.select(sa.func.count().label("waiting")).select_from(waiting))


def list_unusual(*, answered: bool, before: int | None) -> tuple[list[Line], bool]:
    """The latest first, and whether there are more."""
    query = _lines().where(sa.not_(OPEN) if answered else OPEN).order_by(UnusualReading.id.desc())
    if before:
        query = query.where(UnusualReading.id < before)
    rows = db.session.execute(query.limit(PAGE + 1)).all()
    return [_line(row) for row in rows[:PAGE]], len(rows) > PAGE


def get_line(unusual_id: int) -> Line | None:
    row = db.session.execute(_lines().where(UnusualReading.id == unusual_id)).one_or_none()
    return _line(row) if row else None


def get_unusual(unusual_id: int) -> UnusualReading | None:
    query = sa.select(UnusualReading).where(UnusualReading.id == unusual_id)
    return db.session.scalar(query.options(joinedload(UnusualReading.answered_by)))


def may_answer(unusual: UnusualReading, role: Role) -> bool:
    """Managers; an administrator, who sees no people, only where it is a manager who is asked about."""
    asked_about = unusual.user
    return role is not Role.ADMINISTRATOR or (
        asked_about is not None and asked_about.as_role in (Role.IOM_MANAGER, Role.AGENCY_MANAGER)
    )


def answer(unusual: UnusualReading, by: int, at: datetime, code: str, words: str) -> None:
    """The last answer stands; the log keeps that there was another."""
    unusual.answer, unusual.words = code, words
    unusual.answered_by_id, unusual.answered_at = by, at
    audit.record(
        "unusual.answered",
        "unusual",
        [unusual.id],
        agency_id=unusual.agency_id,
        answer=code,
        rule=unusual.rule,
    )


def _lines() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            UnusualReading.id, UnusualReading.on_day, UnusualReading.found_at, UnusualReading.rule,
            UnusualReading.facts, UnusualReading.answer, User.name, User.role, User.organisation,
            Person.id.label("person_id"), Person.forenames, Person.surname,
        )
        .outerjoin(User, User.id == UnusualReading.user_id)
        .outerjoin(Person, sa.and_(Person.id == UnusualReading.person_id, Person.erased_on.is_(None)))
    )  # fmt: skip


def _line(row: sa.Row[Any]) -> Line:
    return Line(
        row.id,
        row.on_day,
        row.found_at,
        str(RULES[row.rule]),
        sentence(row.rule, row.facts),
        row.name or "",
        str(ROLE_NAMES.get(Role(row.role), "")) if row.role else "",
        row.organisation or "",
        row.person_id,
        f"{row.forenames} {row.surname}" if row.person_id else "",
        str(ANSWERS[row.answer][0]) if row.answer else "",
    )
