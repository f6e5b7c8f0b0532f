"""The list of reviews made lean for its template: tabs, rows, addresses. An address holds ids and days, never a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.codes import COHORT_NAMES
from portal.i18n import short_date
from portal.people.wording import review_due
from portal.referrals.lists import COUNT_CAP
from portal.reviews.queries import TABS, DueFilter

TAB_NAMES = {"due": _l("Due or overdue"), "soon": _l("Next 4 weeks"), "every": _l("All on IOM")}


@dataclass(frozen=True)
class Line:
    """`due`: words and tone, late, due or none."""

    href: str
    name: str
    tags: list[str]
    cohort: str
    due: tuple[str, str]
    held: str
    managers: str


def read_filter(args: Mapping[str, str], *, mine: bool) -> DueFilter:
    """The filter in the address; what cannot be read there is left out. `mine`: where it does not say whose."""
    tab, whose = args.get("tab", ""), args.get("whose", "")
    return DueFilter(
        tab=tab if tab in TABS else TABS[0],
        mine=whose == "mine" if whose in ("mine", "all") else mine,
        after=_after(args.get("after", "")),
    )


def _after(text: str) -> tuple[date, int] | None:
    """`day.person` of the last row of the page before."""
    day, _dot, number = text.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def href(narrowed: DueFilter, after: str | None = None) -> str:
    values = {"whose": "mine" if narrowed.mine else "all", "tab": narrowed.tab, "after": after}
    return f"/register/reviews?{urlencode({key: value for key, value in values.items() if value})}"


def page_hrefs(narrowed: DueFilter, rows: Sequence[Any], *, more: bool) -> dict[str, str | None]:
    """Where the first and the next page are, None where one is there already."""
    return {
        "first": href(narrowed) if narrowed.after else None,
        "next": href(narrowed, f"{rows[-1].review_on}.{rows[-1].id}") if more else None,
    }


def tabs(narrowed: DueFilter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "text": str(TAB_NAMES[tab]),
            "href": href(narrowed._replace(tab=tab)),
            "current": tab == narrowed.tab,
            "count": f"{COUNT_CAP - 1}+" if counts[tab] >= COUNT_CAP else counts[tab],
        }
        for tab in TABS
    ]


def lines(rows: Iterable[Any], today: date) -> list[Line]:
    cohorts = {code: str(name) for code, name in COHORT_NAMES.items()}
    names = {"restricted": _("Restricted"), "wisdom": _("WISDOM"), "y2a": _("Y2A")}
    return [
        Line(
            href=f"/people/{row.id}",
            name=f"{row.forenames} {row.surname}",
            tags=[text for flag, text in names.items() if getattr(row, flag)],
            cohort=cohorts[row.cohort],
            due=review_due(row.review_on, today),
            held=short_date(row.held_on),
            managers=", ".join(dict.fromkeys(filter(None, (row.police_om, row.probation_om)))),
        )
        for row in rows
    ]
