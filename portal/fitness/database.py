"""Checks of the database: the role that pages use, what row-level security guards, the schema, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal import schema
from portal.db import db
from portal.fitness.finding import Finding

FURTHEST = timedelta(seconds=5)
OWNER = "Let pages use a role that owns nothing, made with CREATE ROLE … LOGIN; keep the owner for DATABASE_OWNER_URL."

_ROLE = sa.text(
    """
SELECT r.rolsuper, r.rolbypassrls, r.rolcreatedb, r.rolcreaterole,
       has_database_privilege(current_database(), 'CREATE') OR has_schema_privilege('public', 'CREATE') AS creates,
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
               AND pg_has_role(r.rolname, c.relowner, 'MEMBER')) AS owns
  FROM pg_roles r WHERE r.rolname = current_user
"""
)
# Columns by which a row is about a person on IOM or their referral; and tables that hold such things under other names.
OF_PEOPLE = ("person_id", "referral_id", "leads_id", "one_id")
NAMED = (
    "person",
    "referral",
    "audit_entry",
    "outbox",
    "access_review",
    "access_answer",
    "search_term",
    "reading_reason",
)
_UNGUARDED = sa.text(
    """
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity)
   AND (c.relname = ANY (:named) OR EXISTS (
       SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attname = ANY (:columns)))
   AND has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')
 ORDER BY 1
"""
)
_DEMO = sa.text(
    "SELECT (SELECT count(*) FROM user_account WHERE demo AND suspended_at IS NULL) AS users,"
    " (SELECT count(*) FROM person WHERE demo AND erased_on IS NULL) AS people"
)


def role() -> Iterator[Finding]:
    found = db.session.execute(_ROLE).one()
    wrong = {
        "is a superuser": found.rolsuper,
        "has BYPASSRLS": found.rolbypassrls,
        "owns tables, or belongs to their owner": found.owns and not found.rolsuper,
        "may create databases or roles": found.rolcreatedb or found.rolcreaterole,
        "may create tables": found.creates and not found.rolsuper,
    }
    for words, is_so in wrong.items():
        if is_so:
            yield Finding(f"The role of DATABASE_URL {words}: row-level security would not hold it.", OWNER)


def migrations() -> Iterator[Finding]:
    at = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if at != schema.newest():
        yield Finding(
            f"The database is at revision {at}, this program expects {schema.newest()}.",
            "Run flask --app wsgi init.",
        )


def row_security() -> Iterator[Finding]:
    values = {"named": list(NAMED), "columns": list(OF_PEOPLE)}
    for table in db.session.scalars(_UNGUARDED, values):
        yield Finding(
            f"The table {table} holds data on people and row-level security does not guard it.",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
            " then find out who switched it off.",
        )


def demo_data() -> Iterator[Finding]:
    found = db.session.execute(_DEMO).one()
    if found.users or found.people:
        yield Finding(
            f"Fictional data are in the database: {found.users} demo accounts, {found.people} demo people.",
            "Begin with an empty database: flask --app wsgi init makes one. Demo data cannot be taken out.",
        )


def clock() -> Iterator[Finding]:
    there: datetime = db.session.scalars(sa.text("SELECT clock_timestamp()")).one()
    if abs(datetime.now(UTC) - there) > FURTHEST:
        yield Finding(
            f"The clocks of this machine and of the database differ by more than {FURTHEST.seconds} seconds.",
            "Let both keep time by NTP. One-time codes and the access log depend on it.",
        )
