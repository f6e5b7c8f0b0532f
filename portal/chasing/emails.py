"""The emails of chasing: to the level that is asked, and back to whoever asked. They name nobody."""

from __future__ import annotations

import sqlalchemy as sa

from portal.access import Role
from portal.accounts.models import User
from portal.chasing.models import Chase
from portal.db import db
from portal.mail import Email
from portal.people.models import PersonReader
from portal.referrals.emails import to_managers, to_user, to_worker
from portal.referrals.models import Event, Referral

TEMPLATES = {"chase": "chased", "advocacy": "advocated", "escalation": "escalated"}


def chased(referral: Referral, chase: Chase, event: Event) -> list[Email]:
    """To the addressees of the chase's level; where the agency has nobody there, to whoever may answer."""
    template = TEMPLATES[chase.kind]
    if chase.level == "worker":
        return to_worker(template, referral, event)
    mails = to_managers(template, referral, event)
    if chase.level == "managers":
        managers = (user for user in list_iom_managers(referral) if user.id != chase.by_id)
        mails += [to_user(template, referral, user, f"event:{event.id}") for user in managers]
    return mails


def answered(referral: Referral, chase: Chase, event: Event) -> list[Email]:
    """To whoever chased, unless they have left."""
    chaser = db.session.get_one(User, chase.by_id)
    return [to_user("chase_answered", referral, chaser, f"event:{event.id}")] if chaser.is_active else []


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
