"""What stands beside the questions of a review: needs with their live referrals, and who is in touch with the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from portal.i18n import language
from portal.people.models import Person
from portal.people.wording import LANGUAGES, manager
from portal.referrals.clock_words import Clock
from portal.referrals.listing import clock
from portal.referrals.queries import list_of_person
from portal.referrals.states import ENDED, Status
from portal.referrals.wording import status_tag
from portal.referring.person_words import NeedRow, need_rows
from portal.referring.queries import get_last_contact


@dataclass(frozen=True)
class Live:
    """A live referral: `status` is words and colour."""

    id: int
    reference: str
    service: str
    worker: str
    status: tuple[str, str]
    clock: Clock


@dataclass(frozen=True)
class NeedLook:
    """A need with the live referrals for it."""

    need: NeedRow
    live: list[Live]


def list_live(person: Person, today: date) -> list[tuple[str, Live]]:
    """(need, referral) for each that the reader may see, the newest first."""
    rows = [row for row in list_of_person(person.id) if row.status not in {Status.DRAFT, *ENDED}]
    return [(row.need_code, _live(row, today)) for row in rows]


def _live(row: Any, today: date) -> Live:
    name = (language() == "cy" and row.service_cy) or row.service
    return Live(
        row.id,
        row.reference,
        ", ".join(filter(None, (name, row.agency))),
        row.worker or "",
        status_tag(row.status, row.decision),
        clock(row, today),
    )


def need_looks(person: Person, live: Sequence[tuple[str, Live]]) -> list[NeedLook]:
    return [NeedLook(need, [one for code, one in live if code == need.code]) for need in need_rows(person)]


def contacts(person: Person, live: Sequence[tuple[str, Live]]) -> list[tuple[str, str | Markup]]:
    """(label, value) of everybody in touch with the person, and of how to reach them."""
    last = get_last_contact(person.id)
    services = dict.fromkeys(
        _("%(service)s (%(worker)s)", service=one.service, worker=one.worker) if one.worker else one.service
        for _code, one in live
    )
    rows: list[tuple[str, str | Markup]] = [
        (_("Police offender manager"), manager(person.police_om)),
        (_("Probation offender manager"), manager(person.probation_om)),
        (_("Services with a live referral"), "\n".join(services) or _("None")),
        (_("How to reach the person"), (last.contact if last else "") or _("Not on record")),
        (_("Language"), str(LANGUAGES[person.language])),
        (_("Interpreter"), person.interpreter),
        (_("Access needs"), person.access_needs),
        (_("Address"), _("No fixed address") if person.no_fixed_address else ""),
        (_("Local authority"), person.local_authority.name(language()) if person.local_authority else ""),
    ]
    return [(label, value) for label, value in rows if value]
