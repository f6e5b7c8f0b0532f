"""What an agency will see: the sections an officer may release, and the snapshot that is released."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.accounts.models import User
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
