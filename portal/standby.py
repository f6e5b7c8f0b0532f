"""Figures read from a standby, where DATABASE_READ_URL names one: docs/decisions/0032-several-machines.md."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from flask import current_app

from portal.db import db
from portal.logs import log

LATEST = 30  # seconds that it may lag behind; the worker's heartbeat is a change every 10
REST = 30  # seconds for which one that was away or late is not asked again
AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, psycopg.OperationalError)

# Since a failover it may be the primary itself.
_FRESH = sa.text(
    "SELECT NOT pg_is_in_recovery() OR clock_timestamp() - pg_last_xact_replay_timestamp() < :latest * interval '1 second'"
)


@contextmanager
def from_standby() -> Iterator[None]:
    """Statements within read from the standby; from the primary as ever where there is none, or it is away or late.

    What the session has written, the trace of this reading among it, is committed on the primary first: no trace, no
    page. Within, nothing can be written.
    """
    if "standby" not in db.engines or time.monotonic() < _rests_until():
        yield
        return
    db.session.commit()
    db.session.info["engine"] = "standby"
    try:
        if not _is_fresh():
            db.session.info.pop("engine")
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.info.pop("engine", None)


def _is_fresh() -> bool:
    try:
        fault = None if db.session.scalar(_FRESH, {"latest": LATEST}) else "late"
        db.session.commit()
    except AWAY:
        db.session.rollback()
        db.engines["standby"].dispose()
        fault = "away"
    if fault:
        current_app.extensions["standby_rests_until"] = time.monotonic() + REST
        log.warning("standby_not_read", fault=fault)
    return fault is None


def _rests_until() -> float:
    until: float = current_app.extensions.get("standby_rests_until", 0.0)
    return until
