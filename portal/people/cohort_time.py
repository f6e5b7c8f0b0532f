"""How long somebody is on IOM: months, Y2A's first three, and when a review falls due. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from portal.people.models import CohortSpell, Person

USUAL_MONTHS = 3  # between reviews, where an area has said nothing else
Y2A_MONTHS = 3  # at least, on IOM: glossary


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last; as PostgreSQL adds an interval of months."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def on_iom_since(spells: Sequence[CohortSpell]) -> date | None:
    """The first day of the time on IOM that has not ended, through all cohorts; None for somebody who is in none."""
    since: date | None = None
    for spell in sorted(spells, key=lambda one: (one.to_on or date.max, one.from_on), reverse=True):
        if since is None and spell.to_on is not None:
            return None
        if since is not None and spell.to_on is not None and spell.to_on < since - timedelta(days=1):
            break
        since = spell.from_on if since is None else min(since, spell.from_on)
    return since


def y2a_until(person: Person) -> date | None:
    """The day before which Y2A does not end; None where there is no Y2A, or it has not begun."""
    since = on_iom_since(person.spells)
    if not person.y2a or since is None:
        return None
    return add_months(max(since, person.y2a_from or since), Y2A_MONTHS)


def next_review(person: Person, day: date, months: int) -> date:
    """When somebody reviewed, or put into a cohort, on this day is to be reviewed."""
    return add_months(day, min(months, Y2A_MONTHS) if person.y2a else months)
