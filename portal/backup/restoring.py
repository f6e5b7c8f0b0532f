"""A backup into an empty portal: the database, its grants, the files; then to the newest schema."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from flask import current_app

from config import Settings
from portal import schema
from portal.agencies import reference_data
from portal.backup.archive import DUMP, Reader, Tell, Unusable
from portal.backup.making import KEY, count_rows, key_mark, server_major
from portal.backup.programs import Failed, Programs, find_programs, grants, restore
from portal.db import as_owner, db
from portal.i18n import LONDON

EMPTY = ("postgres", KEY)  # what starting a command makes in a PORTAL_HOME that held nothing
Say = Callable[[str], object]


def check_place(reader: Reader) -> Programs:
    """What will restore it. Unusable or Failed where the backup does not fit this portal or anything is there already."""
    settings: Settings = current_app.config["SETTINGS"]
    manifest, role = reader.manifest, current_app.config["APP_ROLE"]
    if not schema.knows(manifest.migration):
        raise Unusable(
            f"The backup is of a newer portal (revision {manifest.migration}, this one knows up to {schema.newest()}):"
            " restore it with that version."
        )
    if there := sorted(one.name for one in settings.home.iterdir() if one.name not in EMPTY):
        raise Failed(
            f"{settings.home} is not empty ({', '.join(there[:3])}). Set PORTAL_HOME to a new folder; nothing is"
            " restored over what is there."
        )
    with db.engines["owner"].connect() as connection:
        if tables := count_rows(connection):
            raise Failed(
                f"The database is not empty ({len(tables)} tables). Give a new one, without `init`; nothing is restored"
                " over what is there."
            )
        if not connection.scalar(
            sa.text("SELECT count(*) FROM pg_roles WHERE rolname = :role"), {"role": role}
        ):
            raise Failed(f"The server has no role {role}: make it first, CREATE ROLE {role} LOGIN.")
        server = server_major(connection)
    if server < manifest.server:
        raise Failed(
            f"The backup is of PostgreSQL {manifest.server}; this server is {server}, which is older."
        )
    return find_programs(current_app.config["OWNER_URL"], server, at_least=manifest.dumped_by)


def restore_all(reader: Reader, programs: Programs, say: Say, tell: Tell) -> None:
    """Database and files as they were, then migrated. Failed: the database is empty still, or it is said what is in it."""
    manifest = reader.manifest
    restore(programs, reader.chunks(DUMP), tell)
    with db.engines["owner"].connect() as connection:
        if differ := sorted(dict(count_rows(connection).items() ^ manifest.counts.items())):
            raise Failed(f"Rows are missing or too many in {', '.join(differ)}: do not use this database.")
        role = connection.dialect.identifier_preparer.quote(current_app.config["APP_ROLE"])
        for statement in grants(programs, reader.chunks(DUMP), manifest.app_role, role).splitlines():
            connection.exec_driver_sql(statement)
        connection.commit()
    say(
        f"{sum(manifest.counts.values()):,} rows in {len(manifest.counts)} tables, as many as were backed up."
    )
    _write_files(reader, say)
    _bring_up_to_date(manifest.migration, say)


def _write_files(reader: Reader, say: Say) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    own_key = settings.home / KEY
    from_file = own_key.is_file() and own_key.read_text() == settings.secret_key
    for name, content in reader.files():
        path = settings.home / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        if name == KEY and from_file:
            key = content.decode()
            current_app.config.update(SECRET_KEY=key, SETTINGS=replace(settings, secret_key=key))
    if key_mark(current_app.config["SECRET_KEY"]) != reader.manifest.key_mark:
        say(
            "WARNING: SECRET_KEY is not the one of this backup. Authenticator apps must be set up anew, and nobody who"
            " was erased is known again, after the backup or in an extract: stop, and restore with the old key if you have it."
        )


def _bring_up_to_date(migration: str, say: Say) -> None:
    """Also statistics, which a dump does not hold and every list needs."""
    if migration != schema.newest():
        schema.upgrade(current_app.config["OWNER_URL"], current_app.config["APP_ROLE"])
        with as_owner():
            reference_data.load(datetime.now(LONDON).date())
            db.session.commit()
        say(f"Migrated from revision {migration} to {schema.newest()}.")
    with db.engines["owner"].execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("ANALYZE"))
