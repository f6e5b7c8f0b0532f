"""What an agency will see: the sections an officer may release, and the snapshot that is released."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.models import User
from portal.agencies.codes import NEEDS, PRIORITY_REASONS
from portal.i18n import long_date
from portal.people.models import Person
from portal.referrals.models import Referral, ReferralDetail

# Each is off unless chosen. What is asked, the need, the cohort and who asks are always sent.
SECTIONS = {
    "identity": _l("Name, date of birth, sex and language"),
    "contact": _l("How and when to reach the person"),
    "priority": _l("Why this is a priority, in words"),
    "risk": _l("Risk to staff"),
}


def snapshot(referral: Referral, person: Person, detail: ReferralDetail, referrer: User) -> dict[str, Any]:
    """Codes and words as they are now, by section, for the reader's own language to dress: the value of Release.content."""
    content: dict[str, Any] = {
        "asked": {
            "words": detail.asked,
            "priority_reasons": list(detail.priority_reasons),
            "needed_by": _iso(referral.needed_by),
            "available_from": _iso(referral.available_from),
            "further_needs": list(referral.further_needs),
        },
        "referrer": {"name": referrer.name, "email": referrer.email, "organisation": referrer.organisation},
    }
    chosen = {
        "identity": {
            "name": person.name,
            "preferred_name": person.preferred_name,
            "date_of_birth": _iso(person.date_of_birth),
            "sex": person.sex,
            "gender": person.gender,
            "language": person.language,
        },
        "contact": {
            "how": detail.contact,
            "unavailable": detail.unavailable,
            "language": detail.language,
            "access_needs": detail.access_needs,
            "no_fixed_address": person.no_fixed_address,
        },
        "priority": {"words": detail.priority_words},
        "risk": {"visit_alone": detail.visit_alone, "words": detail.risk_words},
    }
    content.update({section: chosen[section] for section in SECTIONS if section in detail.sections})
    return content


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


Pairs = list[tuple[str, str]]


def read_release(content: dict[str, Any]) -> dict[str, Pairs]:
    """A snapshot in the reader's language: for each section its (label, value) pairs; empty answers say so."""
    sections = {"asked": _asked(content["asked"], content["referrer"])}
    readers = {"identity": _identity, "contact": _contact, "priority": _priority, "risk": _risk}
    sections.update({name: read(content[name]) for name, read in readers.items() if name in content})
    return sections


def read_once(content: dict[str, Any]) -> dict[str, Pairs]:
    """`read_release` for the referral's page, each fact once: who it is about and who asks stand in the page's head,
    the words for the priority beside its reasons, and what was not given in one line."""
    sections = read_release(content)
    said_above = {_("Name"), _("Asked by")}
    sections["asked"][2:2] = sections.pop("priority", [])
    found = {}
    for name, pairs in sections.items():
        kept = [(label, value) for label, value in pairs if label not in said_above]
        empty = [label for label, value in kept if value == _("Not given")]
        found[name] = [(label, value) for label, value in kept if label not in empty]
        if empty:
            found[name].append((_("Not given"), "; ".join(empty)))
    return found


def _said(words: str | None) -> str:
    return words or _("Not given")


def _date(iso: str | None) -> str:
    return long_date(date.fromisoformat(iso)) if iso else _("Not given")


def _asked(asked: dict[str, Any], referrer: dict[str, str]) -> list[tuple[str, str]]:
    reasons = [str(PRIORITY_REASONS[code]) for code in asked["priority_reasons"]]
    pairs = [
        (_("What is asked"), _said(asked["words"])),
        (_("Why this is a priority"), "; ".join(reasons) or _("Not given")),
        (_("Needed by"), _date(asked["needed_by"])),
        (_("Available from"), _date(asked["available_from"])),
    ]
    if asked["further_needs"]:
        pairs.append((_("Further needs"), "; ".join(str(NEEDS[code]) for code in asked["further_needs"])))
    asker = ", ".join(filter(None, (referrer["name"], referrer["organisation"], referrer["email"])))
    return [*pairs, (_("Asked by"), asker)]


def _identity(identity: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [(_("Name"), identity["name"])]
    if identity["preferred_name"]:
        pairs.append((_("Preferred name"), identity["preferred_name"]))
    sexes = {"female": _("Female"), "male": _("Male")}
    languages = {"en": _("English"), "cy": _("Welsh"), "other": _("Another language")}
    return [
        *pairs,
        (_("Date of birth"), _date(identity["date_of_birth"])),
        (_("Sex"), sexes.get(identity["sex"], _("Not given"))),
        *([(_("Gender"), identity["gender"])] if identity["gender"] else []),
        (_("Language"), languages.get(identity["language"], _("Not given"))),
    ]


def _contact(contact: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [
        (_("How and when to reach the person"), _said(contact["how"])),
        (_("Times when the person is not available"), _said(contact["unavailable"])),
        (_("Interpreter or Welsh"), _said(contact["language"])),
        (_("Access needs"), _said(contact["access_needs"])),
    ]
    return [*pairs, (_("Address"), _("No fixed address"))] if contact["no_fixed_address"] else pairs


def _priority(priority: dict[str, Any]) -> list[tuple[str, str]]:
    return [(_("Why this is a priority, in words"), _said(priority["words"]))]


def _risk(risk: dict[str, Any]) -> list[tuple[str, str]]:
    answers = {
        "yes": _("Staff may visit alone"),
        "no": _("Staff must not visit alone"),
        "not_known": _("Not known"),
    }
    return [
        (_("Visiting alone"), answers.get(risk["visit_alone"] or "", _("Not given"))),
        (_("Known risks to staff"), _said(risk["words"])),
    ]
