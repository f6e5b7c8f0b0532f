"""Writing many rows at once, as the owner of the tables, within the session's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from psycopg import Connection, sql

from portal.db import db

# Tables whose ids the demonstration gives itself, because others refer to them.
NUMBERED = (
    "agency", "service", "user_account", "agreement", "person", "referral", "appointment", "chase", "meeting",
)  # fmt: skip


def first_free_id(table: str) -> int:
    return int(db.session.scalar(sa.text(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")) or 1)  # noqa: S608  # nosec B608


def copy_rows(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into the named columns (words between spaces) of a table."""
    driver: Any = db.session.connection().connection.driver_connection
    connection: Connection[Any] = driver
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def catch_up_ids() -> None:
    """Let ids that the database gives from now on follow those given here."""
    for table in NUMBERED:
        db.session.execute(
            sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {first_free_id(table)}, false)")
        )


def code_list(codes: Sequence[str]) -> str:
    """Codes as COPY takes an array of them: four times as fast as psycopg's own lists, which may hold anything."""
    return "{" + ",".join(codes) + "}"


@contextmanager
def checked_afterwards(tables: Sequence[str]) -> Iterator[None]:
    """Load these tables without their foreign keys, plain indexes and triggers, which come back at the end; foreign
    keys are checked then.

    Within the transaction: nobody else ever sees the tables without them. Triggers plan their queries while the tables
    are still empty, and would go on reading them from end to end as they grow.
    """
    keys = """SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (CAST(:tables AS regclass[])) ORDER BY oid"""
    plain = """SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
        FROM pg_index WHERE NOT indisunique AND indrelid = ANY (CAST(:tables AS regclass[])) ORDER BY indexrelid"""
    foreign_keys = db.session.execute(sa.text(keys), {"tables": list(tables)}).all()
    indexes = db.session.execute(sa.text(plain), {"tables": list(tables)}).all()
    _run("SET LOCAL maintenance_work_mem = '256MB'")
    for key in foreign_keys:
        _run(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name}")
    for index in indexes:
        _run(f"DROP INDEX {index.name}")
    for table in tables:
        _run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in tables:
        _run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for index in indexes:
        _run(index.definition)
    for key in foreign_keys:
        _run(f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.definition}")


def _run(statement: str) -> None:
    db.session.connection().exec_driver_sql(statement)
