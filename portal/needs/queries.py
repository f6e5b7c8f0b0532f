"""One need of a person: its live referrals and what was said of it. And the needs that nobody has referred."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db import current_scope, db
from portal.people.models import CohortSpell, NeedStatement, Person, PersonNeed
from portal.people.queries import visible
from portal.referrals.models import Referral
from portal.referrals.queries import visible as visible_referrals

PAGE = 25
Cursor = tuple[Any, int, str]  # identified on, person, need


def list_live(person_id: int, code: str) -> list[sa.Row[Any]]:
    """References and states of the referrals that decide where this need stands."""
    query = (
        sa.select(Referral.reference, Referral.status, Referral.paused_from)
        .where(
            Referral.person_id == person_id,
            Referral.need_code == code,
            Referral.status.not_in(["draft", "closed", "withdrawn"]),
            visible_referrals(current_scope()),
        )
        .order_by(Referral.sent_at)
    )
    return list(db.session.execute(query))


def list_statements(person_id: int, code: str) -> list[NeedStatement]:
    """What was said of it, the latest first."""
    query = (
        sa.select(NeedStatement)
        .where(NeedStatement.person_id == person_id, NeedStatement.need_code == code)
        .order_by(NeedStatement.at.desc(), NeedStatement.id.desc())
        .options(joinedload(NeedStatement.by))
    )
    return list(db.session.scalars(query))


def _unreferred(mine: int | None) -> sa.Select[*tuple[Any, ...]]:
    """Needs of people on IOM in sight that no live referral is for: the person's columns, the need, since when.

    `mine`: of people whose offender manager this user is. Somebody who was added twice is here both times: whoever added
    them may see only that record.
    """
    query = (
        sa.select(
            Person.id,
            Person.forenames,
            Person.surname,
            Person.restricted,
            CohortSpell.cohort,
            PersonNeed.need_code,
            PersonNeed.identified_on,
            PersonNeed.referred_on,
        )
        .join(PersonNeed, PersonNeed.person_id == Person.id)
        .join(CohortSpell, (CohortSpell.person_id == Person.id) & CohortSpell.to_on.is_(None))
        .where(PersonNeed.state == "identified", Person.joined_to.is_(None), visible(current_scope()))
    )
    if mine is not None:
        query = query.where((Person.police_om_id == mine) | (Person.probation_om_id == mine))
    return query


def count_unreferred(mine: int | None = None, *, most: int) -> int:
    """How many there are, at most `most`."""
    some = _unreferred(mine).with_only_columns(sa.literal(1)).limit(most).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def list_unreferred(mine: int | None = None, after: Cursor | None = None) -> tuple[list[sa.Row[Any]], bool]:
    """One page of them, the oldest first, and whether there is more."""
    key = (PersonNeed.identified_on, PersonNeed.person_id, PersonNeed.need_code)
    query = _unreferred(mine).order_by(*key).limit(PAGE + 1)
    if after:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*map(sa.literal, after)))
    rows = list(db.session.execute(query))
    return rows[:PAGE], len(rows) > PAGE
