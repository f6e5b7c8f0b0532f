"""What goes by itself once its period is over, by the worker. What is to be reviewed stands in `due`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.db import db
from portal.jobs import periodic
from portal.keeping.periods import SWEPT, all_days


@periodic(seconds=3600)
def sweep(now: datetime | None = None) -> dict[str, int]:
    """How many of each kind went; each kind is a transaction of its own, so that one that fails stops no other."""
    now = now or datetime.now(UTC)
    days, gone = all_days(), {}
    for code in SWEPT:
        before = now - timedelta(days=days[code])
        gone[code] = db.session.scalar(sa.select(sa.func.sweep_expired(code, before))) or 0
        db.session.commit()
    return gone
