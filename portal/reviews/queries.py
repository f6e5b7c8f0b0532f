"""Whose review falls due: in the reader's scope, in the order of the days, each list with its count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import User
from portal.db import current_scope, db
from portal.people.cohort_models import CohortReview
from portal.people.models import CohortSpell, Person
from portal.people.queries import visible
from portal.referrals.lists import COUNT_CAP

PAGE = 25
SOON = timedelta(weeks=4)
TABS = ("due", "soon", "every")


class DueFilter(NamedTuple):
    """`tab`: due today or overdue, in the four weeks after today, or every review to come; `mine`: own people only.
    `after`: review day and person of the last row of the page before."""

    tab: str = "due"
    mine: bool = False
    after: tuple[date, int] | None = None


_DUE = sa.text(
    "SELECT person_id FROM reviews_due(CAST(:whose AS int[]), :first, :last, :after_on, :after_id, :most)"
)
FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)


def list_due(narrowed: DueFilter, whose: Sequence[int], today: date) -> tuple[list[sa.Row[Any]], bool]:
    """One page, the most overdue first, and whether there is more."""
    ids = list(db.session.scalars(_DUE, _asked(narrowed, whose, today, PAGE + 1)))
    if not ids:
        return [], False
    police, probation = aliased(User), aliased(User)
    last = sa.select(sa.func.max(CohortReview.held_on)).where(CohortReview.person_id == Person.id)
    query = (
        sa.select(
            Person.id,
            Person.forenames,
            Person.surname,
            Person.restricted,
            Person.wisdom,
            Person.y2a,
            CohortSpell.cohort,
            CohortSpell.review_on,
            last.scalar_subquery().label("held_on"),
            police.name.label("police_om"),
            probation.name.label("probation_om"),
        )
        .join(CohortSpell, sa.and_(CohortSpell.person_id == Person.id, CohortSpell.to_on.is_(None)))
        .outerjoin(police, police.id == Person.police_om_id)
        .outerjoin(probation, probation.id == Person.probation_om_id)
        .where(Person.id.in_(ids[:PAGE]), visible(current_scope()))
        .order_by(CohortSpell.review_on, CohortSpell.person_id)
    )
    return list(db.session.execute(query)), len(ids) > PAGE


def count_due(narrowed: DueFilter, whose: Sequence[int], today: date) -> int:
    """How many the list has on all its pages; COUNT_CAP where there are as many or more."""
    asked = _asked(narrowed._replace(after=None), whose, today, COUNT_CAP)
    return len(db.session.scalars(_DUE, asked).all())


def count_tabs(narrowed: DueFilter, whose: Sequence[int], today: date) -> dict[str, int]:
    return {tab: count_due(narrowed._replace(tab=tab), whose, today) for tab in TABS}


def get_review(person_id: int, review_id: int) -> CohortReview | None:
    """A review of this person, who is in sight; None if there is none."""
    query = sa.select(CohortReview).where(CohortReview.person_id == person_id, CohortReview.id == review_id)
    return db.session.scalar(query)


def _asked(narrowed: DueFilter, whose: Sequence[int], today: date, most: int) -> dict[str, Any]:
    """What the database's own function is asked: see migration 0018."""
    days = {"due": (FIRST, today), "soon": (today + timedelta(days=1), today + SOON)}
    first, last = days.get(narrowed.tab, (FIRST, LAST))
    after_on, after_id = narrowed.after or (FIRST, 0)
    return {
        "whose": list(whose) if narrowed.mine else None,
        "first": first,
        "last": last,
        "after_on": after_on,
        "after_id": after_id,
        "most": most,
    }
