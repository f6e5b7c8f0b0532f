"""Bringing a database to the newest schema, as the owner of its tables, while the portal is used."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg.errors
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent.parent / "migrations"
RELEASED = "0028"  # the newest migration of the last release: later ones run on tables that are in use
TRIES, PAUSE = 30, 2.0  # seconds
LOOK = 0.2  # seconds
_HOLDERS = sa.text(
    "SELECT pid, usename, application_name FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(:pid)) ORDER BY pid"
)


class SchemaBusy(Exception):
    """A migration could not get a lock; the message says who holds it and what to do."""


def alembic_config(connection: sa.Connection | None, app_role: str, migrations: Path | None = None) -> Config:
    """`migrations`: another folder than the portal's own, for drills."""
    config = Config()
    config.set_main_option("script_location", str(migrations or MIGRATIONS))
    if connection is not None:
        config.attributes["connection"] = connection
        config.attributes["app_role"] = connection.dialect.identifier_preparer.quote(app_role)
    return config


def newest() -> str:
    """The revision that this program expects the database to be at."""
    return ScriptDirectory.from_config(alembic_config(None, "")).get_current_head() or ""


def knows(revision: str) -> bool:
    """Whether this program can migrate from that revision."""
    scripts = ScriptDirectory.from_config(alembic_config(None, ""))
    return revision in {script.revision for script in scripts.walk_revisions()}


def upgrade(
    owner_url: str, app_role: str, *, migrations: Path | None = None, to: str = "head", tries: int = TRIES
) -> None:
    """Migrate. Safe to repeat, and for several at once: an advisory lock lets one through at a time.

    Each migration is a transaction, given up and tried again where it waits for a lock for more than a second, so that
    nobody waits longer behind it. SchemaBusy after so many tries; what was done before stays.
    """
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as lock:
        lock.execute(sa.text("SELECT pg_advisory_lock(hashtext('blaenoriaeth.migrate'))"))
        holders: list[str] = []
        for number in range(tries):
            time.sleep(PAUSE if number else 0)
            try:
                with engine.connect() as connection, _watched(connection, lock, holders):
                    command.upgrade(alembic_config(connection, app_role, migrations), to)
                    connection.commit()
                return
            except sa.exc.OperationalError as error:
                if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    raise
    raise SchemaBusy(
        f"A migration waited {tries} times for a lock on a table. It is held by {', '.join(holders) or 'somebody'}."
        " Let them end, or end them (SELECT pg_terminate_backend(…)), and run init again; what is done so far stays."
    )


@contextmanager
def _watched(connection: sa.Connection, watcher: sa.Connection, holders: list[str]) -> Iterator[None]:
    """Meanwhile `holders` is kept at whoever was last seen holding up the connection."""
    pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    connection.commit()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK):
            if found := watcher.execute(_HOLDERS, {"pid": pid}).all():
                holders[:] = [
                    f"process {row.pid} ({row.usename}, {row.application_name or 'no name'})" for row in found
                ]

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
