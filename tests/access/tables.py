"""What the database holds, as the catalog lists it: so that a new table is in these tests without being named."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from portal.db import SYSTEM, db, enter_scope

# Reference data that no page writes; and what is written of every reading, refused or not.
STILL = {"calendar_day", "alembic_version"}
TRACE = {"audit_entry", "user_session", "search_term", "spent_token", "passkey_challenge", "form_use"}

_READABLE = sa.text("""
    SELECT c.relname, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_column_privilege(c.oid, a.attnum, 'SELECT')
     GROUP BY c.relname ORDER BY c.relname""")


def readable() -> dict[str, list[str]]:
    """Every table with those of its columns that the application's role may read at all."""
    return {name: list(columns) for name, columns in db.session.execute(_READABLE)}


@cache
def _digest_sql() -> str:
    parts = [
        f"SELECT '{name}' AS name, count(*) AS rows,"  # noqa: S608 - of the catalog
        f" coalesce(sum(hashtextextended(ROW({', '.join(columns)})::text, 0)::numeric), 0) AS sum FROM {name}"
        for name, columns in readable().items()
        if name not in STILL | TRACE
    ]
    return " UNION ALL ".join(parts)


def digest() -> dict[str, tuple[int, int]]:
    """Of every table how many rows and what they hold: equal before and after what changed nothing."""
    db.session.rollback()
    enter_scope(SYSTEM)
    return {name: (rows, total) for name, rows, total in db.session.execute(sa.text(_digest_sql()))}


def rows() -> dict[str, set[str]]:
    """Every row of every table that the current scope is shown by the database alone, whole, as text."""
    return {
        name: set(
            db.session.scalars(sa.text(f"SELECT ROW({', '.join(columns)})::text FROM {name}"))  # noqa: S608 - of the catalog
        )
        for name, columns in readable().items()
        if name not in STILL
    }


_PROTECTED = sa.text("""
    SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname""")


def protected() -> dict[str, bool]:
    """Every table, and whether row-level security is on for all, its owner too."""
    return dict(db.session.execute(_PROTECTED).all())  # type: ignore[arg-type]
