"""A list's tabs, filters and rows, made lean for the template: dates formatted once, addresses built by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.clocks.working_days import WorkingDays
from portal.i18n import language, long_date
from portal.referrals import wording
from portal.referrals.queries import AGENCY_TABS, COUNT_CAP, IOM_TABS, ListFilter

TAB_NAMES = {
    "new": _l("New"),
    "to_decide": _l("To decide"),
    "waiting": _l("Waiting for an answer"),
    "declined": _l("Declined"),
    "accepted": _l("Accepted"),
    "open": _l("All open"),
    "ended": _l("Ended"),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(NamedTuple):
    """One line of a list, in words. All escaped when it is made, so that the template need not do it cell by cell."""

    reference: Markup
    who: Markup
    need: Markup
    cohort: Markup
    asked_by: Markup
    service: Markup
    status: Markup
    colour: Markup
    clock: Markup
    worker: Markup

    @property
    def href(self) -> str:
        return f"/referrals/{self.reference}"


def read_filter(args: Mapping[str, str], *, agency_side: bool) -> ListFilter:
    """The filter in the address; what cannot be read there is left out."""
    tabs = AGENCY_TABS if agency_side else IOM_TABS
    tab, need, cohort = args.get("tab", ""), args.get("need"), args.get("cohort")
    return ListFilter(
        tab=tab if tab in tabs else next(iter(tabs)),
        mine=args.get("mine") == "1",
        need=need if need in NEEDS else None,
        cohort=cohort if cohort in COHORT_NAMES else None,
        service_id=_number(args.get("service")),
        agency_id=_number(args.get("agency")),
        after=_cursor(args.get("after")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _cursor(text: str | None) -> tuple[datetime, int] | None:
    """`microseconds.id` of the last row of the page before."""
    parts = (text or "").split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 18 for part in parts):
        return None
    return datetime.fromtimestamp(int(parts[0]) / 1_000_000, UTC), int(parts[1])


def href(narrowed: ListFilter, after: str | None = None) -> str:
    values = {
        "tab": narrowed.tab,
        "mine": "1" if narrowed.mine else None,
        "need": narrowed.need,
        "cohort": narrowed.cohort,
        "service": narrowed.service_id,
        "agency": narrowed.agency_id,
        "after": after,
    }
    return f"/referrals?{urlencode({key: value for key, value in values.items() if value})}"


def next_href(narrowed: ListFilter, rows: list[Any]) -> str:
    last = rows[-1]
    microseconds = (last.sent_at - EPOCH).total_seconds() * 1_000_000
    return href(narrowed, after=f"{microseconds:.0f}.{last.id}")


def tabs(narrowed: ListFilter, counts: dict[str, int], *, agency_side: bool) -> list[dict[str, Any]]:
    found = []
    for tab in AGENCY_TABS if agency_side else IOM_TABS:
        count = counts.get(tab)
        found.append(
            {
                "text": str(TAB_NAMES[tab]),
                "href": href(replace(narrowed, tab=tab, after=None)),
                "current": tab == narrowed.tab,
                "count": f"{COUNT_CAP - 1}+" if count is not None and count >= COUNT_CAP else count,
            }
        )
    return found


def filter_panel(narrowed: ListFilter, *, agency_side: bool) -> Markup:
    return _panel(replace(narrowed, after=None), agency_side, language())


@lru_cache(maxsize=512)
def _panel(narrowed: ListFilter, agency_side: bool, _language: str) -> Markup:
    """The same for everybody with these filters, and drawn on every page of a list: so it is kept."""
    template = current_app.jinja_env.get_template("referrals/_filters.html")
    return Markup(template.render(filters=_filters(narrowed, agency_side), narrowed=narrowed))  # noqa: S704 # nosec B704


def _filters(narrowed: ListFilter, agency_side: bool) -> dict[str, Any]:
    """What the filter panel offers and what of it is chosen, each with the address that removes it."""
    chosen: list[dict[str, Any]] = []

    def chip(heading: str, text: str, without: ListFilter) -> None:
        chosen.append(
            {"heading": heading, "chips": [{"text": text, "href": href(replace(without, after=None))}]}
        )

    if narrowed.mine:
        chip(_("Whose"), _("Mine"), replace(narrowed, mine=False))
    if narrowed.need:
        chip(_("Need"), str(NEEDS[narrowed.need]), replace(narrowed, need=None))
    if narrowed.cohort:
        chip(_("Cohort"), str(COHORT_NAMES[narrowed.cohort]), replace(narrowed, cohort=None))
    if narrowed.service_id:
        chip(_("Service"), _("One service"), replace(narrowed, service_id=None))
    if narrowed.agency_id:
        chip(_("Agency"), _("One agency"), replace(narrowed, agency_id=None))
    return {
        "selected": chosen,
        "clear_href": href(ListFilter(narrowed.tab)),
        "needs": [(code, str(text)) for code, text in NEEDS.items()],
        "cohorts": [(code, str(text)) for code, text in COHORT_NAMES.items()],
        "mine_text": _("Only those I work on") if agency_side else _("Only those I sent"),
    }


def lean_rows(rows: list[Any], today: date, calendar: WorkingDays, *, agency_side: bool) -> list[Row]:
    """The rows in words; what rows have in common is put into words once."""
    welsh = language() == "cy"
    need_names = {code: escape(NEEDS[code]) for code in {row.need_code for row in rows}}
    cohort_names = {code: escape(COHORT_NAMES[code]) for code in {row.cohort for row in rows} if code}
    tags = {
        key: [escape(word) for word in wording.status_tag(*key)] for key in {_tagged(row) for row in rows}
    }
    found = []
    for row, clock in zip(rows, _clocks(rows, today, calendar), strict=True):
        status, colour = tags[_tagged(row)]
        who = row.initials if agency_side or not row.surname else f"{row.forenames} {row.surname}"
        found.append(
            Row(
                reference=escape(row.reference),
                who=escape(who or ""),
                need=need_names[row.need_code],
                cohort=cohort_names.get(row.cohort, NOTHING),
                asked_by=escape(f"{row.referrer}, {row.name_cy if welsh else row.name_en}"),
                service=escape(
                    ", ".join(filter(None, ((welsh and row.service_cy) or row.service, row.agency)))
                ),
                status=status,
                colour=colour,
                clock=clock,
                worker=escape(row.worker or ""),
            )
        )
    return found


NOTHING = Markup("")


def _tagged(row: Any) -> tuple[str, str | None]:
    return row.status, row.decision


def _clocks(rows: list[Any], today: date, calendar: WorkingDays) -> list[Markup]:
    """Each row's clock in words; the days of a page are counted at once."""
    starts = np.array([row.sent_on or today for row in rows], dtype="datetime64[D]")
    stops = np.array([row.decided_on or today for row in rows], dtype="datetime64[D]")
    said, found = language(), []
    for row, days in zip(rows, calendar.between_many(starts, stops).tolist(), strict=True):
        if row.sent_on is None:
            found.append(NOTHING)
        elif row.withdrawn_at and not row.decided_on:
            found.append(escape(_("Withdrawn on %(date)s", date=long_date(row.withdrawn_at))))
        else:
            found.append(_clock(days, row.decided_on is not None, said))
    return found


@lru_cache(maxsize=2048)
def _clock(days: int, answered: bool, _language: str) -> Markup:
    return escape(wording.clock_words(days, answered=answered))
