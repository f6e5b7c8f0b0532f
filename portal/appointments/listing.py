"""A day's appointments made lean for the template, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from portal.agencies.codes import NEEDS
from portal.appointments.wording import MODE_NAMES, STATE_COLOURS, STATE_NAMES
from portal.i18n import clock_time, date_and_time, language


class DayRow(NamedTuple):
    """`record_href` where the reader has yet to say what happened."""

    when: str
    clock: str
    href: str
    reference: str
    who: str
    need: str
    service: str
    how: str
    worker: str
    state: str
    colour: str
    record_href: str | None


def day_rows(rows: Iterable[Any], *, agency_side: bool) -> list[DayRow]:
    now = datetime.now(UTC)
    return [_row(row, agency_side=agency_side, passed=row.at <= now) for row in rows]


def _row(row: Any, *, agency_side: bool, passed: bool) -> DayRow:
    href = f"/referrals/{row.reference}"
    service = (language() == "cy" and row.service_cy) or row.service
    record = agency_side and passed and row.state == "offered"
    return DayRow(
        when=date_and_time(row.at),
        clock=clock_time(row.at),
        href=href,
        reference=row.reference,
        who=(row.initials or "") if agency_side else f"{row.forenames} {row.surname}",
        need=str(NEEDS[row.need_code]),
        service=service if agency_side else f"{service}, {row.agency}",
        how=", ".join(filter(None, (str(MODE_NAMES[row.mode]), row.place))),
        worker=row.worker or "",
        state=str(STATE_NAMES[row.state]),
        colour=STATE_COLOURS.get(row.state, "grey"),
        record_href=f"{href}/appointments/{row.id}/attendance" if record else None,
    )


def read_day(text: str | None, today: date) -> date:
    """The day in the address; today where there is none that can be read."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return today
    return day if abs((day - today).days) <= 3660 else today


def href(day: date, *, every: bool) -> str:
    return f"/appointments?day={day.isoformat()}{'&whose=all' if every else ''}"
