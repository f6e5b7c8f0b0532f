"""A draft's answers by task: what is kept where, and how to tell one state of them from another."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from portal.people.models import Person
from portal.referrals.models import Referral, ReferralDetail

ON_REFERRAL = {"need_code", "service_id", "further_needs", "available_from", "needed_by"}
FIELDS = {
    "need": ("need_code",),
    "service": ("service_id",),
    "request": (
        "asked", "further_needs", "priority_reasons", "priority_words", "available_from", "needed_by",
    ),
    "contact": ("contact", "unavailable", "language", "access_needs", "visit_alone", "risk_words"),
    "share": ("sections", "basis", "person_agrees", "agrees_words"),
}  # fmt: skip


def holder(draft: Referral, name: str) -> Referral | ReferralDetail:
    return draft if name in ON_REFERRAL else draft.detail


def read_answers(draft: Referral, task: str) -> dict[str, Any]:
    """The task's answers as they are saved, by field."""
    return {name: getattr(holder(draft, name), name) for name in FIELDS[task]}


def first_contact(person: Person, last: ReferralDetail | None, welsh: str) -> dict[str, Any]:
    """Answers to begin with: the person's record, and what the last referral said. Whether staff may visit alone
    is asked anew each time."""
    spoken = person.interpreter or (welsh if person.language == "cy" else "")
    return {
        "contact": last.contact if last else "",
        "unavailable": last.unavailable if last else "",
        "language": spoken or (last.language if last else ""),
        "access_needs": person.access_needs or (last.access_needs if last else ""),
        "risk_words": last.risk_words if last else "",
    }


def fingerprint(*states: Any) -> str:
    """Equal for equal states: codes, words, dates, and lists and mappings of them."""
    return hashlib.sha256(json.dumps(states, default=str, sort_keys=True).encode()).hexdigest()[:20]
