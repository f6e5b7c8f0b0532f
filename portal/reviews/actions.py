"""Keeping a review: the record itself, and what it changes of cohort, needs and the day of the next one."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal import audit
from portal.db import db
from portal.people import actions
from portal.people.cohort_models import CohortReview
from portal.people.models import Person


def hold(
    person: Person, answers: dict[str, Any], *, held_on: date, next_on: date | None, today: date, by_id: int
) -> CohortReview:
    """`answers` as `forms.ReviewForm.answers` gives them; `next_on` is None where the person leaves IOM."""
    cohort = answers["cohort"]
    if codes := answers["new_needs"]:
        held = [need.need_code for need in person.needs]
        actions.set_needs(person, [*held, *codes], identified_on=held_on, today=today)
    if next_on is None:
        actions.end_cohort(person, held_on, why=cohort["words"], by_id=by_id)
    elif cohort["to"]:
        days = {"from_on": held_on, "review_on": next_on}
        actions.set_cohort(person, cohort["to"], why=cohort["words"], by_id=by_id, **days)
    else:
        actions.set_review_day(person, next_on)
    review = CohortReview(person_id=person.id, held_on=held_on, next_on=next_on, answers=answers, by_id=by_id)
    db.session.add(review)
    db.session.flush()
    audit.record("person.reviewed", "person", [person.id], area_id=person.area_id, review=review.id)
    return review
