"""What needs a user now, counted in the scope of the session: exactly what the list behind each count shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.access import Role
from portal.accounts.absences import list_covered
from portal.accounts.models import User
from portal.accounts.queries import SignedIn
from portal.appointments.queries import count_day, count_unrecorded
from portal.caseload.queries import count_unassigned
from portal.chasing.queries import count_open
from portal.clocks.clock import london_date
from portal.db import current_scope
from portal.promises.listing import read_register
from portal.referrals.lists import ListFilter, count_tab, count_tabs
from portal.referring.stranded import count_stranded
from portal.reviews.queries import DueFilter, count_due
from portal.staff.queries import count_to_review

NAMES = (
    "asked", "late_of_mine", "declined", "to_review", "ending", "reviews",
    "late", "due", "new", "to_decide", "challenged", "unassigned", "to_sign",
    "unread", "today", "unrecorded", "chases", "access", "access_overdue", "stranded",
)  # fmt: skip
Tabs = Callable[[ListFilter], dict[str, int]]  # `count_tabs` of this user


def count_needs(user: User | SignedIn, now: datetime, tabs: Tabs | None = None) -> dict[str, int]:
    """A count for each of NAMES, 0 where it is none of the user's business. A list of 100 or more counts as 100.

    `tabs`: of a page that shows the same counts elsewhere, so that they are not made twice.
    """
    whose = [user.id, *list_covered(user.id, london_date(now))]
    tabs = tabs or (lambda narrowed: count_tabs(narrowed, whose))
    iom = user.as_role.side == "iom"
    counts = _of_iom(user, whose, now, tabs) if iom else _of_agency(user, whose, now, tabs)
    counts["unread"] = count_tab(ListFilter("unread"), whose)
    counts["today"] = count_day(london_date(now), whose)
    return dict.fromkeys(NAMES, 0) | counts


def _of_iom(user: User | SignedIn, whose: list[int], now: datetime, tabs: Tabs) -> dict[str, int]:
    """Whoever covers for a colleague has the colleague's referrals beside their own."""
    mine = tabs(ListFilter("open", mine=True))
    counts = {"asked": mine["asked"], "late_of_mine": mine["late"], "declined": mine["declined"]}
    counts["reviews"] = count_due(DueFilter(mine=True), whose, london_date(now))
    counts["stranded"] = count_stranded(london_date(now))
    if user.as_role is Role.IOM_MANAGER:
        counts["declined"] = 0  # they are among those to review
        counts["to_review"] = tabs(ListFilter("open"))["declined"]
        counts["ending"] = _agreements(user)["ending"]
        counts["access"], counts["access_overdue"] = count_to_review(user)
    return counts


def _of_agency(user: User | SignedIn, whose: list[int], now: datetime, tabs: Tabs) -> dict[str, int]:
    every = tabs(ListFilter("open"))
    counts = {name: every[name] for name in ("late", "due", "new", "to_decide")}
    counts |= {"unrecorded": count_unrecorded(whose, now), "chases": count_open()}
    if user.as_role is Role.AGENCY_MANAGER:
        counts |= {"challenged": every["challenged"], "unassigned": count_unassigned()}
        counts["to_sign"] = _agreements(user)["waiting"]
        counts["access"], counts["access_overdue"] = count_to_review(user)
    return counts


def _agreements(user: User | SignedIn) -> dict[str, int]:
    """How many stand in each list of the register, by the list's name."""
    tabs = read_register(user, current_scope(), "waiting").tabs
    return {tab.href.partition("=")[2]: tab.count for tab in tabs}
