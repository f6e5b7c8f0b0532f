"""Lint what the migrations since the last release do, as captured from a run on an empty database: part of `make check`.

Older ones are exempt: before the first release nothing ran in production.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from alembic import command  # noqa: E402
from alembic.script import ScriptDirectory  # noqa: E402
from sqlalchemy import event  # noqa: E402

from portal import schema  # noqa: E402
from portal.postgres import Cluster  # noqa: E402
from scripts.migration_rules import Statement, find_faults  # noqa: E402

OWN = (
    "alembic_version",
    "SET lock_timeout",
    "pg_catalog.",
)  # Alembic's, ours and the driver's, not the migration's


def capture(owner_url: str, revisions: list[str], migrations: Path) -> Iterator[tuple[str, list[Statement]]]:
    """(revision, what it asked of the database), each migrated to in turn."""
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    asked: list[Statement] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(
        connection: sa.Connection, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        if not any(own in sql for own in OWN) and not sql.lstrip().upper().startswith("SELECT"):
            alone = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
            asked.append(Statement(sql if parameters else sql.replace("%%", "%"), alone))

    for revision in revisions:
        asked.clear()
        with engine.connect() as connection:
            command.upgrade(schema.alembic_config(connection, "portal_app", migrations), revision)
            connection.commit()
        yield revision, list(asked)


def list_since_release(migrations: Path) -> list[str]:
    config = schema.alembic_config(None, "portal_app", migrations)
    scripts = ScriptDirectory.from_config(config).iterate_revisions("head", schema.RELEASED)
    return [script.revision for script in reversed(list(scripts))]


def lint(owner_url: str, migrations: Path = schema.MIGRATIONS) -> list[str]:
    """The faults as lines, in an empty database, which is at the newest schema afterwards."""
    schema.upgrade(owner_url, "portal_app", migrations=migrations, to=schema.RELEASED)
    found = []
    for revision, statements in capture(owner_url, list_since_release(migrations), migrations):
        for fault in find_faults(statements):
            start = " ".join(fault.sql.split())[:100]
            found.append(f"{revision}: {fault.rule}: {fault.why} ({start} …)")
    return found


def main() -> int:
    since = list_since_release(schema.MIGRATIONS)
    if not since:
        print(f"migrations: none since the release ({schema.RELEASED})")
        return 0
    with tempfile.TemporaryDirectory() as place, Cluster(Path(place), durable=False) as cluster:
        found = lint(cluster.owner_url)
    for line in found:
        print(line)
    print(f"migrations: {len(since)} since the release ({schema.RELEASED}), {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
