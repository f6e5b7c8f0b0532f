"""Whose record is to be reviewed: computed whenever it is asked, so that nobody can be late on the list.

A record is due once the last cohort and the last referral ended as long ago as the period says, nobody is waiting for
anything, and nobody has decided to keep it longer. Rows joined to it count with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from portal.db import current_scope, db

PAGE = 25
CAP = 100
OVERDUE = 30  # days after which a record that nobody has reviewed is called overdue

# Of one person: when the last thing ended, and what still goes on. Asked of the few who may be due, or of one.
LAST = """
    CROSS JOIN LATERAL (SELECT ARRAY(SELECT p.id UNION ALL SELECT j.id FROM person j WHERE j.joined_to = p.id) AS ids) m
    CROSS JOIN LATERAL (
        SELECT max(s.to_on) AS ended_on, coalesce(bool_or(s.to_on IS NULL), false) AS on_iom
          FROM cohort_spell s WHERE s.person_id = ANY (m.ids)) spell
    CROSS JOIN LATERAL (
        SELECT max(coalesce(r.closed_on, r.withdrawn_on)) AS ended_on,
               coalesce(bool_or(r.status NOT IN ('draft', 'closed', 'withdrawn')), false) AS live,
               coalesce(bool_or(r.status = 'draft'), false) AS drafts
          FROM referral r WHERE r.person_id = ANY (m.ids)) sent
    LEFT JOIN LATERAL (
        SELECT d.action, d.reason, d.until, d.at, d.by_id FROM keeping_decision d
         WHERE d.person_id = p.id ORDER BY d.id DESC LIMIT 1) said ON true
    CROSS JOIN LATERAL (
        SELECT greatest(spell.ended_on, sent.ended_on,
            CASE WHEN spell.ended_on IS NULL THEN (p.created_at AT TIME ZONE 'Europe/London')::date END) AS last_on) l
"""
COLUMNS = """
    SELECT p.id, p.forenames, p.surname, p.date_of_birth, p.crn, p.restricted, l.last_on, spell.on_iom, sent.live,
           sent.drafts, said.action, said.reason, said.until, said.at AS said_at, said.by_id,
           greatest(l.last_on + CAST(:days AS int), CASE said.action WHEN 'keep' THEN said.until END) AS due_on
"""
SEEN = """p.joined_to IS NULL AND p.erased_on IS NULL AND (:everyone OR (p.area_id = ANY (CAST(:areas AS int[]))
    AND (NOT p.restricted OR p.id = ANY (CAST(:people AS bigint[])))))"""
DUE = f"""{COLUMNS} FROM people_due(:cutoff, :today, :most, :skipped) WITH ORDINALITY may (id, place)
    JOIN person p ON p.id = may.id {LAST} WHERE {SEEN} ORDER BY may.place
"""  # nosec B608 - of constants only
PENDING = f"""{COLUMNS} FROM (
        SELECT d.person_id AS id FROM keeping_decision d WHERE d.action = 'erase'
           AND NOT EXISTS (SELECT FROM keeping_decision later WHERE later.person_id = d.person_id AND later.id > d.id)
    ) may JOIN person p ON p.id = may.id {LAST} WHERE {SEEN}
"""  # noqa: S608 # nosec B608 - of constants only
ONE = f"{COLUMNS} FROM person p {LAST} WHERE p.id = :person AND {SEEN}"


@dataclass(frozen=True)
class Standing:
    """How one record stands. `due_on`: when it is, or was, to be reviewed; None while something still goes on."""

    person_id: int
    name: str
    date_of_birth: date | None
    crn: str | None
    restricted: bool
    last_on: date
    due_on: date | None
    on_iom: bool
    live: bool
    action: str | None
    until: date | None
    by_id: int | None

    @property
    def may_erase(self) -> bool:
        return not (self.on_iom or self.live)

    def is_due(self, today: date) -> bool:
        return self.due_on is not None and self.due_on <= today and self.action != "erase"

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on + timedelta(days=OVERDUE) < today


def list_due(today: date, days: int, page: int = 1) -> tuple[list[Standing], bool]:
    """One page of them, longest due first; and whether there is more."""
    rows = _ask(DUE, today, days, most=PAGE + 1, skipped=(page - 1) * PAGE)
    return rows[:PAGE], len(rows) > PAGE


def count_due(today: date, days: int) -> int:
    """How many `list_due` has on all its pages, counted to CAP."""
    counted = sa.func.count_people_due(today - timedelta(days=days), today, CAP)
    return db.session.scalar(sa.select(counted)) or 0


def list_pending(today: date, days: int) -> list[Standing]:
    """Those whose erasure has been decided and not done, the next one first."""
    return _ask(f"{PENDING} ORDER BY said.until, p.id LIMIT {CAP}", today, days)


def get_standing(person_id: int, today: date, days: int) -> Standing | None:
    """None if missing, foreign, restricted, joined to another or erased alike."""
    return next(iter(_ask(ONE, today, days, person=person_id)), None)


def _ask(query: str, today: date, days: int, **more: Any) -> list[Standing]:
    rows = db.session.execute(sa.text(query), _values(today, days) | more)
    return [_standing(row) for row in rows]


def _values(today: date, days: int) -> dict[str, Any]:
    scope = current_scope()
    return {
        "everyone": scope.kind == "system",
        "areas": list(scope.area_ids or ()) if scope.kind == "iom" else [],
        "people": list(scope.person_ids),
        "today": today,
        "days": days,
        "cutoff": today - timedelta(days=days),
    }


def _standing(row: Any) -> Standing:
    goes_on = row.on_iom or row.live or row.drafts
    return Standing(
        row.id, f"{row.forenames} {row.surname}", row.date_of_birth, row.crn, row.restricted, row.last_on,
        None if goes_on else row.due_on, row.on_iom, row.live, row.action, row.until, row.by_id,
    )  # fmt: skip
