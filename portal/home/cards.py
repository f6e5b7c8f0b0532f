"""The first page of each role: cards that count what needs them, each opening the list of exactly those."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access import Permission, Role, may
from portal.accounts.queries import SignedIn
from portal.needs.queries import count_unreferred
from portal.referrals.listing import href
from portal.referrals.lists import COUNT_CAP, ListFilter
from portal.reminders.needs import Tabs, count_needs
from portal.reviews.listing import href as reviews_href
from portal.reviews.queries import DueFilter
from portal.trace.unusual import count_waiting
from portal.undelivered.queries import count_given_up

# What may need someone: words, where it opens, and whether it is shown although there is none.
NEEDS: dict[str, tuple[Any, str, bool]] = {
    "new": (_l("New"), href(ListFilter("new")), True),
    "due": (_l("Due today"), href(ListFilter("due")), True),
    "late": (_l("Overdue"), href(ListFilter("late")), True),
    "to_decide": (_l("To decide"), href(ListFilter("to_decide")), True),
    "asked": (_l("Questions to answer"), href(ListFilter("asked", mine=True)), True),
    "late_of_mine": (_l("Past what was agreed"), href(ListFilter("late", mine=True)), True),
    "to_review": (_l("Declined, for you to review"), href(ListFilter("declined")), True),
    "declined": (_l("Declined by the agency"), href(ListFilter("declined", mine=True)), True),
    "reviews": (_l("People to review"), reviews_href(DueFilter(mine=True)), False),
    "challenged": (_l("Declines that IOM challenges"), href(ListFilter("challenged")), False),
    "unread": (_l("New messages"), href(ListFilter("unread")), False),
    "chases": (_l("IOM is pressing for an answer"), "#chases", False),
    "unrecorded": (_l("Appointments to record"), "/appointments", False),
    "today": (_l("Appointments today"), "/appointments", False),
    "unassigned": (_l("Nobody works on it yet"), "/caseload", False),
    "to_sign": (_l("Agreements to sign"), "/agreements?show=waiting", False),
    "ending": (_l("Agreements that end soon"), "/agreements?show=ending", False),
    "stranded": (_l("Open at an agency that has closed"), "/referrals/closed-agencies", False),
    "access": (_l("Staff whose access to review"), "/access", False),
}
URGENT = {"late", "late_of_mine", "to_review", "challenged"}


@dataclass(frozen=True)
class Card:
    """`count` is said as 99+ where there are more; `urgent` if it waits for the reader."""

    count: str
    text: str
    href: str
    urgent: bool = False


def need_cards(user: SignedIn, now: datetime, tabs: Tabs) -> list[Card]:
    """What needs this user now, counted as their digest counts it."""
    counts = count_needs(user, now, tabs)
    found = []
    for name, (text, address, always) in NEEDS.items():
        if counts.get(name) or (always and name in _of(user)):
            found.append(_card(counts.get(name, 0), str(text), address, urgent=name in URGENT))
    return found


def access_cards(to_review: int) -> list[Card]:
    """Of an administrator, who has no other need to be counted."""
    text, address, _always = NEEDS["access"]
    return [_card(to_review, str(text), address)] if to_review else []


def _of(user: SignedIn) -> set[str]:
    """Cards that stand on this role's page although there is none of them."""
    if user.side == "agency":
        return {"new", "due", "late", "to_decide"}
    return {"asked", "late_of_mine", "to_review" if user.as_role is Role.IOM_MANAGER else "declined"}


def unusual_cards() -> list[Card]:
    """For those who review access: how many unusual readings wait for an answer, where any does."""
    count = count_waiting() if may(Permission.REVIEW_ACCESS) else 0
    return [_card(count, _("Unusual reading"), "/access/unusual", urgent=True)] if count else []


def mail_cards() -> list[Card]:
    """For administrators: emails that were given up, where there are any."""
    count = count_given_up() if may(Permission.ADMINISTER) else 0
    return [_card(count, _("Email that did not arrive"), "/admin/mail", urgent=True)] if count else []


def moving_cards(user: SignedIn, tabs: Tabs) -> list[Card]:
    """What is on its way: for IOM of the user's own referrals, for an agency of all of them."""
    mine = user.side == "iom"
    counts = tabs(ListFilter("open", mine=mine))
    names = {"accepted": _("Accepted or in service"), "open": _("All open")}
    if mine:
        names = {"waiting": _("Waiting for an answer"), **names}
    return [_card(counts[tab], text, href(ListFilter(tab, mine=mine))) for tab, text in names.items()]


def area_cards(tabs: Tabs) -> list[Card]:
    """IOM: of everybody's referrals in the user's areas."""
    counts = tabs(ListFilter("open"))
    names = {
        "waiting": _("Waiting for an answer"),
        "late": _("Past what was agreed"),
        "challenged": _("Challenged"),
        "open": _("All open"),
    }
    return [_card(counts[tab], text, href(ListFilter(tab))) for tab, text in names.items()]


def register_cards(user: SignedIn) -> list[Card]:
    """IOM: needs that nobody has referred, of the user's own people and of everybody in their areas."""
    return [
        _card(count_unreferred(user.id, most=COUNT_CAP), _("Of your people"), "/needs/unreferred"),
        _card(count_unreferred(most=COUNT_CAP), _("In your areas"), "/needs/unreferred?whose=all"),
    ]


def _card(count: int, text: str, address: str, *, urgent: bool = False) -> Card:
    words = f"{COUNT_CAP - 1}+" if count >= COUNT_CAP else str(count)
    return Card(words, text, address, urgent and count > 0)
