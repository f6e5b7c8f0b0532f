"""Meetings as their tests need them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from portal.accounts.models import User
from portal.agencies.models import Agency
from portal.chasing.models import Chase
from portal.db import db
from portal.meetings import actions
from portal.meetings.models import Meeting
from portal.referrals.models import Referral
from tests.factories import area

NOW = datetime.now(UTC)
TODAY = NOW.date()
SOON = TODAY + timedelta(days=7)


def make_meeting(by: User, *agencies: Agency, held_on: date = SOON, code: str = "W15000003") -> Meeting:
    found = actions.add(area(code).id, held_on, "Canolfan", [agency.id for agency in agencies], by)
    db.session.commit()
    return found


def set_late(referral: Referral, days: int) -> Referral:
    """Past its promise for so many days; not yet, where they are negative."""
    referral.late_from = TODAY - timedelta(days=days)
    db.session.commit()
    return referral


def escalate(referral: Referral, by: User, **values: Any) -> None:
    db.session.add(
        Chase(
            **{
                "referral_id": referral.id,
                "agency_id": referral.agency_id,
                "service_id": referral.service_id,
                "area_id": referral.area_id,
                "kind": "escalation",
                "level": "managers",
                "channel": "phone",
                "at": NOW,
                "by_id": by.id,
                "token": f"test {referral.id} {len(values)}",
                **values,
            }
        )
    )
    db.session.commit()


def placed(page: str) -> dict[str, list[str]]:
    """Heading to references, as the page shows them."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"<h3[^>]*>", page)[1:]:
        title = section.split("<")[0].strip()
        references = re.findall(r'<th scope="row"[^>]*id="([A-Z]{2}[2-9]{4}[A-Z]{2})"', section)
        if references:
            found.setdefault(title, []).extend(references)
    return found
