"""The schema against what is said of it: no table that holds something on a person is forgotten by erasure or a copy."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.db import db
from portal.keeping.copying import SECTIONS
from portal.keeping.tables import TABLES
from tests.keeping.erasing import decide_and_erase
from tests.keeping.scene import CANARY, make_everything

pytestmark = pytest.mark.usefixtures("database")
WHAT_TO_DO = (
    "{} holds something on a person. Say in portal/keeping/tables.py what erasure does with it and where a copy shows it; "
    "name it in erase_person (a new migration, CREATE OR REPLACE); show it in portal/keeping/copying.py; "
    "and give it a row in tests/keeping/scene.py."
)
# Tables that refer to a person or referral by a number that is no foreign key, and what of that stays.
ELSEWHERE = {
    "audit_entry": "numbers and codes only, and it is the proof of what was done",
    "erasure": "the register of erasures: hashes",
    "outbox": "queued mails of the person are deleted, sent ones have lost their contents",
}
LINKS = sa.text("""
    SELECT DISTINCT c.conrelid::regclass::text AS name FROM pg_constraint c
     WHERE c.contype = 'f' AND c.confrelid::regclass::text = ANY (:targets)""")
WORDS = sa.text("""
    SELECT column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = :name AND is_generated = 'NEVER'
       AND data_type IN ('text', 'jsonb', 'json', 'ARRAY', 'bytea', 'character varying')""")


def linked_tables() -> set[str]:
    """All that refer to a person or referral, or to what does so, at any remove."""
    found = {"person", "referral"}
    while more := set(db.session.scalars(LINKS, {"targets": sorted(found)})) - found:
        found |= more
    return found


def test_every_table_of_a_person_is_accounted_for() -> None:
    for name in sorted(linked_tables() - TABLES.keys()):
        pytest.fail(WHAT_TO_DO.format(name))
    assert TABLES.keys() <= linked_tables(), "a table is gone: take it out of portal/keeping/tables.py"


def test_erasure_names_every_table() -> None:
    body = db.session.scalar(sa.text("SELECT prosrc FROM pg_proc WHERE proname = 'erase_person'"))
    unnamed = [name for name in TABLES if name not in body and name not in ("person_reader", "person_need")]
    assert not unnamed, WHAT_TO_DO.format(unnamed)


def test_every_table_is_in_a_copy_or_it_is_said_why_not() -> None:
    unshown = {name: held.copied for name, held in TABLES.items() if held.copied not in SECTIONS}
    assert unshown == {
        "person_name": "the record has the names",
        "message_mark": "about staff, not the person",
        "person_upkeep": "worked out from the rest",
        "unusual_reading": "about staff, not the person",
    }, WHAT_TO_DO.format(", ".join(unshown))


def rows_of(table: str, people: list[int], referrals: list[int]) -> list[dict[str, object]]:
    columns = set(db.session.scalars(sa.text(
        "SELECT column_name FROM information_schema.columns WHERE table_name = :name"), {"name": table}))  # fmt: skip
    own = "id" if table in ("person", "referral") else None
    link = own or next(name for name in ("person_id", "one_id", "referral_id") if name in columns)
    ids = referrals if table == "referral" or link == "referral_id" else people
    query = sa.text(f"SELECT * FROM {table} WHERE {link} = ANY (:ids)")  # noqa: S608 - a table
    return [dict(row._mapping) for row in db.session.execute(query, {"ids": ids})]


def test_no_column_of_words_says_anything_once_its_person_is_erased() -> None:
    scene = make_everything()
    people, referrals = [scene.person.id, scene.joined.id], [scene.referral.id, scene.declined.id]
    for table in TABLES:
        assert rows_of(table, people, referrals), WHAT_TO_DO.format(
            f"tests/keeping/scene.py makes no row of {table}, which"
        )
    decide_and_erase(scene)
    for table, held in TABLES.items():
        rows = rows_of(table, people, referrals)
        assert not (held.gone and rows), f"{table} still has rows"
        for column in db.session.scalars(WORDS, {"name": table}):
            left = [row[column] for row in rows if row[column] not in (None, "", [], {})]
            assert not left or column in held.kept, f"{table}.{column} still says {left}"
            assert CANARY not in str(left), f"{table}.{column} still says {left}"


def test_what_is_not_a_foreign_key_is_known() -> None:
    """A column called after a person or referral that is no foreign key would be passed by."""
    query = sa.text("""
        SELECT DISTINCT table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)
         WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
           AND c.column_name IN ('person_id', 'referral_id', 'person_ids', 'referral_ids', 'subject_ids')""")
    unknown = set(db.session.scalars(query)) - TABLES.keys() - ELSEWHERE.keys()
    assert not unknown, WHAT_TO_DO.format(", ".join(unknown))
