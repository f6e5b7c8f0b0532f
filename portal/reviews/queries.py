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


def list_due(narrowed: DueFilter, whose: Sequence[int], today: date) -> tuple[list[sa.Row[Any]], bool]:
    """One page, the most overdue first, and whether there is more."""
    police, probation = aliased(User), aliased(User)
    last = sa.select(sa.func.max(CohortReview.held_on)).where(CohortReview.person_id == Person.id)
    query = (
        _due(narrowed, whose, today)
        .add_columns(
            Person.forenames,
            Person.surname,
            Person.restricted,
            Person.wisdom,
            Person.y2a,
            CohortSpell.cohort,
            last.scalar_subquery().label("held_on"),
            police.name.label("police_om"),
            probation.name.label("probation_om"),
        )
        .outerjoin(police, police.id == Person.police_om_id)
        .outerjoin(probation, probation.id == Person.probation_om_id)
        .order_by(CohortSpell.review_on, CohortSpell.person_id)
        .limit(PAGE + 1)
    )
    if narrowed.after:
        place = sa.tuple_(CohortSpell.review_on, CohortSpell.person_id)
        query = query.where(place > sa.tuple_(*map(sa.literal, narrowed.after)))
    rows = list(db.session.execute(query))
    return rows[:PAGE], len(rows) > PAGE


def count_due(narrowed: DueFilter, whose: Sequence[int], today: date) -> int:
    """How many the list has on all its pages; COUNT_CAP where there are as many or more."""
    few = _due(narrowed._replace(after=None), whose, today).limit(COUNT_CAP).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(few)) or 0


def count_tabs(narrowed: DueFilter, whose: Sequence[int], today: date) -> dict[str, int]:
    return {tab: count_due(narrowed._replace(tab=tab), whose, today) for tab in TABS}


def get_review(person_id: int, review_id: int) -> CohortReview | None:
    """A review of this person, who is in sight; None if there is none."""
    query = sa.select(CohortReview).where(CohortReview.person_id == person_id, CohortReview.id == review_id)
    return db.session.scalar(query)


def _due(narrowed: DueFilter, whose: Sequence[int], today: date) -> sa.Select[*tuple[Any, ...]]:
    """Only people who are on IOM, and who stand for themselves: a record joined to another has no review of its own."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(Person.id, CohortSpell.review_on)
        .select_from(CohortSpell)
        .join(Person, Person.id == CohortSpell.person_id)
        .where(CohortSpell.to_on.is_(None), Person.joined_to.is_(None), visible(current_scope()))
    )
    if narrowed.mine:
        query = query.where(sa.or_(Person.police_om_id.in_(whose), Person.probation_om_id.in_(whose)))
    if narrowed.tab == "due":
        return query.where(CohortSpell.review_on <= today)
    if narrowed.tab == "soon":
        return query.where(CohortSpell.review_on > today, CohortSpell.review_on <= today + SOON)
    return query
