"""Rows of an extract set against what is held: known records changed, new ones given a person row of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.accounts.queries import scope_of
from portal.db import db
from portal.people import names
from portal.register import voices
from portal.register.renewing import forces_of_authorities
from portal.register.stated import IDENTIFIER, Facts, Stated, facts


@dataclass
class Arrivals:
    """`new`: ref -> person row, of records not held before; `created`: the rows made for them. `changed`: refs."""

    new: dict[str, int] = field(default_factory=dict)
    created: list[int] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)
    cohort_changed: set[int] = field(default_factory=set)
    needs_dropped: dict[int, set[str]] = field(default_factory=dict)
    sent_before: dict[str, list[int]] = field(default_factory=dict)

    @property
    def concerned(self) -> list[int]:
        return sorted({*self.new.values(), *self.changed.values()})


def receive(rows: Sequence[Stated], source: str, today: date, by_id: int | None) -> Arrivals:
    """Keep what the rows say. People are neither paired nor resolved yet."""
    arrivals = Arrivals()
    said = _facts(rows, by_id)
    known = voices.list_known(source, list(said))
    arrivals.sent_before = {ref: record.sent_by for ref, record in known.items()}
    _change(said, known, source, today, arrivals)
    fresh = {ref: stated for ref, stated in said.items() if ref not in known}
    attached = _attach(list(fresh), source)
    created = _create({ref: stated for ref, stated in fresh.items() if ref not in attached})
    arrivals.new, arrivals.created = attached | created, list(created.values())
    leads = _leads(list(attached.values()))
    records = [
        {
            "ref": ref,
            "person_id": person,
            "leads_id": leads.get(person, person),
            "stated": fresh[ref],
            "since": voices.since_of(fresh[ref], {}, {}, today),
        }
        for ref, person in arrivals.new.items()
    ]
    voices.add_records(source, records, today, by_id)
    return arrivals


def _facts(rows: Sequence[Stated], by_id: int | None) -> dict[str, Facts]:
    """Whoever has no area of their own is of the force of their local authority, or else of whoever loads."""
    forces = forces_of_authorities()
    own = next(iter(scope_of(by_id).area_ids or ()), None) if by_id is not None else None
    said: dict[str, Facts] = {}
    for row in rows:
        stated = facts({IDENTIFIER[row.source]: row.ref, **row.values})
        area = stated.get("area_id") or forces.get(stated.get("local_authority_id", -1)) or own
        if area is None:
            raise ValueError(f"line {row.line} names no area")
        said[row.ref] = stated | {"area_id": area}
    return said


def _change(
    said: dict[str, Facts], known: dict[str, Any], source: str, today: date, arrivals: Arrivals
) -> None:
    changed = []
    for ref, record in known.items():
        before, now = record.stated, said[ref]
        if before == now:
            continue
        arrivals.changed[ref] = record.person_id
        since = voices.since_of(now, before, record.since, today)
        changed.append({"ref": ref, "stated": now, "since": since})
        if before.get("cohort") != now.get("cohort"):
            arrivals.cohort_changed.add(record.person_id)
        if dropped := set(before.get("needs", ())) - set(now.get("needs", ())):
            arrivals.needs_dropped.setdefault(record.person_id, set()).update(dropped)
    voices.change_records(source, changed)


def _attach(refs: list[str], source: str) -> dict[str, int]:
    """ref -> the row of someone who was added here under that number; what they are known by is kept as a record."""
    number = IDENTIFIER[source]
    query = sa.text(
        f"SELECT DISTINCT ON (p.{number}) p.{number}, p.id FROM person p"  # noqa: S608  # nosec B608
        " LEFT JOIN source_record s ON s.person_id = p.id AND s.source = 'portal'"
        f" WHERE p.{number} = ANY (:refs) AND p.duplicate_of IS NULL"
        f" ORDER BY p.{number}, s.stated ->> '{number}' IS DISTINCT FROM p.{number}, p.joined_to NULLS FIRST, p.id"
    )
    attached = {ref: person for ref, person in db.session.execute(query, {"refs": refs})}
    voices.keep_typed(attached.values())
    return attached


def _leads(rows: list[int]) -> dict[int, int]:
    query = sa.text("SELECT id, joined_to FROM person WHERE id = ANY (:ids) AND joined_to IS NOT NULL")
    return {row: leads for row, leads in db.session.execute(query, {"ids": rows})}


def _create(fresh: dict[str, Facts]) -> dict[str, int]:
    """A person row for each, with what a row must have; resolving writes the rest."""
    if not fresh:
        return {}
    statement = sa.text(
        "INSERT INTO person (area_id, surname, forenames, sort_key) SELECT area_id, surname, forenames, sort_key FROM"
        " jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(area_id int, surname text, forenames text, sort_key text)"
        " RETURNING id"
    )
    rows = [
        {name: stated[name] for name in ("area_id", "surname", "forenames")}
        | {"sort_key": names.sort_key(stated["surname"], stated["forenames"])}
        for stated in fresh.values()
    ]
    ids = sorted(db.session.scalars(statement, {"rows": json.dumps(rows)}))  # given in the order of the rows
    return dict(zip(fresh, ids, strict=True))
