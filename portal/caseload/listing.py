"""The rows of a team's pages, made lean for the templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from portal.accounts.models import Absence, User
from portal.agencies.codes import NEEDS
from portal.caseload.wording import away_until
from portal.clocks.working_days import WorkingDays
from portal.i18n import language, long_date
from portal.referrals import wording
from portal.referrals.clock_words import course_of, row_clock
from portal.referrals.models import Referral

COLUMNS = ("to_decide", "asked", "accepted", "in_service", "late")


class Load(NamedTuple):
    """How many of each a worker has, in the order of COLUMNS."""

    name: str
    href: str
    away: str | None
    numbers: tuple[int, ...]


class Unassigned(NamedTuple):
    reference: str
    need: str
    service: str
    status: str
    colour: str
    clock: str
    tone: str


class Waiting(NamedTuple):
    position: int
    reference: str
    who: str
    expected: str
    worker: str


def load_rows(staff: list[User], loads: Mapping[int | None, Any], away: Mapping[int, Absence]) -> list[Load]:
    """A row for each member of staff, those without work as well."""
    return [
        Load(
            user.name,
            f"/referrals?worker={user.id}&tab=open",
            away_until(away.get(user.id)),
            numbers(loads.get(user.id)),
        )
        for user in staff
    ]


def totals(loads: Mapping[int | None, Any]) -> tuple[int, ...]:
    """Over all workers and what nobody works on."""
    return tuple(map(sum, zip(*map(numbers, [*loads.values(), None]), strict=True)))


def numbers(load: Any) -> tuple[int, ...]:
    return tuple(getattr(load, column) if load else 0 for column in COLUMNS)


def unassigned_rows(referrals: list[Referral], today: date, calendar: WorkingDays) -> list[Unassigned]:
    found = []
    for referral in referrals:
        status, colour = wording.status_tag(referral.status, referral.decision)
        clock = row_clock(course_of(referral), today, calendar)
        service = referral.service.name_in(language()) if referral.service else ""
        need = str(NEEDS[referral.need_code])
        found.append(Unassigned(referral.reference, need, service, status, colour, clock.words, clock.tone))
    return found


def waiting_lists(rows: list[Any]) -> list[tuple[str, list[Waiting]]]:
    """Each service's name with its list in order; `rows` as queries.list_waiting gives them."""
    return [
        (service.name_in(language()), [_waiting(referral, initials) for referral, initials in group])
        for service, group in groupby(rows, key=lambda row: row[0].service)
    ]


def _waiting(referral: Referral, initials: str | None) -> Waiting:
    return Waiting(
        referral.waiting_position or 0,
        referral.reference,
        initials or "",
        long_date(referral.expected_on) if referral.expected_on else "",
        referral.worker.name if referral.worker else "",
    )
