"""The worker's hourly look through the access log for unusual reading."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from portal.accounts.models import User, UserArea
from portal.agencies.calendar import working_days
from portal.clocks.clock import london_date
from portal.db import db
from portal.jobs import periodic
from portal.people.models import Person
from portal.trace.unusual_models import UnusualReading
from portal.trace.unusual_rules import HISTORY, Attempt, Finding, Opening, Readings, find

SAID_ONCE_IN = 14  # days, of one member of staff and one person
LOOKED_AT = 2  # days: today, and yesterday's evening after the last look

# Whoever did something else than this about a person had more to do with them than to read.
_LOOKS = (
    "read", "listed", "searched", "opened", "export", "exported", "refused", "found_elsewhere", "sought_elsewhere",
    "reason_given", "reason_asked",
)  # fmt: skip

# One row for each reader, person and hour. A person is a member of IOM staff's own: as offender manager, or covering for
# one; as referrer or escort of a referral; named, if restricted. An agency's worker's own: theirs, and those nobody has.
_OPENINGS = sa.text("""
WITH opened AS MATERIALIZED (
    SELECT e.user_id, coalesce(r.person_id, e.subject_ids[1]) AS person_id,
           date_trunc('hour', e.at AT TIME ZONE 'Europe/London') AS hour,
           min(e.at AT TIME ZONE 'Europe/London') AS at
      FROM audit_entry e LEFT JOIN referral r ON e.subject = 'referral' AND r.id = e.subject_ids[1]
     WHERE e.at > :since AND e.at <= :until AND e.action IN ('person.read', 'referral.read')
       AND e.user_id IS NOT NULL AND cardinality(e.subject_ids) = 1
     GROUP BY 1, 2, 3
), acted AS MATERIALIZED (
    SELECT DISTINCT e.user_id, coalesce(r.person_id, e.subject_ids[1]) AS person_id
      FROM audit_entry e LEFT JOIN referral r ON e.subject = 'referral' AND r.id = e.subject_ids[1]
     WHERE e.at > :since AND e.at <= :until AND e.subject IN ('person', 'referral') AND e.user_id IS NOT NULL
       AND cardinality(e.subject_ids) = 1 AND split_part(e.action, '.', 2) <> ALL (:looks)
), pair AS MATERIALIZED (
    SELECT p.user_id, p.person_id, EXISTS (
            SELECT FROM person s WHERE s.id = p.person_id AND (p.user_id IN (s.police_om_id, s.probation_om_id)
                OR EXISTS (SELECT FROM absence b WHERE b.cover_id = p.user_id AND b.to_on > :since AND b.from_on <= :until
                    AND b.user_id IN (s.police_om_id, s.probation_om_id)))
        ) OR EXISTS (
            SELECT FROM referral r WHERE r.person_id = p.person_id AND (p.user_id IN (r.referrer_id, r.worker_id)
                OR (r.agency_id = u.agency_id AND r.worker_id IS NULL))
        ) OR EXISTS (
            SELECT FROM person_reader n WHERE n.person_id = p.person_id AND n.user_id = p.user_id
        ) AS own, a.user_id IS NOT NULL AS worked
      FROM (SELECT DISTINCT user_id, person_id FROM opened) p JOIN user_account u ON u.id = p.user_id
      LEFT JOIN acted a ON a.user_id = p.user_id AND a.person_id = p.person_id
)
SELECT o.user_id, o.person_id, o.at, pair.own, pair.worked FROM opened o JOIN pair USING (user_id, person_id)
""")
_ATTEMPTS = sa.text("""
SELECT e.user_id, e.at AT TIME ZONE 'Europe/London' AS at, e.action, e.subject_ids[1] AS number FROM audit_entry e
 WHERE e.at > :since AND e.at <= :until AND e.user_id IS NOT NULL
   AND e.action IN ('person.refused', 'referral.refused', 'person.found_elsewhere', 'person.sought_elsewhere')
""")


@periodic(seconds=3600)
def find_unusual(now: datetime | None = None) -> int:
    """Keep what the rules find of today and yesterday, each once; how many are new."""
    now = now or datetime.now(UTC)
    today = london_date(now)
    readings = read_log(now)
    found = [one for back in range(LOOKED_AT) for one in find(readings, today - timedelta(back))]
    known = _known(today)
    new = [one for one in found if (one.rule, one.user_id, one.person_id) not in known or not one.person_id]
    added = sum(_keep(one, now) for one in sorted(new, key=lambda one: one.on_day) if not _again(one, new))
    db.session.commit()
    return added


def read_log(now: datetime) -> Readings:
    """What the log says of the days that the rules look at, up to `now`."""
    # A plan made for any span expects few rows of it, and would go through them once for each other.
    db.session.execute(sa.text("SET LOCAL enable_nestloop = off"))
    within = {"since": now - timedelta(days=HISTORY + LOOKED_AT + 1), "until": now}
    openings = [Opening(*row) for row in db.session.execute(_OPENINGS, within | {"looks": list(_LOOKS)})]
    refused, elsewhere = [], []
    for row in db.session.execute(_ATTEMPTS, within):
        if row.action.endswith("refused"):
            refused.append(Attempt(row.user_id, row.at, row.number))
        else:
            elsewhere.append(Attempt(row.user_id, row.at, found=row.action.startswith("person.found")))
    roles = {row.id: row.role for row in db.session.execute(sa.select(User.id, User.role))}
    calendar = working_days()
    return Readings(
        openings, refused, elsewhere, roles, lambda day: day.weekday() > 4 or calendar.is_holiday(day)
    )


def _known(today: date) -> set[tuple[str, int | None, int | None]]:
    """What was found of late of one person: said once, it is not said again for a fortnight."""
    query = sa.select(UnusualReading.rule, UnusualReading.user_id, UnusualReading.person_id)
    recent = UnusualReading.on_day > today - timedelta(days=SAID_ONCE_IN)
    return {(row.rule, row.user_id, row.person_id) for row in db.session.execute(query.where(recent))}


def _again(one: Finding, new: list[Finding]) -> bool:
    """The same is found of the day before."""
    same = (one.rule, one.user_id, one.person_id)
    return one.person_id is not None and any(
        same == (other.rule, other.user_id, other.person_id) and other.on_day < one.on_day for other in new
    )


def _keep(one: Finding, now: datetime) -> int:
    whose: dict[str, Any] = {"area_ids": [], "agency_id": None}
    if one.user_id:
        areas = db.session.scalars(sa.select(UserArea.area_id).where(UserArea.user_id == one.user_id))
        agency_id = db.session.scalar(sa.select(User.agency_id).where(User.id == one.user_id))
        whose = {"area_ids": [] if agency_id else sorted(areas), "agency_id": agency_id}
    elif one.person_id:
        whose["area_ids"] = [db.session.scalar(sa.select(Person.area_id).where(Person.id == one.person_id))]
    values = {
        "rule": one.rule, "user_id": one.user_id, "person_id": one.person_id, "on_day": one.on_day, "found_at": now,
        "facts": one.facts, **whose,
    }  # fmt: skip
    statement = insert(UnusualReading).values(values).on_conflict_do_nothing().returning(UnusualReading.id)
    return len(db.session.scalars(statement).all())
