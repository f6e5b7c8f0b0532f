"""What each police force area says of its cohorts: dated versions, of which the last holds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal import audit
from portal.agencies.lookup import list_areas
from portal.agencies.models import Area
from portal.db import db
from portal.i18n import language
from portal.people.cohort_models import CohortCriteria
from portal.people.cohort_time import USUAL_MONTHS
from portal.people.models import COHORTS
from portal.people.wording import COHORT_MEANINGS


def get_criteria(area_id: int) -> CohortCriteria | None:
    return next(iter(list_versions(area_id, most=1)), None)


def list_versions(area_id: int, most: int = 20) -> Sequence[CohortCriteria]:
    """The newest first, each with who wrote it."""
    query = sa.select(CohortCriteria).where(CohortCriteria.area_id == area_id)
    query = query.order_by(CohortCriteria.id.desc()).limit(most).options(joinedload(CohortCriteria.by))
    return db.session.scalars(query).all()


def list_forces() -> list[tuple[Area, CohortCriteria | None]]:
    """Every police force area with what holds in it, by name."""
    newest = sa.select(sa.func.max(CohortCriteria.id)).group_by(CohortCriteria.area_id)
    rows = db.session.scalars(sa.select(CohortCriteria).where(CohortCriteria.id.in_(newest)))
    held = {row.area_id: row for row in rows}
    return [(area, held.get(area.id)) for area in list_areas("police_force")]


def months_of(criteria: CohortCriteria | None) -> int:
    return criteria.review_months if criteria else USUAL_MONTHS


def own_words(criteria: CohortCriteria | None) -> list[tuple[str, str]]:
    """(cohort, what the area says of it) in the reader's language; the portal's words where it has none of its own,
    and nothing at all where it has written nothing."""
    if criteria is None or not criteria.texts:
        return []
    said = language()
    return [
        (cohort, criteria.texts[cohort][said] if cohort in criteria.texts else str(COHORT_MEANINGS[cohort]))
        for cohort in COHORTS
    ]


def add_version(area: Area, *, review_months: int, texts: dict[str, dict[str, str]], by_id: int) -> None:
    db.session.add(CohortCriteria(area_id=area.id, review_months=review_months, texts=texts, by_id=by_id))
    db.session.flush()
    audit.record("cohort_criteria.changed", "area", [area.id], review_months=review_months)
