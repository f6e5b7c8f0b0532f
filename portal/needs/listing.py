"""The lists of needs in words, their pages and tabs. An address holds numbers and codes, never a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.lookup import list_areas
from portal.i18n import language, long_date, short_date
from portal.needs import ages
from portal.needs.behind import Chosen
from portal.needs.counting import UNKNOWN
from portal.needs.page import state_headings
from portal.needs.queries import Cursor, count_unreferred
from portal.people.queries import LARGEST_ID, get_listed
from portal.people.wording import LANGUAGES, NEED_STATES, SEXES, Line, lines
from portal.turnaround.need_page import headings as step_headings

MOST = 100  # said as 99+


@dataclass(frozen=True)
class NeedLine:
    """One person’s line, and of a list of needs which need it is, where it stands and since when."""

    person: Line
    need: str = ""
    state: str = ""
    since: str = ""


@dataclass(frozen=True)
class Unreferred:
    """One need that waits for somebody to refer it; `before`: somebody has once."""

    person: Line
    code: str
    need: str
    since: str
    waiting: str
    before: bool


def people_lines(rows: list[Any]) -> list[NeedLine]:
    """Rows of `behind.list_behind`. People of whom sight was lost meanwhile are left out."""
    known = get_listed([row.id for row in rows])
    found = [row for row in rows if row.id in known]
    said = lines([known[row.id] for row in found])
    return [
        NeedLine(person, str(NEEDS[row.need_code]), str(NEED_STATES[row.state]), short_date(row.changed_on))
        if hasattr(row, "need_code")
        else NeedLine(person)
        for row, person in zip(found, said, strict=True)
    ]


def title(chosen: Chosen) -> str:
    """What the count of the dashboard is called."""
    if chosen.of_needs:
        need = str(NEEDS[chosen.of]) if chosen.of else _("All needs")
        return _("%(heading)s: %(figure)s", heading=need, figure=_need_words(chosen))
    if chosen.by == "all":
        return _("People on IOM")
    return _("%(heading)s: %(figure)s", heading=_("People on IOM"), figure=_value(chosen))


def _need_words(chosen: Chosen) -> str:
    words = (
        {**step_headings(), "all": pgettext("how many needs", "Unmet now")}
        if chosen.by != "state"
        else state_headings()
    )
    return words[chosen.value]


def _value(chosen: Chosen) -> str:
    if chosen.value == UNKNOWN:
        return _("Not known")
    if chosen.by == "authority":
        names = {str(area.id): area.name(language()) for area in list_areas("local_authority", closed=True)}
        return names.get(chosen.value, _("Not known"))
    names = {"cohort": COHORT_NAMES, "age": ages.NAMES, "sex": SEXES, "language": LANGUAGES}[chosen.by]
    return str(names[chosen.value])


def unreferred_lines(rows: list[Any], day: date) -> list[Unreferred]:
    known = get_listed([row.person_id for row in rows])
    found = [row for row in rows if row.person_id in known]
    return [
        Unreferred(
            person=person,
            code=row.need_code,
            need=str(NEEDS[row.need_code]),
            since=long_date(row.identified_on),
            waiting=_waiting((day - row.identified_on).days),
            before=row.referred_on is not None,
        )
        for row, person in zip(found, lines([known[row.person_id] for row in found]), strict=True)
    ]


def _waiting(days: int) -> str:
    return ngettext("%(num)d day", "%(num)d days", max(days, 0))


def unreferred_tabs(user_id: int, *, everybody: bool) -> list[dict[str, Any]]:
    """The user’s own people first."""
    return [
        {"text": text, "href": href, "current": current, "count": said(count_unreferred(mine, most=MOST))}
        for text, href, current, mine in (
            (_("My people"), "/needs/unreferred", not everybody, user_id),
            (_("Everyone in my areas"), "/needs/unreferred?whose=all", everybody, None),
        )
    ]


def said(number: int) -> str:
    return f"{MOST - 1}+" if number >= MOST else str(number)


def cursor(row: Any) -> str:
    """Of a list by name: the person, and the need where there is one."""
    return f"{row.id}.{row.need_code}" if hasattr(row, "need_code") else str(row.id)


def after_person(args: Mapping[str, str]) -> tuple[int, str] | None:
    """The last line of the page before; what cannot be read leads to the first page."""
    number, _dot, code = args.get("after", "").partition(".")
    person = _number(number)
    return None if person is None else (person, code if code in NEEDS else "")


def need_cursor(row: Any) -> str:
    return f"{row.identified_on.isoformat()}.{row.person_id}.{row.need_code}"


def after_need(args: Mapping[str, str]) -> Cursor | None:
    parts = args.get("after", "").split(".")
    person = _number(parts[1]) if len(parts) == 3 else None
    if person is None or parts[2] not in NEEDS:
        return None
    try:
        return date.fromisoformat(parts[0]), person, parts[2]
    except ValueError:
        return None


def _number(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if plain and int(text) <= LARGEST_ID else None


def pages(args: Mapping[str, str], after: str | None) -> dict[str, str | None]:
    """Where the first and the next page are, None where one is there already."""
    kept = {name: value for name, value in args.items() if name not in ("after", "lang")}

    def at(more: Mapping[str, str]) -> str:
        return f"{request.path}?{urlencode({**kept, **more})}"

    return {"first": at({}) if "after" in args else None, "next": at({"after": after}) if after else None}
