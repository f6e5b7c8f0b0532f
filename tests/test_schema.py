"""The migrations and the models say the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask

import portal.accounts.factor_models
import portal.accounts.oidc_models
import portal.appointments.models
import portal.chasing.models
import portal.keeping.models
import portal.meetings.models
import portal.people.cohort_models
import portal.people.reading
import portal.quality.models
import portal.register.extract_models
import portal.register.models
import portal.staff.models
import portal.trace.unusual_models  # noqa: F401
from portal.db import Model, db

# Tables that the program reaches by SQL alone, so that nothing can write to them through a model.
QUEUE = {"huey_counter", "huey_kv", "huey_schedule", "huey_task", "worker_heartbeat"}
TALLY = {"turnaround_tally", "turnaround_change"}
DOUBLED = {"doubled_number"}
TRACE = {"audit_entry", "audit_link", "audit_head", "audit_chained", "search_term"}
VIEWS = {"access_member"}
ONCE = {"form_use"}
WITHOUT_MODEL = {"alembic_version"} | TRACE | VIEWS | ONCE | QUEUE | TALLY | DOUBLED


def test_no_migration_is_pending(app: Flask) -> None:
    with app.app_context(), db.engines["owner"].connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, type_, _parents: type_ != "table" or name not in WITHOUT_MODEL,
            },
        )
        assert compare_metadata(context, Model.metadata) == []


def test_no_view_or_function_asks_for_the_servers_own_date(database: None) -> None:
    """Days end at London's midnight (portal/clocks); `london_today()` says which it is."""
    asking = sa.text(
        "SELECT viewname FROM pg_views WHERE schemaname = 'public' AND definition ILIKE '%current_date%'"
        " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND prosrc ILIKE '%current_date%'"
    )
    assert db.session.scalars(asking).all() == []
