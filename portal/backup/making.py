"""Making a backup while the portal goes on: one snapshot of the database, and what of PORTAL_HOME is data."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from config import Settings
from portal.backup.archive import DUMP, HOME, Manifest, Tell, write
from portal.backup.programs import dump, find_programs
from portal.db import db
from portal.fitness.settings import BACKUP_MARK
from portal.keeping.erasing import REGISTER

AUDIT, KEY, SIGNING = "audit", "secret_key", "audit/signing_key.pem"
TABLES = sa.text(
    "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    " ORDER BY relname"
)


def key_mark(secret: str) -> str:
    """Says whether two keys are the same, and nothing else of them."""
    return hmac.digest(secret.encode(), b"blaenoriaeth backup", "sha256").hex()[:16]


def server_major(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.text("SELECT current_setting('server_version_num')::int / 10000")) or 0)


def count_rows(connection: sa.Connection) -> dict[str, int]:
    """Rows of every table that the connection's snapshot sees. An error for a role whom policies would hide some from."""
    connection.execute(sa.text("SET row_security = off"))
    tables = connection.scalars(TABLES).all()
    one = "SELECT count(*) FROM public.{}"
    return {table: int(connection.scalar(sa.text(one.format(table))) or 0) for table in tables}


def make_backup(target: Path, tell: Tell, *, with_key: bool = True) -> Manifest:
    """Write `target` (overwritten once the new one is whole). Failed, OSError or SQLAlchemy's errors: nothing is written.

    The files are read before the snapshot is taken: heads of the access log that came in between are in the database,
    from which the files are filled up; the other way round they would look lost.
    """
    settings: Settings = current_app.config["SETTINGS"]
    files = dict(_files(settings, with_key=with_key))
    engine = db.engines["owner"].execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, write(target) as writer:
        manifest = _describe(connection, settings)
        snapshot = str(connection.scalar(sa.text("SELECT pg_export_snapshot()")))
        programs = find_programs(current_app.config["OWNER_URL"], manifest.server, at_least=manifest.server)
        with dump(programs, snapshot) as dumped:
            writer.add_stream(DUMP, dumped, tell)
        for name, content in files.items():
            writer.add(HOME + name, content)
        manifest = replace(manifest, dumped_by=programs.major, parts=dict(writer.parts))
        writer.close(manifest)
    (settings.home / BACKUP_MARK).touch(mode=0o600)
    return manifest


def _describe(connection: sa.Connection, settings: Settings) -> Manifest:
    made: datetime = connection.scalars(sa.text("SELECT now()")).one()
    role = connection.dialect.identifier_preparer.quote(current_app.config["APP_ROLE"])
    return Manifest(
        made=made.astimezone(UTC).isoformat(),
        migration=str(connection.scalar(sa.text("SELECT version_num FROM alembic_version"))),
        server=server_major(connection),
        dumped_by=0,
        app_role=role,
        key_mark=key_mark(settings.secret_key),
        counts=count_rows(connection),
    )


def _files(settings: Settings, *, with_key: bool) -> Iterator[tuple[str, bytes]]:
    """(path below PORTAL_HOME, content). A key that comes from the environment is not in a file, and so not here."""
    home = settings.home
    kept = [home / REGISTER, *sorted((home / AUDIT).rglob("*"))]
    if (home / KEY).is_file() and (home / KEY).read_text() == settings.secret_key:
        kept.append(home / KEY)
    for path in kept:
        name = path.relative_to(home).as_posix()
        if path.is_file() and not path.name.startswith(".") and (with_key or name not in (KEY, SIGNING)):
            yield name, _whole_lines(path)


def _whole_lines(path: Path) -> bytes:
    """Of a file that is added to, a line that is being written is left out."""
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1] if path.suffix == ".jsonl" else content
