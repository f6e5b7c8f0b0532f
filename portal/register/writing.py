"""Writing what stands into the leading rows: columns, the words they are found by, the cohort, needs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.people import names
from portal.register.resolving import Resolved
from portal.register.stated import FLAGS

COLUMNS = {
    "crn": "text", "pnc_id": "text", "noms_number": "text", "niche_ref": "text", "surname": "text", "forenames": "text",
    "date_of_birth": "date", "sex": "text", "language": "text", "area_id": "int", "local_authority_id": "int",
    "police_om_id": "int", "probation_om_id": "int", "wisdom": "boolean", "y2a": "boolean", "mappa": "boolean",
}  # fmt: skip
UNSAID: dict[str, Any] = dict.fromkeys(FLAGS, False) | {"language": "en"}
# What nobody says any more, but a person must have.
KEPT = ("surname", "forenames", "area_id")
Row = dict[str, Any]


def write(resolved: Mapping[int, Resolved]) -> None:
    """Of each leading row, only what is other than it was; new ones, and those that stand again, have no words yet.

    The numbers that change are given up first, by all."""
    columns = ", ".join((*COLUMNS, "differs", "other_names", "preferred_name"))
    found = "EXISTS (SELECT FROM person_name n WHERE n.person_id = person.id) AS found"
    query = sa.text(f"SELECT id, {columns}, {found} FROM person WHERE id = ANY (:ids)")  # noqa: S608  # nosec B608
    changed: list[Row] = []
    renamed: list[Row] = []
    for held in db.session.execute(query, {"ids": list(resolved)}).mappings():
        row = _wanted(dict(held), resolved[held["id"]])
        before = {
            name: held[name].isoformat() if isinstance(held[name], date) else held[name] for name in row
        }
        if row != before:
            changed.append(row | {"sort_key": names.sort_key(row["surname"], row["forenames"])})
        named = ("surname", "forenames", "area_id", "other_names")
        if not held["found"] or any(row[name] != before[name] for name in named):
            renamed.append(row | {"preferred_name": held["preferred_name"]})
    _give_up_numbers(changed)
    _update(changed)
    write_names(renamed)


def _wanted(held: Mapping[str, Any], resolved: Resolved) -> Row:
    row: Row = {"id": held["id"]}
    for name in COLUMNS:
        value = resolved.values[name]
        row[name] = value if value is not None else held[name] if name in KEPT else UNSAID.get(name)
    return row | {"differs": resolved.differs, "other_names": resolved.other_names}


def _give_up_numbers(rows: Sequence[Row]) -> None:
    statement = sa.text(
        "UPDATE person p SET crn = NULL, niche_ref = NULL"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, crn text, niche_ref text) WHERE p.id = r.id"
        " AND (p.crn <> coalesce(r.crn, '') OR p.niche_ref <> coalesce(r.niche_ref, ''))"
    )
    numbers = [{name: row[name] for name in ("id", "crn", "niche_ref")} for row in rows]
    db.session.execute(statement, {"rows": json.dumps(numbers)})


def _update(rows: Sequence[Row]) -> None:
    types = COLUMNS | {"differs": "text[]", "other_names": "text[]", "sort_key": "text"}
    statement = sa.text(
        f"UPDATE person p SET {', '.join(f'{name} = r.{name}' for name in types)}, version = version + 1"  # noqa: S608  # nosec B608
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS"
        f" r(id bigint, {', '.join(f'{name} {kind}' for name, kind in types.items())}) WHERE p.id = r.id"
    )
    db.session.execute(statement, {"rows": json.dumps(rows)})


def write_names(rows: Sequence[Row]) -> None:
    """The words by which people are found, anew. `rows`: id, area_id, forenames, surname, preferred_name, other_names."""
    db.session.execute(
        sa.text("DELETE FROM person_name WHERE person_id = ANY (:ids)"), {"ids": [row["id"] for row in rows]}
    )
    found = [
        (row["id"], row["area_id"], *word)
        for row in rows
        for word in names.index(
            row["forenames"], row["surname"], row["preferred_name"] or "", *row["other_names"]
        )
    ]
    statement = sa.text(
        "INSERT INTO person_name (person_id, area_id, word, sound, whole) SELECT * FROM"
        " unnest(CAST(:a AS bigint[]), CAST(:b AS int[]), CAST(:c AS text[]), CAST(:d AS text[]), CAST(:e AS text[]))"
    )
    if found:
        db.session.execute(statement, dict(zip("abcde", map(list, zip(*found, strict=True)), strict=True)))


def write_cohorts(resolved: Mapping[int, Resolved], moved_on: Collection[int], today: date) -> None:
    """`moved_on`: those of whom a source says another cohort than before; then the spell before ends, and is history.
    Otherwise, where only the rules or a join have changed what stands, the open spell is put right."""
    query = sa.text(
        "SELECT DISTINCT ON (person_id) person_id, id, cohort, from_on, to_on FROM cohort_spell"
        " WHERE person_id = ANY (:ids) ORDER BY person_id, to_on DESC NULLS FIRST, from_on DESC, id DESC"
    )
    last = {row.person_id: row for row in db.session.execute(query, {"ids": list(resolved)})}
    closed_query = sa.text("SELECT id FROM person WHERE id = ANY (:ids) AND closed_at IS NOT NULL")
    closed = set(db.session.scalars(closed_query, {"ids": list(resolved)}))
    ended, wrong, corrected, added = [], [], [], []
    for person, one in resolved.items():
        if person in closed:  # a contradiction for somebody to look at: nobody is reopened unasked
            continue
        wanted, spell = one.values["cohort"], last.get(person)
        code, from_on = (wanted["cohort"], date.fromisoformat(wanted["from"])) if wanted else (None, None)
        if spell is None or spell.to_on is not None:
            # What a source still says of a cohort that was ended here opens none.
            if code and not (spell and spell.from_on <= from_on < spell.to_on):
                added.append({"person_id": person, "cohort": code, "from_on": from_on})
        elif (code, from_on) == (spell.cohort, spell.from_on):
            continue
        elif person not in moved_on:
            if code is None:
                wrong.append(spell.id)
            else:
                corrected.append({"id": spell.id, "cohort": code, "from_on": from_on})
        elif code is None:
            ended.append({"id": spell.id, "to_on": max(today, spell.from_on)})
        elif code != spell.cohort and from_on > spell.from_on:
            ended.append({"id": spell.id, "to_on": from_on})
            added.append({"person_id": person, "cohort": code, "from_on": from_on})
        else:
            corrected.append({"id": spell.id, "cohort": code, "from_on": from_on})
    _write_spells(ended, wrong, corrected, added)


_SPELLS = "jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, person_id bigint, cohort text, from_on date, to_on date)"
_END = "UPDATE cohort_spell s SET to_on = r.to_on FROM {spells} WHERE s.id = r.id"
_REMOVE = "DELETE FROM cohort_spell s USING {spells} WHERE s.id = r.id"
_CORRECT = "UPDATE cohort_spell s SET cohort = r.cohort, from_on = r.from_on FROM {spells} WHERE s.id = r.id"
_ADD = "INSERT INTO cohort_spell (person_id, cohort, from_on) SELECT r.person_id, r.cohort, r.from_on FROM {spells}"


def _write_spells(ended: list[Row], wrong: list[int], corrected: list[Row], added: list[Row]) -> None:
    """One statement of each kind: the table's triggers go by statements."""
    removed = [{"id": spell} for spell in wrong]
    for statement, rows in ((_END, ended), (_REMOVE, removed), (_CORRECT, corrected), (_ADD, added)):
        if rows:
            query = sa.text(statement.format(spells=_SPELLS))
            db.session.execute(query, {"rows": json.dumps(rows, default=date.isoformat)})


def write_needs(
    resolved: Mapping[int, Resolved], since: Mapping[int, str], dropped: Mapping[int, set[str]]
) -> None:
    """Add as identified, from `since`; take off what a source says no more (`dropped`), if nothing was done about it."""
    added = [
        {"person_id": person, "need_code": code, "day": since.get(person)}
        for person, one in resolved.items()
        for code in one.needs
    ]
    add = sa.text(
        "INSERT INTO person_need (person_id, need_code, state, identified_on, changed_on)"
        " SELECT r.person_id, r.need_code, 'identified', r.day, r.day"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(person_id bigint, need_code text, day date)"
        " ON CONFLICT DO NOTHING"
    )
    db.session.execute(add, {"rows": json.dumps(added)})
    removed = [
        {"person_id": person, "need_code": code}
        for person, codes in dropped.items()
        for code in codes - set(resolved[person].needs)
    ]
    remove = sa.text(
        "DELETE FROM person_need n USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(person_id bigint, need_code text)"
        " WHERE n.person_id = r.person_id AND n.need_code = r.need_code AND n.state = 'identified'"
    )
    if removed:
        db.session.execute(remove, {"rows": json.dumps(removed)})
