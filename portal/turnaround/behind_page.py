"""The page of the referrals behind a figure: which figure the address means, what it is called, and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from portal.agencies.codes import DECLINE_CAUSES, DECLINE_REASONS, NEEDS, WITHDRAWAL_REASONS
from portal.db import current_scope
from portal.referrals import listing
from portal.turnaround import behind, sections
from portal.turnaround.behind import LONGEST_FIRST, OF_PRIORITY, Chosen, Number
from portal.turnaround.catalogue import ANSWER_DAYS, BY_CODE
from portal.turnaround.declines import UNSAID
from portal.turnaround.filters import Filter, month_end
from portal.turnaround.groups import month_name
from portal.turnaround.page import OWN_ARGUMENTS
from portal.turnaround.summary import span
from portal.turnaround.summary_columns import BESIDES, LATE, LEFT_OUT, PRIORITY, SENT, WAITING

# In time, and not.
IN_TIME = {
    "M0": (_l("Acknowledged in time"), _l("Not acknowledged in time")),
    "M1": (_l("Answered in time"), _l("Not answered in time")),
    "M2": (_l("First appointment offered in time"), _l("First appointment not offered in time")),
    "M3": (_l("Help started in time"), _l("Help not started in time")),
    "M4": (PRIORITY[0], _l("Priority not granted")),
}
TITLES = {
    "sent": SENT[0],
    "left_out": LEFT_OUT[0],
    "priority": PRIORITY[0],
    "not_priority": _l("Priority not granted"),
    "granted_besides": BESIDES[0],
    "waiting": WAITING[0],
    "late_now": LATE[0],
    "declined": _l("Referrals declined"),
    "withdrawn": _l("Referrals withdrawn"),
    "accepted": _l("Referrals accepted"),
    "started": _l("Help started"),
    "refused": _l("Declined, final"),
    "open": _l("Still open"),
    "ended": _l("Closed with an outcome"),
    "met": _l("Need met"),
    "partly_met": _l("Need partly met"),
    "not_met": _l("Need not met"),
    "pressed": _l("Referrals pressed for"),
    "escalated": _l("Referrals escalated"),
    "late_agency": _l("Written down late by the agency"),
    "late_iom": _l("Written down late by IOM"),
    "released": _l("Accepted, closed before help started"),
    "reassigned": _l("Given to another worker"),
    "reversed": _l("Declines reversed"),
    "wrong_service": _l("Declined as the wrong service"),
    "referred_again": _l("Referred again elsewhere"),
}
MEANINGS = {
    "sent": SENT[1],
    "left_out": LEFT_OUT[1],
    "priority": PRIORITY[1],
    "not_priority": _l(
        "Not accepted as a priority within 20 working days, of referrals sent at least that long ago and not withdrawn "
        "before an answer."
    ),
    "granted_besides": BESIDES[1],
    "waiting": WAITING[1],
    "late_now": LATE[1],
    "declined": _l("Every referral that the agency declined, also where it reversed that later."),
    "withdrawn": _l("Referrals that IOM withdrew, before an answer or after it."),
    "pressed": _l(
        "Pressed for: chased, escalated, or quicker access asked for, at least once, of referrals sent in the period."
    ),
}


@dataclass(frozen=True)
class Page:
    """`tabs`: the figure and what makes it whole, where it is a part of one. `ids`: the numbers of those shown."""

    title: str
    about: list[str]
    tabs: list[sections.Tab]
    lines: list[Markup]
    caption: str
    imported: str
    first_href: str | None
    next_href: str | None
    ids: list[int]


def read_chosen(args: Mapping[str, str]) -> Chosen | None:
    """The figure that the address means; None where there is no such figure."""
    figure, measure = args.get("figure", "sent"), args.get("measure", "M1")
    reason, cause = args.get("reason") or None, args.get("cause") or None
    reasons: dict[str, tuple[str, ...]] = {
        "declined": tuple(DECLINE_REASONS),
        "withdrawn": (*WITHDRAWAL_REASONS, UNSAID),
    }
    if figure not in behind.FIGURES or measure not in BY_CODE:
        return None
    if figure == behind.ELSEWHERE and current_scope().kind == "agency":
        return None
    if reason and reason not in reasons.get(figure, ()):
        return None
    if cause and (figure != "declined" or cause not in DECLINE_CAUSES):
        return None
    month = args.get("month") or None
    if month and not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        return None
    return Chosen(figure, measure, reason, cause, month)


def narrowed(asked: Filter, chosen: Chosen) -> Filter:
    """The part of the period in the month chosen; nothing, where it lies outside."""
    if chosen.month is None:
        return asked
    first = date.fromisoformat(f"{chosen.month}-01")
    return replace(asked, from_on=max(asked.from_on, first), to_on=min(asked.to_on, month_end(first)))


def build(asked: Filter, chosen: Chosen, today: date, after: tuple[datetime, int] | None) -> Page:
    """Two statements."""
    scope = current_scope()
    numbers = behind.count_behind(asked, chosen, scope)
    rows, more = behind.list_behind(asked, chosen, scope, after)
    longest = chosen.figure in LONGEST_FIRST
    return Page(
        title=title(chosen),
        about=_about(asked, chosen, today, numbers[chosen.figure]),
        tabs=_tabs(chosen, numbers),
        lines=listing.lines(rows, today, agency_side=scope.kind == "agency"),
        caption=_("The longest waiting first") if longest else _("The latest first"),
        imported=_imported(numbers[chosen.figure].imported),
        first_href=sections.href("referrals", after=None) if after else None,
        next_href=sections.href("referrals", after=listing.cursor(rows[-1])) if more else None,
        ids=[row.id for row in rows],
    )


def title(chosen: Chosen) -> str:
    pair = next((pair for pair in behind.PAIRS[:2] if chosen.figure in pair), None)
    name = IN_TIME[chosen.measure][pair.index(chosen.figure)] if pair else TITLES[chosen.figure]
    words, why = str(name), _why(chosen)
    return _("%(figure)s: %(why)s", figure=words, why=why) if why else words


def _why(chosen: Chosen) -> str:
    if chosen.month:
        return month_name(chosen.month)
    if chosen.cause:
        return str(DECLINE_CAUSES[chosen.cause])
    if chosen.reason == UNSAID:
        return _("Reason not recorded")
    if chosen.reason:
        declined = chosen.figure == "declined"
        return str(DECLINE_REASONS[chosen.reason][1] if declined else WITHDRAWAL_REASONS[chosen.reason])
    return ""


def _about(asked: Filter, chosen: Chosen, today: date, number: Number) -> list[str]:
    said = [
        ngettext("%(num)d referral.", "%(num)d referrals.", number.all)
        if number.all
        else _("There are no referrals here."),
        *_meaning(asked, chosen),
    ]
    if chosen.figure not in OF_PRIORITY and chosen.measure != "M1":
        said.append(str(BY_CODE[chosen.measure].question))
    if asked.as_of != today:
        said.append(_("They are listed as they stand today."))
    return said


def _meaning(asked: Filter, chosen: Chosen) -> Iterator[str]:
    if chosen.figure in MEANINGS and (chosen.measure == "M1" or chosen.figure not in LONGEST_FIRST):
        yield str(MEANINGS[chosen.figure])
    elif chosen.figure in behind.PAGE_OF:
        return
    elif chosen.figure in LONGEST_FIRST:
        yield _("Referrals for which it has not happened yet, whenever they were sent.")
    elif chosen.figure in ("kept", "not_kept"):
        yield _(
            "In time: within the days that the agency agreed with IOM, not counting days of waiting for IOM and pauses. Only "
            "referrals sent long enough ago to be judged are counted."
        )
    elif chosen.measure == "M4":
        yield str(MEANINGS["priority"])
    else:
        yield _(
            "In time: within %(days)s. Only referrals sent long enough ago to be judged are counted.",
            days=span(ANSWER_DAYS, asked.days),
        )


def _tabs(chosen: Chosen, numbers: Mapping[str, Number]) -> list[sections.Tab]:
    if len(chosen.both) == 1:
        return []
    return [
        sections.Tab(
            title(replace(chosen, figure=name)),
            sections.href("referrals", figure=name, after=None),
            name == chosen.figure,
            numbers[name].all,
        )
        for name in chosen.both
    ]


def _imported(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "%(num)d of them was imported from a spreadsheet and has no page.",
        "%(num)d of them were imported from spreadsheets and have no pages.",
        number,
    )


def back_href(chosen: Chosen, args: Mapping[str, str]) -> str:
    """The page of figures that the figure stands on, at its need."""
    here = dict.fromkeys(OWN_ARGUMENTS)
    if chosen.figure in behind.PAGE_OF:
        return sections.href(behind.PAGE_OF[chosen.figure], **here)
    if chosen.month:
        return sections.href("trend", **here | {name: args.get(name) or None for name in ("need", "agency")})
    slug = args.get("agency", "") if args.get("service") else ""
    need = args.get("need")
    return sections.href(slug, **here) + (f"#need-{need}" if need in NEEDS else "")
