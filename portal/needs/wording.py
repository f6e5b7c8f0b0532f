"""One need in words: its days, the live referrals that decide where it stands, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.i18n import long_date
from portal.people.models import NeedStatement, PersonNeed
from portal.people.wording import NEED_STATES
from portal.referrals.wording import STATUS_NAMES
from portal.referring.person_words import NEED_COLOURS


@dataclass(frozen=True)
class Said:
    """What somebody said of the need, since when, and who."""

    state: str
    since: str
    by: str
    words: str


class NeedInWords:
    """`days`: (what happened, first on which day) of those that have."""

    def __init__(self, need: PersonNeed) -> None:
        self.state, self.colour = str(NEED_STATES[need.state]), NEED_COLOURS[need.state]
        self.since = long_date(need.changed_on)
        self.days = [
            (label, long_date(day))
            for label, day in (
                (_("Identified"), need.identified_on),
                (_("First referred"), need.referred_on),
                (_("First accepted"), need.accepted_on),
                (_("Help first started"), need.started_on),
            )
            if day
        ]


def live_lines(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """Reference and state of each."""
    return [(row.reference, str(STATUS_NAMES[row.status])) for row in rows]


def statement_lines(statements: Iterable[NeedStatement]) -> list[Said]:
    return [
        Said(
            state=str(NEED_STATES[each.state]),
            since=long_date(each.on_day),
            by=each.by.name if each.by else "",
            words=each.words,
        )
        for each in statements
    ]
