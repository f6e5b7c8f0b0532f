"""How complete the register is: counted once a day for each area, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.agencies.models import Area
from portal.db import current_scope, db
from portal.jobs import periodic
from portal.people.wording import today
from portal.quality.asking import FOUND
from portal.quality.findings import FINDINGS
from portal.quality.models import RegisterCompleteness

MONTHS = 12
PARTS = ("born", "authority", "pnc", "managers", "cohort", "reviewed", "paired", "agreed")
CONTRADICTIONS = ", ".join(f"'{each.code}'" for each in FINDINGS if each.group == "contradiction")

# A row for every area, of nobody too: who is there no longer must not stay in today's row.
COUNT = f"""
INSERT INTO register_completeness (day, area_id, restricted, people, {", ".join(PARTS)})
SELECT :today, a.id, kind.restricted, count(p.id), count(p.date_of_birth), count(p.local_authority_id),
       count(p.id) FILTER (WHERE p.pnc_id IS NOT NULL AND NOT p.pnc_doubtful),
       count(p.id) FILTER (WHERE p.police_om_id IS NOT NULL AND p.probation_om_id IS NOT NULL),
       count(p.cohort), count(p.id) FILTER (WHERE p.review_on >= :today), count(both_sources.id),
       count(p.id) FILTER (WHERE p.agrees)
  FROM area a CROSS JOIN (VALUES (false), (true)) kind (restricted)
  LEFT JOIN (SELECT p.*, s.cohort, s.review_on, against.id IS NULL AS agrees
               FROM person p LEFT JOIN cohort_spell s ON s.person_id = p.id AND s.to_on IS NULL
               LEFT JOIN (SELECT DISTINCT id FROM ({FOUND}) f WHERE code IN ({CONTRADICTIONS})) against ON against.id = p.id
              WHERE p.closed_at IS NULL AND p.joined_to IS NULL
                AND (s.id IS NOT NULL OR NOT EXISTS (SELECT FROM cohort_spell e WHERE e.person_id = p.id))) p
         ON p.area_id = a.id AND p.restricted = kind.restricted
  LEFT JOIN (SELECT coalesce(b.joined_to, b.id) AS id FROM source_record r JOIN person b ON b.id = r.person_id
              WHERE r.source IN ('delius', 'niche') GROUP BY 1 HAVING count(DISTINCT r.source) = 2) both_sources
         ON both_sources.id = p.id
 WHERE a.kind = 'police_force' GROUP BY a.id, kind.restricted
ON CONFLICT (day, area_id, restricted) DO UPDATE SET people = EXCLUDED.people,
    {", ".join(f"{part} = EXCLUDED.{part}" for part in PARTS)}
"""  # noqa: S608  # nosec B608


@dataclass(frozen=True)
class Snapshot:
    """How many of `people` had what, on the last day counted of a month or of an area."""

    day: date
    people: int
    parts: dict[str, int]


@periodic(seconds=3600)
def count_register() -> None:
    """The last count of a day is the day's."""
    count(today())
    db.session.commit()


def count(day: date) -> None:
    """Of the register as it is now, kept as that day's. In the system's scope; does not commit."""
    db.session.execute(sa.text(COUNT), {"today": day})


def list_latest(areas: list[Area]) -> dict[int, Snapshot]:
    """The last count of each area; restricted people are among them for analysts alone."""
    row = RegisterCompleteness
    newest = sa.select(sa.func.max(row.day)).where(_seen(areas)).scalar_subquery()
    query = sa.select(row.area_id, *_sums()).where(_seen(areas), row.day == newest).group_by(row.area_id)
    return {each.area_id: _snapshot(each) for each in db.session.execute(query)}


def list_months(areas: list[Area], last: date) -> list[Snapshot]:
    """The last count of each month of these areas together, the oldest first; months without one are not there."""
    row = RegisterCompleteness
    first = date(last.year - 1, last.month, 1)
    month = sa.func.date_trunc("month", row.day)
    ends = (
        sa.select(sa.func.max(row.day)).where(_seen(areas), row.day > first, row.day <= last).group_by(month)
    )
    query = sa.select(*_sums()).where(_seen(areas), row.day.in_(ends)).group_by(row.day).order_by(row.day)
    return [_snapshot(each) for each in db.session.execute(query)][-MONTHS:]


def _seen(areas: list[Area]) -> sa.ColumnElement[bool]:
    """The policy says the same again."""
    here = RegisterCompleteness.area_id.in_([area.id for area in areas])
    return here if current_scope().kind == "figures" else here & sa.not_(RegisterCompleteness.restricted)


def _sums() -> list[Any]:
    columns = [getattr(RegisterCompleteness, name) for name in ("people", *PARTS)]
    return [
        sa.func.max(RegisterCompleteness.day).label("day"),
        *(sa.func.sum(each).label(each.key) for each in columns),
    ]


def _snapshot(row: Any) -> Snapshot:
    return Snapshot(row.day, row.people, {part: getattr(row, part) for part in PARTS})
