"""The first page of each role: cards that count what needs them, each opening the list of exactly those."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.access import Role
from portal.referrals.listing import href
from portal.referrals.lists import COUNT_CAP, ListFilter, count_tabs


@dataclass(frozen=True)
class Card:
    """`count` is said as 99+ where there are more; `urgent` if it waits for the reader."""

    count: str
    text: str
    href: str
    urgent: bool = False


def agency_cards(user_id: int) -> list[Card]:
    counts = count_tabs(ListFilter("new"), [user_id])
    return [
        _card(counts, ListFilter("new"), _("New")),
        _card(counts, ListFilter("to_decide"), _("Waiting for your answer"), urgent=True),
        _card(counts, ListFilter("accepted"), _("Accepted or in service")),
        _card(counts, ListFilter("open"), _("All open")),
    ]


def iom_cards(user_id: int, role: Role) -> tuple[list[Card], list[Card]]:
    """Of the user's own referrals; and of all in their areas."""
    mine, every = (
        count_tabs(ListFilter("open", mine=True), [user_id]),
        count_tabs(ListFilter("open"), [user_id]),
    )
    manager = role is Role.IOM_MANAGER
    own = [
        _card(mine, ListFilter("waiting", mine=True), _("Waiting for an answer")),
        _card(mine, ListFilter("declined", mine=True), _("Declined by the agency")),
        _card(mine, ListFilter("accepted", mine=True), _("Accepted or in service")),
    ]
    team = [
        _card(
            every,
            ListFilter("declined"),
            _("Declined, for you to review") if manager else _("Declined by the agency"),
            urgent=manager,
        ),
        _card(every, ListFilter("waiting"), _("Waiting for an answer")),
        _card(every, ListFilter("open"), _("All open")),
    ]
    return own, team


def _card(counts: dict[str, int], narrowed: ListFilter, text: str, urgent: bool = False) -> Card:
    count = counts[narrowed.tab]
    words = f"{COUNT_CAP - 1}+" if count >= COUNT_CAP else str(count)
    return Card(words, text, href(narrowed), urgent and count > 0)
