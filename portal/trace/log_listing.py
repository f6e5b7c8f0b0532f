"""Entries of the access log made lean for the page and the file, and what they are narrowed by."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.access import ROLE_NAMES, Role
from portal.agencies.listing import Chip, ChipGroup
from portal.i18n import _l, clock_time, short_date
from portal.people.queries import names_of
from portal.trace.log_queries import Asked, email_of, places_of, references_of
from portal.trace.log_words import action_in_words

SHOWN = 5  # numbers on one line of the page; the file has them all
SUBJECTS = {
    "person": (_l("Person"), _l("People")),
    "referral": (_l("Referral"), _l("Referrals")),
    "user": (_l("User"), _l("Users")),
    "agency": (_l("Agency"), _l("Agencies")),
    "area": (_l("Area"), _l("Areas")),
    "service": (_l("Service"), _l("Services")),
    "agreement": (_l("Agreement"), _l("Agreements")),
    "hub_session": (_l("Hub session"), _l("Hub sessions")),
    "usual_wait": (_l("Usual wait"), _l("Usual waits")),
    "history_import": (_l("Past referrals"), _l("Past referrals")),
    "extract_import": (_l("Extract"), _l("Extracts")),
    "retention": (_l("Period"), _l("Periods")),
    "refused_person": (_l("Person"), _l("People")),
    "refused_referral": (_l("Referral"), _l("Referrals")),
}


@dataclass(frozen=True)
class Line:
    """One entry in words. `user_href` is None for what the portal did by itself, and for whoever was not signed in."""

    id: int
    day: str
    time: str
    name: str
    user_href: str | None
    role: str
    what: str
    about: str


def lines(rows: Sequence[Any]) -> list[Line]:
    called = _called(rows)
    return [
        Line(
            row.id,
            short_date(row.at),
            clock_time(row.at),
            _who(row),
            f"/admin/users/{row.user_id}" if row.name and row.role != Role.SYSTEM else None,
            ", ".join(filter(None, (_role(row), row.organisation))),
            action_in_words(row.action),
            _about(row, called),
        )
        for row in rows
    ]


def export_rows(rows: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    """A heading, and a row for each entry with all its numbers; times are UTC."""
    yield (
        _("Entry"), _("Position in the chain"), _("Time (UTC)"), _("User number"), _("User"), _("Role"),
        _("Organisation"), _("Action"), _("What they did"), _("Subject"), _("Numbers"), _("References"),
        _("Area number"), _("Agency number"), _("Details"),
    )  # fmt: skip
    called, places = _called(rows), places_of([row.id for row in rows])
    for row in rows:
        refs = (
            [called[number] for number in row.subject_ids if number in called] if _of_referrals(row) else []
        )
        values = (
            row.id, places.get(row.id), row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), row.user_id, row.name, _role(row),
            row.organisation, row.action, action_in_words(row.action), row.subject, _joined(row.subject_ids),
            _joined(refs), row.area_id, row.agency_id, json.dumps(row.detail) if row.detail else "",
        )  # fmt: skip
        yield tuple("" if value is None else str(value) for value in values)


def chips(asked: Asked, address: Callable[..., str]) -> list[ChipGroup]:
    """What the list is narrowed by, each with the address of the list without it. Its days are always narrowed."""
    words = {
        "user": (_("User"), names_of([asked.user]).get(asked.user) or _("User %(number)s", number=asked.user)),
        "person": (_("Person"), f"{asked.person}"),
        "referral": (_("Referral"), references_of([asked.referral or 0]).get(asked.referral or 0, f"{asked.referral}")),
        "action": (_("What they did"), action_in_words(asked.action or "")),
    }  # fmt: skip
    return [
        ChipGroup(heading, [Chip(text, address(asked, before=None, **{name: None}))])
        for name, (heading, text) in words.items()
        if getattr(asked, name) is not None
    ]


def as_typed(asked: Asked) -> dict[str, Any]:
    """What somebody would have typed into the form to ask for this."""
    referral = references_of([asked.referral]).get(asked.referral, "") if asked.referral else ""
    return {
        "email": email_of(asked.user) if asked.user else "",
        "about": str(asked.person or referral),
        "action": asked.action,
        "from_on": asked.from_on,
        "to_on": asked.to_on,
    }


def _called(rows: Sequence[Any]) -> dict[int, str]:
    return references_of({number for row in rows if _of_referrals(row) for number in row.subject_ids})


def _of_referrals(row: Any) -> bool:
    return row.subject in ("referral", "refused_referral")


def _who(row: Any) -> str:
    if row.user_id is None:
        return _("Nobody signed in") if row.action.startswith("sign_in") else _("The portal itself")
    return row.name or _("User %(number)s", number=row.user_id)


def _role(row: Any) -> str:
    return str(ROLE_NAMES.get(row.role, "")) if row.role else ""


def _about(row: Any, called: dict[int, str]) -> str:
    """Referrals by their reference, everything else by its number: “Person 12”, “People 3, 12, 40 and 22 more”."""
    if not row.subject or not row.subject_ids:
        return ""
    names = [
        called.get(number, f"{number}") if _of_referrals(row) else f"{number}" for number in row.subject_ids
    ]
    one, many = SUBJECTS.get(row.subject, (row.subject, row.subject))
    said = f"{one if len(names) == 1 else many} {', '.join(names[:SHOWN])}"
    if len(names) > SHOWN:
        return _("%(some)s and %(num)s more", some=said, num=len(names) - SHOWN)
    return said


def _joined(values: Sequence[Any]) -> str:
    return " ".join(map(str, values))
