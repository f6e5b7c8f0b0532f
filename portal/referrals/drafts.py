"""How long an unsent draft is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from portal.clocks.clock import london_date

KEPT = timedelta(days=90)  # since it was last changed
NOTICE = timedelta(days=7)  # between the warning and the end


def goes_on(touched_at: datetime, warned_at: datetime | None, now: datetime | None = None) -> date:
    """The day on which it goes if nobody changes it: never before a week's warning."""
    warned_at = warned_at or now or datetime.now(UTC)
    return london_date(max(touched_at + KEPT, warned_at + NOTICE))
