"""The appointments of one day: a worker's own, or those of an officer's referrals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.appointments import queries
from portal.appointments.listing import day_rows, href, read_day
from portal.clocks.clock import london_date

bp = Blueprint("appointments_day", __name__)
ONE = timedelta(days=1)


@bp.get("/appointments")
@require(Permission.SEE_REFERRALS)
def show() -> str:
    now, agency_side = datetime.now(UTC), current_user.side == "agency"
    today = london_date(now)
    day, every = read_day(request.args.get("day"), today), request.args.get("whose") == "all"
    rows = queries.list_day(day, None if every else queries.list_own_workers(current_user.id, day))
    unrecorded = _unrecorded(now, every=every) if agency_side else []
    audit.record("appointments.listed", "referral", [row.referral_id for row in (*unrecorded, *rows)])
    return render_template(
        "appointments/day.html",
        day=day,
        today=today,
        every=every,
        agency_side=agency_side,
        rows=day_rows(rows, agency_side=agency_side),
        unrecorded=day_rows(unrecorded, agency_side=agency_side),
        hrefs={
            "previous": href(day - ONE, every=every),
            "next": href(day + ONE, every=every),
            "today": href(today, every=every),
            "mine": href(day, every=False),
            "all": href(day, every=True),
        },
    )


def _unrecorded(now: datetime, *, every: bool) -> list[Any]:
    """What waits for a record: of the agency, or of this worker and whoever they cover for today."""
    mine = None if every else queries.list_own_workers(current_user.id, london_date(now))
    return queries.list_unrecorded(mine, now)
