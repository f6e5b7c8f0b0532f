"""Ages in groups, as birth dates: what the database counts by and what a list narrows to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l

FROM = (55, 45, 35, 25, 21, 18)  # where each group but the youngest begins
# By how many of `edges` a birth is not before: the oldest first.
NAMES = {
    "55": _l("55 and over"),
    "45": _l("45 to 54"),
    "35": _l("35 to 44"),
    "25": _l("25 to 34"),
    "21": _l("21 to 24"),
    "18": _l("18 to 20"),
    "0": _l("Under 18"),
}
CODES = tuple(NAMES)


def edges(today: date) -> list[date]:
    """For each of FROM the first birth date of those who are still younger."""
    return [_years_before(today, age) + timedelta(days=1) for age in FROM]


def born_between(code: str, today: date) -> tuple[date, date]:
    """First and last birth date of a group."""
    firsts: Sequence[date] = [date.min, *edges(today), date.max]
    place = CODES.index(code)
    return firsts[place], firsts[place + 1] - timedelta(days=1)


def _years_before(day: date, years: int) -> date:
    """Born on 29 February, one is a year older on 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
