"""The working calendar as the database holds it, read once per process: `init` only ever adds future years."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app

from portal.agencies.models import CalendarDay
from portal.clocks.working_days import WorkingDays
from portal.db import db


def working_days() -> WorkingDays:
    kept: WorkingDays | None = current_app.extensions.get("working_days")
    if kept is None:
        holidays = db.session.scalars(
            sa.select(CalendarDay.day).where(CalendarDay.holiday).order_by(CalendarDay.day)
        )
        kept = current_app.extensions["working_days"] = WorkingDays(list(holidays))
    return kept
