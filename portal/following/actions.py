"""Changing what the agency sees: a new snapshot takes the place of the last. Actions never commit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.referrals import emails
from portal.referrals.models import Event, Referral, ReferralDetail, Release
from portal.referrals.moving import Actor, record, tell
from portal.referrals.queries import get_release
from portal.referrals.sharing import snapshot
from portal.referrals.states import OPEN, Status, TransitionRefused
from portal.referring.answers import FIELDS, ON_REFERRAL

KEPT = [name for task in ("request", "contact") for name in FIELDS[task] if name not in ON_REFERRAL]


def would_release(referral: Referral, answers: dict[str, Any]) -> dict[str, Any]:
    """The very snapshot that `update` would release with these answers."""
    detail = {name: getattr(referral.detail, name) for name in (*KEPT, "sections")}
    return snapshot(referral, referral.person, ReferralDetail(**(detail | answers)), referral.referrer)


def update(referral: Referral, by: Actor, at: datetime, answers: dict[str, Any]) -> Event:
    """Release a new snapshot and tell the agency; data of the event: {urgent, release}, urgent if a risk has changed.

    `answers`: fields of the referral's detail. The referral's version goes on, so that nobody in the agency acts on
    what they read before. Raises TransitionRefused where the referral is not open.
    """
    last = get_release(referral)
    if Status(referral.status) not in OPEN or last is None:
        raise TransitionRefused("update", Status(referral.status))
    content = would_release(referral, answers)
    for name, value in answers.items():
        setattr(referral.detail, name, value)
    referral.touched_at = at
    db.session.execute(sa.update(Release).where(Release.id == last.id).values(current=False))
    db.session.add(
        Release(
            referral_id=referral.id, agency_id=referral.agency_id, service_id=referral.service_id,
            area_id=referral.area_id, number=last.number + 1, initials=referral.person.initials,
            content=content, released_by_id=by.id,
        )
    )  # fmt: skip
    urgent = content.get("risk") != last.content.get("risk")
    event = record(referral, "updated", by, at, {"urgent": urgent, "release": last.number + 1})
    tell(emails.to_worker("updated_urgent" if urgent else "updated", referral, event))
    return event
