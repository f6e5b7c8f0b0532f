"""What changes hub sessions, each with its trace. Actions never commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal import audit
from portal.agencies.hub_models import HubSession
from portal.agencies.models import Agency
from portal.db import db


def add_session(values: Mapping[str, Any]) -> HubSession:
    """`values`: columns of HubSession."""
    session = HubSession(**values)
    session.demo = db.session.get_one(Agency, session.agency_id).demo
    db.session.add(session)
    _trace(session, "added")
    return session


def change_session(session: HubSession, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(session, name, value)
    _trace(session, "changed")


def end_session(session: HubSession, last_day: date) -> None:
    session.to_on = last_day
    _trace(session, "ended")


def _trace(session: HubSession, done: str) -> None:
    db.session.flush()
    audit.record(f"hub_session.{done}", "hub_session", [session.id], agency_id=session.agency_id)
