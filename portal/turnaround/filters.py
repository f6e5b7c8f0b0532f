"""Which referrals a figure counts, and the period it takes if nobody chooses one."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = 6
GROUPS = ("agency", "need", "area", "cohort", "month", "service")
DAYS = ("working", "calendar")
CLOCKS = ("gross", "net")


@dataclass(frozen=True)
class Filter:
    """What is counted: referrals sent from `from_on` to `to_on`, both included, as they stood on `as_of`.

    All are London dates. None means any. `area_id` is a police force area or a local authority, `days` the
    days counted, `clock` gross or net of the time in which it rested, `by` what each need's referrals are grouped by.
    """

    from_on: date
    to_on: date
    as_of: date
    days: str = "working"
    clock: str = "gross"
    by: str = "agency"
    need: str | None = None
    agency_id: int | None = None
    service_id: int | None = None
    area_id: int | None = None
    cohort: str | None = None


def period(
    today: date,
    from_on: date | None = None,
    to_on: date | None = None,
    as_of: date | None = None,
    back: int = MONTHS,
) -> tuple[date, date, date]:
    """From, to and as-of with what was not chosen filled in: as they stand today, six months (or more) up to it."""
    as_of = as_of or today
    to_on = to_on or as_of
    return from_on or months_before(to_on, back), to_on, as_of


def whole_months(
    today: date,
    from_on: date | None = None,
    to_on: date | None = None,
    as_of: date | None = None,
    back: int = MONTHS,
) -> tuple[date, date, date]:
    """The same for those who may ask only for whole months, none of which goes on: widened to their first and last
    days, as things stand today or stood at the end of a month. No two such questions differ by one day of sending."""
    as_of = as_of or today
    last = as_of if as_of == month_end(as_of) else last_month_end(as_of)
    as_of = as_of if as_of == today else last
    to_on = min(month_end(to_on), last) if to_on else last
    from_on = from_on or months_before(to_on.replace(day=1), back - 1)
    return from_on.replace(day=1), to_on, as_of


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def last_month_end(day: date) -> date:
    """The end of the month before; of the first month that there is, its own."""
    first = day.replace(day=1)
    return first - timedelta(days=1) if first > date.min else month_end(day)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
