"""Reading and keeping what each source says: the rows of `source_record`, and the cards that pairing compares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.register.pairing import Card
from portal.register.resolving import Edit, Voice
from portal.register.stated import Facts

_CARD = """c.surname, c.forenames, c.preferred_name, c.born, c.sex, c.area_id, c.local_authority_id,
    c.crn, c.pnc_id, c.noms_number, c.niche_ref"""
# Cards are made of what a record states, never of what stands: else the order of loading would tell. People typed here
# who have no record yet speak for themselves, under a negative number; one added again by somebody who may not see the
# first (duplicate_of) stays apart.
_CARDS = f"""
SELECT id, source, person_id, {_CARD} FROM (
    SELECT s.id, s.source, s.person_id, s.stated ->> 'surname' AS surname, s.stated ->> 'forenames' AS forenames,
        coalesce(s.stated ->> 'preferred_name', '') AS preferred_name, (s.stated ->> 'date_of_birth')::date AS born,
        s.stated ->> 'sex' AS sex, (s.stated ->> 'area_id')::int AS area_id,
        (s.stated ->> 'local_authority_id')::int AS local_authority_id, s.stated ->> 'crn' AS crn,
        s.stated ->> 'pnc_id' AS pnc_id, s.stated ->> 'noms_number' AS noms_number, s.stated ->> 'niche_ref' AS niche_ref
      FROM source_record s WHERE (CAST(:ids AS bigint[]) IS NULL OR s.person_id = ANY (:ids))
    UNION ALL
    SELECT -p.id, 'portal', p.id, p.surname, p.forenames, p.preferred_name, p.date_of_birth, p.sex, p.area_id,
        p.local_authority_id, p.crn, p.pnc_id, p.noms_number, p.niche_ref
      FROM person p
     WHERE p.duplicate_of IS NULL AND p.erased_on IS NULL
       AND NOT EXISTS (SELECT FROM source_record s WHERE s.person_id = p.id)
       AND (CAST(:ids AS bigint[]) IS NULL OR p.id = ANY (:ids))
) c"""  # noqa: S608  # nosec B608
# As somebody typed it: empty and unticked is not said.
_SNAPSHOT = """
INSERT INTO source_record (source, ref, person_id, leads_id, stated, since, first_seen, last_seen)
SELECT 'portal', p.id::text, p.id, coalesce(p.joined_to, p.id), said.facts,
       (SELECT jsonb_object_agg(key, (p.created_at AT TIME ZONE 'Europe/London')::date) FROM jsonb_object_keys(said.facts) key),
       (p.created_at AT TIME ZONE 'Europe/London')::date, (p.created_at AT TIME ZONE 'Europe/London')::date
  FROM person p
  LEFT JOIN cohort_spell c ON c.person_id = p.id AND c.to_on IS NULL
  CROSS JOIN LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object(
        'crn', p.crn, 'pnc_id', p.pnc_id, 'noms_number', p.noms_number, 'niche_ref', p.niche_ref,
        'surname', p.surname, 'forenames', p.forenames, 'preferred_name', nullif(p.preferred_name, ''),
        'date_of_birth', p.date_of_birth, 'sex', p.sex, 'language', p.language, 'area_id', p.area_id,
        'local_authority_id', p.local_authority_id, 'police_om_id', p.police_om_id,
        'probation_om_id', p.probation_om_id, 'wisdom', nullif(p.wisdom, false), 'y2a', nullif(p.y2a, false),
        'mappa', nullif(p.mappa, false),
        'cohort', CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('cohort', c.cohort, 'from', c.from_on) END
    )) AS facts) said
 WHERE p.id = ANY (:ids) AND NOT EXISTS (SELECT FROM source_record s WHERE s.person_id = p.id)"""
_ADD = """
INSERT INTO source_record (source, ref, person_id, leads_id, stated, since, sent_by, first_seen, last_seen)
SELECT :source, r.ref, r.person_id, r.leads_id, r.stated, r.since, :sent_by, :today, :today
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(ref text, person_id bigint, leads_id bigint, stated jsonb, since jsonb)"""
_CHANGE = """
UPDATE source_record s SET stated = r.stated, since = r.since
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(ref text, stated jsonb, since jsonb)
 WHERE s.source = :source AND s.ref = r.ref"""
_SEEN = """
UPDATE source_record SET last_seen = greatest(last_seen, :today),
       sent_by = CASE WHEN CAST(:by_id AS int) IS NULL OR :by_id = ANY (sent_by) THEN sent_by
                      ELSE sent_by || CAST(:by_id AS int) END
 WHERE source = :source AND ref = ANY (:refs)
   AND (last_seen < :today OR (CAST(:by_id AS int) IS NOT NULL AND NOT :by_id = ANY (sent_by)))"""


def list_cards(person_ids: Sequence[int] | None = None) -> Iterator[tuple[Card, int]]:
    """Cards, with the person row that each is of; a card's own id is the record's. Of all, or of some person rows."""
    rows = db.session.execute(
        sa.text(_CARDS).execution_options(yield_per=5000),
        {"ids": None if person_ids is None else list(person_ids)},
    )
    for row in rows:
        yield Card(row.id, row.source, *row[3:]), row.person_id


def list_known(source: str, refs: Sequence[str]) -> dict[str, Any]:
    """ref -> (ref, person_id, leads_id, stated, since, sent_by) of the records that are held already."""
    query = sa.text(
        "SELECT ref, person_id, leads_id, stated, since, sent_by FROM source_record"
        " WHERE source = :source AND ref = ANY (:refs)"
    )
    return {row.ref: row for row in db.session.execute(query, {"source": source, "refs": list(refs)})}


def list_voices(person_ids: Sequence[int]) -> list[Voice]:
    """What is said of these rows, each of which is some record's own."""
    query = sa.text(
        "SELECT source, ref, person_id, stated, since FROM source_record WHERE person_id = ANY (:ids)"
    )
    return [Voice(*row) for row in db.session.execute(query, {"ids": list(person_ids)})]


def list_edits(person_ids: Sequence[int]) -> list[tuple[int, str, Edit]]:
    """(person row, field, edit), the oldest first."""
    query = sa.text(
        "SELECT person_id, field, value, seen FROM person_edit WHERE person_id = ANY (:ids) ORDER BY at, person_id"
    )
    rows = db.session.execute(query, {"ids": list(person_ids)})
    return [(row.person_id, row.field, Edit(row.value, row.seen)) for row in rows]


def keep_typed(person_ids: Iterable[int]) -> None:
    """Of people who have no record yet: what has been typed here, as a record of its own."""
    db.session.execute(sa.text(_SNAPSHOT), {"ids": list(person_ids)})


def forget_typed(person_ids: Iterable[int]) -> None:
    """People of whom nobody else speaks, and nothing was decided, speak for themselves again."""
    query = sa.text(
        "DELETE FROM source_record s WHERE source = 'portal' AND person_id = ANY (:ids)"
        " AND NOT EXISTS (SELECT FROM source_record o WHERE o.leads_id = s.leads_id AND o.id <> s.id)"
        " AND NOT EXISTS (SELECT FROM person_edit e WHERE e.leads_id = s.leads_id)"
    )
    db.session.execute(query, {"ids": list(person_ids)})


def add_records(source: str, rows: Sequence[dict[str, Any]], today: date, by_id: int | None) -> None:
    """`rows`: ref, person_id, leads_id, stated, since."""
    sent_by = [by_id] if by_id is not None else []
    values = {"source": source, "rows": json.dumps(rows), "today": today, "sent_by": sent_by}
    db.session.execute(sa.text(_ADD), values)


def change_records(source: str, rows: Sequence[dict[str, Any]]) -> None:
    """`rows`: ref, stated, since."""
    db.session.execute(sa.text(_CHANGE), {"source": source, "rows": json.dumps(rows)})


def mark_seen(source: str, refs: Sequence[str], today: date, by_id: int | None) -> None:
    db.session.execute(sa.text(_SEEN), {"source": source, "refs": list(refs), "today": today, "by_id": by_id})


def since_of(facts: Facts, before: Facts, held: dict[str, str], today: date) -> dict[str, str]:
    """From when on each fact has been said: what is said anew, from today."""
    return {
        field: held[field] if field in held and before.get(field) == value else today.isoformat()
        for field, value in facts.items()
    }
