"""The emails of chasing: to the level that is asked, and back to whoever asked. They name nobody."""

from __future__ import annotations

import sqlalchemy as sa

from portal.access import Role
from portal.accounts.models import User
from portal.agencies.models import Service
from portal.chasing.models import Chase
from portal.db import db
from portal.mail import Email
from portal.people.models import PersonReader
from portal.referrals.emails import list_responders, to_agency, to_user
from portal.referrals.models import Referral

TEMPLATES = {"chase": "chased", "advocacy": "advocated", "escalation": "escalated"}


def chased(referral: Referral, chase: Chase) -> list[Email]:
    """To the addressees of the chase's level; where the agency has nobody at that level, to its intake."""
    template, key = TEMPLATES[chase.kind], f"chase:{chase.id}"
    service = db.session.get_one(Service, referral.service_id)
    asked = _asked(referral, service, chase.level)
    mails = [to_user(template, referral, user, key) for user in asked]
    if not mails:
        mails = to_agency(template, referral, service, key)
    if chase.level == "managers":
        managers = (user for user in list_iom_managers(referral) if user.id != chase.by_id)
        mails += [to_user(template, referral, user, key) for user in managers]
    return mails


def answered(referral: Referral, chase: Chase) -> Email:
    return to_user(
        "chase_answered", referral, db.session.get_one(User, chase.by_id), f"chase:{chase.id}:answer"
    )


def _asked(referral: Referral, service: Service, level: str) -> list[User]:
    if level == "worker":
        worker = db.session.get(User, referral.worker_id) if referral.worker_id else None
        return [worker] if worker and worker.is_active else []
    staff = list_responders(service, referral.area_id)
    return [user for user in staff if user.role == Role.AGENCY_MANAGER]


def list_iom_managers(referral: Referral) -> list[User]:
    """Active IOM managers of the referral's area; of a restricted person's, those named on the person."""
    query = (
        sa.select(User)
        .where(User.role == Role.IOM_MANAGER.value, User.suspended_at.is_(None))
        .where(User.areas.any(id=referral.area_id))
        .order_by(User.id)
    )
    if referral.restricted:
        named = sa.select(PersonReader.user_id).where(PersonReader.person_id == referral.person_id)
        query = query.where(User.id.in_(named))
    return list(db.session.scalars(query))
