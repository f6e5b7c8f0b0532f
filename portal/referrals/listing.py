"""A list's tabs, filters and rows, made lean for the template: dates formatted once, addresses built by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.dialects.postgresql import Range

from portal.agencies.calendar import working_days
from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.i18n import language
from portal.referrals import clock_words, wording
from portal.referrals.lists import AGENCY_TABS, COUNT_CAP, IOM_TABS, ListFilter

TAB_NAMES = {
    "new": _l("New"),
    "to_decide": _l("To decide"),
    "due": _l("Due today"),
    "late": _l("Overdue"),
    "waiting": _l("Waiting for an answer"),
    "asked": _l("Questions"),
    "declined": _l("Declined"),
    "challenged": _l("Challenged"),
    "accepted": _l("Accepted"),
    "unread": _l("New messages"),
    "open": _l("All open"),
    "ended": _l("Ended"),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_filter(args: Mapping[str, str], *, agency_side: bool) -> ListFilter:
    """The filter in the address; what cannot be read there is left out."""
    tabs = AGENCY_TABS if agency_side else IOM_TABS
    tab, need, cohort = args.get("tab", ""), args.get("need"), args.get("cohort")
    return ListFilter(
        tab=tab if tab in tabs else next(iter(tabs)),
        mine=args.get("mine") == "1",
        need=need if need in NEEDS else None,
        cohort=cohort if cohort in COHORT_NAMES else None,
        service_id=_number(args.get("service")) or None,
        agency_id=_number(args.get("agency")) or None,
        worker_id=_number(args.get("worker")),
        area_id=_number(args.get("area")) or None,
        after=read_cursor(args.get("after")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def read_cursor(text: str | None) -> tuple[datetime, int] | None:
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
        "worker": narrowed.worker_id,
        "area": narrowed.area_id,
        "after": after,
    }
    return f"/referrals?{urlencode({key: value for key, value in values.items() if value is not None})}"


def next_href(narrowed: ListFilter, rows: Sequence[Any]) -> str:
    return href(narrowed, after=cursor(rows[-1]))


def cursor(last: Any) -> str:
    """What `read_cursor` reads: the page after this row."""
    microseconds = (last.sent_at - EPOCH).total_seconds() * 1_000_000
    return f"{microseconds:.0f}.{last.id}"


def tabs(narrowed: ListFilter, counts: dict[str, int], *, agency_side: bool) -> Markup:
    """The tabs with what each holds; drawn once for the same counts."""
    return _tabs(narrowed._replace(after=None), tuple(counts.items()), agency_side, language())


@lru_cache(maxsize=256)
def _tabs(
    narrowed: ListFilter, counts: tuple[tuple[str, int], ...], agency_side: bool, _language: str
) -> Markup:
    found, number = [], dict(counts)
    for tab in AGENCY_TABS if agency_side else IOM_TABS:
        count = number.get(tab)
        found.append(
            {
                "text": str(TAB_NAMES[tab]),
                "href": href(narrowed._replace(tab=tab)),
                "current": tab == narrowed.tab,
                "count": f"{COUNT_CAP - 1}+" if count is not None and count >= COUNT_CAP else count,
            }
        )
    template = current_app.jinja_env.get_template("referrals/_tabs.html")
    return Markup(template.render(tabs=found))  # noqa: S704 # nosec B704


def filter_panel(narrowed: ListFilter, *, agency_side: bool) -> Markup:
    return _panel(narrowed._replace(after=None), agency_side, language())


@lru_cache(maxsize=64)
def _panel(narrowed: ListFilter, agency_side: bool, _language: str) -> Markup:
    """The same for everybody with these filters, and drawn on every page of a list: so it is kept."""
    template = current_app.jinja_env.get_template("referrals/_filters.html")
    return Markup(template.render(filters=_filters(narrowed, agency_side), narrowed=narrowed))  # noqa: S704 # nosec B704


def _filters(narrowed: ListFilter, agency_side: bool) -> dict[str, Any]:
    """What the filter panel offers and what of it is chosen, each with the address that removes it."""
    chosen: list[dict[str, Any]] = []

    def chip(heading: str, text: str, without: ListFilter) -> None:
        chosen.append(
            {"heading": heading, "chips": [{"text": text, "href": href(without._replace(after=None))}]}
        )

    if narrowed.mine:
        chip(_("Whose"), _("Mine"), narrowed._replace(mine=False))
    if narrowed.need:
        chip(_("Need"), str(NEEDS[narrowed.need]), narrowed._replace(need=None))
    if narrowed.cohort:
        chip(_("Cohort"), str(COHORT_NAMES[narrowed.cohort]), narrowed._replace(cohort=None))
    if narrowed.service_id:
        chip(_("Service"), _("One service"), narrowed._replace(service_id=None))
    if narrowed.agency_id:
        chip(_("Agency"), _("One agency"), narrowed._replace(agency_id=None))
    if narrowed.worker_id is not None:
        words = _("One worker") if narrowed.worker_id else _("Nobody yet")
        chip(_("Worker"), words, narrowed._replace(worker_id=None))
    if narrowed.area_id:
        chip(_("Area"), _("One area"), narrowed._replace(area_id=None))
    return {
        "selected": chosen,
        "clear_href": href(ListFilter(narrowed.tab)),
        "more_href": href(narrowed).replace("/referrals?", "/referrals/filter?"),
        "needs": [(code, str(text)) for code, text in NEEDS.items()],
        "cohorts": [(code, str(text)) for code, text in COHORT_NAMES.items()],
        "kept": [(name, value) for name, value in _kept(narrowed).items() if value is not None],
        "mine_text": _("Only those I work on") if agency_side else _("Only those I sent"),
    }


def _kept(narrowed: ListFilter) -> dict[str, Any]:
    """What the panel’s form carries along, having no field for it."""
    return {
        "tab": narrowed.tab,
        "service": narrowed.service_id,
        "agency": narrowed.agency_id,
        "worker": narrowed.worker_id,
        "area": narrowed.area_id,
    }


def table(rows: Sequence[Any], today: date, narrowed: ListFilter, *, more: bool, agency_side: bool) -> Markup:
    """The table of a list with the way to its other pages, or that nothing is there; drawn once for the same rows."""
    return _table(tuple(rows), today, narrowed, more, agency_side, language())


@lru_cache(maxsize=32)
def _table(
    rows: Sequence[Any], today: date, narrowed: ListFilter, more: bool, agency_side: bool, _language: str
) -> Markup:
    template = current_app.jinja_env.get_template("referrals/_list.html")
    drawn = template.render(
        lines=lines(rows, today, agency_side=agency_side),
        next_href=next_href(narrowed, rows) if more else None,
        first_href=href(narrowed) if narrowed.after else None,
        agency_side=agency_side,
        narrowed=narrowed,
    )
    return Markup(drawn)  # noqa: S704 # nosec B704


def lines(rows: Sequence[Any], today: date, *, agency_side: bool, columns: str = "all") -> list[Markup]:
    """The rows as lines of the table `referrals/_table.html`: `columns` all, or person for one person's."""
    said = language()
    return [_line(row, today, agency_side, columns, said) for row in rows]


@lru_cache(maxsize=2048)
def _line(row: Any, today: date, agency_side: bool, columns: str, said: str) -> Markup:
    """One line. Kept for as long as its values are the same: of an inbox, most are those of the last look at it."""
    welsh = said == "cy"
    status, colour = wording.status_tag(row.status, row.decision)
    template = current_app.jinja_env.get_template("referrals/_line.html")
    line = template.render(
        row=row,
        columns=columns,
        who=row.initials if agency_side or not row.surname else f"{row.forenames} {row.surname}",
        asked_by=f"{row.referrer}, {row.name_cy if welsh else row.name_en}",
        service=", ".join(filter(None, ((welsh and row.service_cy) or row.service, row.agency))),
        agency_side=agency_side,
        status=status,
        colour=colour,
        clock=clock(row, today),
    )
    return Markup(line)  # noqa: S704 # nosec B704


def clock(row: Any, today: date) -> clock_words.Clock:
    """That of a row of `queries.list_columns`."""
    if row.sent_on is None:
        return clock_words.Clock("")
    course = clock_words.course_of(row)._replace(rests=parse_rests(row.rests))
    return clock_words.row_clock(course, today, working_days())


def parse_rests(text: str) -> list[Range[date]]:
    """PostgreSQL's {[2026-11-02,2026-11-05),[2026-11-09,)} as ranges; nearly all are {}."""
    found = []
    for lower, upper in re.findall(r"\[([\d-]+),([\d-]*)\)", text):
        found.append(Range(date.fromisoformat(lower), date.fromisoformat(upper) if upper else None))
    return found
