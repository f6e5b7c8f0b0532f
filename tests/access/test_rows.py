"""The row-level twin: with the application's own check switched off, the database shows and changes nobody else's rows.

Every table of the catalog is asked for whole, as each actor. What is nobody's is found by what planting it added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from portal.access import Role
from portal.accounts.queries import scope_of
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from tests.access.actors import ACTORS, make_actor
from tests.access.planting import plant_rows
from tests.access.tables import protected, readable, rows
from tests.factories import GWENT, area
from tests.scene import make_scene

# Without row-level security, and why: nothing of a person stands in them.
OPEN_TABLES = {
    "absence": "staff who are away: read with the users, shown within an agency",
    "agency": "the directory",
    "agreement": "the promise register, which every role reads",
    "agreement_area": "the promise register",
    "alembic_version": "the schema's number",
    "area": "reference data",
    "calendar_day": "reference data",
    "cohort_criteria": "an area's published criteria",
    "form_use": "hashes of forms sent, and addresses of pages; found by the whole key alone",
    "hub_session": "the directory",
    "huey_counter": "the queue: names and numbers of tasks",
    "huey_kv": "the queue: names and numbers of tasks",
    "huey_schedule": "the queue: names and numbers of tasks",
    "huey_task": "the queue: names and numbers of tasks",
    "need": "reference data",
    "one_time_link": "hashes of links, looked up before anybody is signed in",
    "reason": "reference data",
    "retention_period": "how long each kind of record is kept",
    "service": "the directory",
    "service_area": "the directory",
    "service_need": "the directory",
    "sign_in_failure": "hashes, counted before anybody is signed in",
    "spent_token": "hashes of what was used up, before anybody is signed in",
    "user_account": "staff, whose names stand beside what they did; see test_columns for what of it is not read",
    "user_area": "staff",
    "user_service": "staff",
    "user_session": "hashes of tokens, looked up before anybody is signed in",
    "usual_wait": "the directory",
    "worker_heartbeat": "whether the worker lives",
}
# Columns by which a table says that it is about a person or an agency's work.
TELLING = {"person_id", "referral_id", "one_id", "subject_ids", "person_ids", "referral_ids"}
# Rows that planting adds for those who are of the area: not of the restricted person.
OF_AREA = {"meeting", "meeting_agency", "extract_import", "register_completeness", "unusual_reading"}
# What an analyst counts, in which no name or word stands (test_columns).
COUNTED = {"referral", "turnaround_change", "turnaround_tally", "history_referral", "register_completeness"}
# Whose whole purpose it is that the administrator reads it: who, when, which numbers.
ADMINISTRATORS = {"audit_entry", "unusual_reading", "access_review", "access_answer"}
# Looked up before there is a scope, when somebody signs in.
SIGNING_IN = {"passkey", "totp_key", "recovery_code", "passkey_challenge", "known_device"}


Rows = dict[str, set[str]]


@pytest.fixture
def foreign(database: None) -> tuple[dict[str, Scope], dict[str, Rows]]:
    """(every actor's scope, and of every actor the rows of the protected tables that are not theirs)."""
    scene = make_scene()
    users = {name: make_actor(name, scene) for name in ACTORS}
    scopes = {name: scope_of(user.id) for name, user in users.items() if user and ACTORS[name].role}
    ours, theirs = plant_rows()
    both = {table: ours[table] | theirs[table] for table in ours}
    found = {}
    for name in scopes:
        not_theirs = theirs if ACTORS[name].is_to or ACTORS[name].role is Role.ANALYST else both
        if name.endswith("of another area"):  # what is planted there is theirs
            not_theirs = ours
        found[name] = {
            table: lines for table, lines in not_theirs.items() if lines and table not in OPEN_TABLES
        }
    return scopes | {"nobody": NOBODY}, found | {
        "nobody": {t: n for t, n in both.items() if t not in OPEN_TABLES}
    }


def excepted(name: str) -> set[str]:
    role = ACTORS[name].role
    if role is None:
        return SIGNING_IN
    if role is Role.ANALYST:
        return COUNTED
    if role is Role.ADMINISTRATOR:
        return ADMINISTRATORS | SIGNING_IN
    return OF_AREA if role in (Role.IOM_OFFICER, Role.IOM_MANAGER) else set()


def test_every_table_is_protected_or_it_is_said_why_not(database: None) -> None:
    unprotected = {name for name, on in protected().items() if not on}
    assert unprotected == OPEN_TABLES.keys()
    telling = {name for name, columns in readable().items() if TELLING & set(columns)}
    assert not telling & unprotected


def leaks_to(name: str, scope: Scope, not_theirs: Rows) -> dict[tuple[str, str], int]:
    """How many rows of whom else each table shows to an actor."""
    enter_scope(scope)
    shown = rows()
    enter_scope(SYSTEM)
    return {
        (name, table): len(shown[table] & lines)
        for table, lines in not_theirs.items()
        if table not in excepted(name) and shown[table] & lines
    }


def test_no_actor_is_shown_a_row_of_anybody_elses(foreign: Any) -> None:
    scopes, found = foreign
    leaks: dict[tuple[str, str], int] = {}
    for name, scope in scopes.items():
        leaks |= leaks_to(name, scope, found[name])
    assert not leaks, leaks


def test_the_net_catches_a_scope_that_is_too_wide(foreign: Any) -> None:
    """Each part of a scope left off in turn, as a fault would."""
    scopes, found = foreign
    officer, worker = scopes["officer of the area"], scopes["worker of another service"]
    everywhere = replace(officer, area_ids=(*officer.area_ids, area(GWENT).id))
    for name, wide in {
        "officer of the area": everywhere,
        "worker of another agency": worker,
        "analyst": SYSTEM,
        "nobody": officer,
    }.items():
        assert leaks_to(name, wide, found[name])


def test_planting_adds_to_every_protected_table(foreign: Any) -> None:
    """Or what it finds not shown would prove nothing."""
    _scopes, found = foreign
    held = {table for lines in found.values() for table in lines}
    apart = {"doubled_number", "erasure", "erasure_mark"}  # no grant, or the erased alone: tests/keeping
    apart |= {"audit_chained", "search_term"}  # no grant either, or the worker's: tests/trace
    assert {name for name, on in protected().items() if on} - held - apart == set()


def attempts(table: str, columns: list[str]) -> Iterator[tuple[str, str]]:
    """(what, statement) that would change the row at `:place`."""
    yield "delete", f"DELETE FROM {table} WHERE ctid = CAST(:place AS tid)"  # noqa: S608
    for column in columns:
        yield (
            f"update {column}",
            (
                f"UPDATE {table} SET {column} = {column} WHERE ctid = CAST(:place AS tid)"  # noqa: S608
            ),
        )


def is_done(statement: str, values: dict[str, Any]) -> bool:
    """Whether the database carries it out: refused, or no such row, are the same."""
    try:
        with db.session.begin_nested() as point:
            done = db.session.execute(sa.text(statement), values).rowcount  # type: ignore[attr-defined]
            point.rollback()
            return bool(done)
    except sa.exc.DBAPIError as error:
        return "row-level security" not in str(error) and "permission denied" not in str(error)


def places(added: Rows) -> dict[str, tuple[str, list[str], str]]:
    """Of each protected table the place of one of nobody's rows, its columns, and the row as JSON."""
    found = {}
    for table, columns in readable().items():
        if not added.get(table):
            continue
        row = f"ROW({', '.join(columns)})::text"
        query = f"SELECT ctid::text, row_to_json(t)::text FROM {table} t WHERE {row} = ANY (:rows) LIMIT 1"  # noqa: S608
        place, whole = db.session.execute(sa.text(query), {"rows": list(added[table])}).one()
        found[table] = (place, columns, whole)
    return found


WRITTEN = sa.text("""
    SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :name
       AND is_generated = 'NEVER' AND is_identity = 'NO'""")
# Where adding succeeds whoever it is about, and nothing is told: the outbox, and somebody whom one may not see.
ADDED_UNSEEN = {"outbox", "person"}


def test_no_actor_changes_deletes_or_adds_a_row_of_anybody_elses(foreign: Any) -> None:
    scopes, found = foreign
    marked = {name: places(not_theirs) for name, not_theirs in found.items()}
    writable = {table: list(db.session.scalars(WRITTEN, {"name": table})) for table in protected()}
    done = []
    for name, scope in scopes.items():
        enter_scope(scope)
        for table, (place, columns, whole) in marked[name].items():
            if table in (OF_AREA | SIGNING_IN) & excepted(name):
                continue
            for what, statement in attempts(table, sorted(set(columns) & set(writable[table]))):
                if is_done(statement, {"place": place}):
                    done.append((name, table, what))
            into = ", ".join(writable[table])
            adding = f"INSERT INTO {table} ({into}) SELECT {into} FROM json_populate_record(null::{table}, CAST(:row AS json))"  # noqa: S608
            if table not in ADDED_UNSEEN and is_done(adding, {"row": whole}):
                done.append((name, table, "insert"))
    enter_scope(SYSTEM)
    assert not done, done
