"""A list's tabs, filters and rows, made lean for the template: dates formatted once, addresses built by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.clocks.working_days import WorkingDays
from portal.i18n import language, long_date
from portal.referrals import wording
from portal.referrals.models import Referral
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


@dataclass(frozen=True)
class Row:
    """One line of a list, in words."""

    reference: str
    href: str
    who: str
    need: str
    cohort: str
    asked_by: str
    service: str
    status: str
    colour: str
    clock: str
    worker: str


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


def filters(narrowed: ListFilter, *, agency_side: bool) -> dict[str, Any]:
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
    return {
        "selected": chosen,
        "clear_href": href(ListFilter(narrowed.tab)),
        "needs": [(code, str(text)) for code, text in NEEDS.items()],
        "cohorts": [(code, str(text)) for code, text in COHORT_NAMES.items()],
        "mine_text": _("Only those I work on") if agency_side else _("Only those I sent"),
    }


def lean_rows(rows: list[Any], now: datetime, calendar: WorkingDays, *, agency_side: bool) -> list[Row]:
    welsh = language() == "cy"
    needs = {code: str(text) for code, text in NEEDS.items()}
    cohorts = {code: str(text) for code, text in COHORT_NAMES.items()}
    tags: dict[tuple[str, str | None], tuple[str, str]] = {}
    found = []
    for row in rows:
        key = (row.status, row.decision)
        if key not in tags:
            tags[key] = wording.status_tag(*key)
        status, colour = tags[key]
        name = f"{row.forenames} {row.surname}" if row.surname else row.initials or ""
        found.append(
            Row(
                reference=row.reference,
                href=f"/referrals/{row.reference}",
                who=(row.initials or "") if agency_side else name,
                need=needs[row.need_code],
                cohort=cohorts.get(row.cohort, ""),
                asked_by=f"{row.referrer}, {row.name_cy if welsh else row.name_en}",
                service=row.service or "",
                status=status,
                colour=colour,
                clock=_clock(row, now, calendar),
                worker=row.worker or "",
            )
        )
    return found


def _clock(row: Any, now: datetime, calendar: WorkingDays) -> str:
    if row.sent_at is None:
        return ""
    if row.withdrawn_at and not row.decided_at:
        return _("Withdrawn on %(date)s", date=long_date(row.withdrawn_at))
    return wording.clock_words(row.sent_at, row.decided_at, now, calendar)


ACTION_BUTTONS: dict[str, list[tuple[str, Any, bool]]] = {
    "acknowledge": [("acknowledge", _l("Acknowledge"), True)],
    "accept": [
        ("accept-as-priority", _l("Accept as priority"), False),
        ("accept-as-standard", _l("Accept as standard"), False),
    ],
    "decline": [("decline", _l("Decline"), False)],
    "start": [("start", _l("Start service"), False)],
    "close": [("close", _l("Close referral"), False)],
    "agree_decline": [("agree-decline", _l("Agree with decline"), True)],
    "withdraw": [("withdraw", _l("Withdraw"), False)],
}


def page_actions(referral: Referral, allowed: list[str]) -> list[dict[str, Any]]:
    """The buttons this person may press now, the likeliest first; `post` ones act at once."""
    return [
        {"href": f"/referrals/{referral.reference}/{path}", "text": str(text), "post": post}
        for action in allowed
        for path, text, post in ACTION_BUTTONS.get(action, [])
    ]
