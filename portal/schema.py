"""Bringing a database to the newest schema, as the owner of its tables."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def alembic_config(connection: sa.Connection, app_role: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["app_role"] = connection.dialect.identifier_preparer.quote(app_role)
    return config


def newest() -> str:
    """The revision that this program expects the database to be at."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def knows(revision: str) -> bool:
    """Whether this program can migrate from that revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return revision in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def upgrade(owner_url: str, app_role: str) -> None:
    """Migrate to head. Safe to repeat, and for several at once: an advisory lock lets one through at a time."""
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.connect() as lock:
        lock.execute(sa.text("SELECT pg_advisory_lock(hashtext('blaenoriaeth.migrate'))"))
        with engine.connect() as connection:
            command.upgrade(alembic_config(connection, app_role), "head")
            connection.commit()
