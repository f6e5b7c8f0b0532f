"""What the journey reads: one draft, a person's drafts, live referrals and history. Scoped to the viewer first."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.accounts.models import User, UserArea, UserService
from portal.agencies.models import Service
from portal.db import current_scope, db
from portal.referrals.models import Event, Referral, ReferralDetail
from portal.referrals.queries import visible

NEWEST = 50


def get_draft(reference: str, *, lock: bool = False) -> Referral | None:
    """The referral, draft or not, with its answers; locked, nobody else saves or sends it meanwhile."""
    query = sa.select(Referral).where(Referral.reference == reference, visible(current_scope()))
    if lock:
        query = query.with_for_update(of=Referral).execution_options(populate_existing=True)
    return db.session.scalar(
        query.options(joinedload(Referral.detail), joinedload(Referral.service).joinedload(Service.agency))
    )


def get_untouched_draft(person_id: int, need_code: str, user_id: int) -> Referral | None:
    """A draft of the user's for the same need in which nothing has been answered yet."""
    return db.session.scalar(
        sa.select(Referral)
        .join(ReferralDetail)
        .where(Referral.person_id == person_id, Referral.need_code == need_code)
        .where(Referral.status == "draft", Referral.referrer_id == user_id, ReferralDetail.done == [])
        .where(visible(current_scope()))
        .order_by(Referral.id.desc())
        .limit(1)
    )


def list_live(person_id: int, need_code: str, besides: int) -> dict[int, str]:
    """Service id to reference: what stands in the way of another referral for the same need."""
    query = sa.select(Referral.service_id, Referral.reference).where(
        Referral.person_id == person_id,
        Referral.need_code == need_code,
        Referral.status.not_in(["closed", "withdrawn"]),
        Referral.service_id.is_not(None),
        Referral.id != besides,
        visible(current_scope()),
    )
    return {row.service_id: row.reference for row in db.session.execute(query)}


def list_untold(service_ids: list[int], area_id: int) -> set[int]:
    """Services without an intake mailbox and without active staff who answer for them in this area."""
    for_service = sa.exists().where(UserService.user_id == User.id, UserService.service_id == Service.id)
    in_area = sa.exists().where(UserArea.user_id == User.id, UserArea.area_id == area_id)
    works_here = sa.select(User.id).where(
        User.agency_id == Service.agency_id,
        User.suspended_at.is_(None),
        User.every_service | for_service.correlate(User, Service),
        User.every_area | in_area.correlate(User),
    )
    query = sa.select(Service.id).where(
        Service.id.in_(service_ids), Service.intake_email.is_(None), ~works_here.exists()
    )
    return set(db.session.scalars(query))


def get_last_contact(person_id: int) -> ReferralDetail | None:
    """What was last written about how to reach this person and what risk there is, in a referral that was sent."""
    return db.session.scalar(
        sa.select(ReferralDetail)
        .join(Referral)
        .where(Referral.person_id == person_id, Referral.sent_at.is_not(None), visible(current_scope()))
        .where((ReferralDetail.contact != "") | (ReferralDetail.risk_words != ""))
        .order_by(Referral.sent_at.desc(), Referral.id.desc())
        .limit(1)
        .options(joinedload(ReferralDetail.referral))
    )


def list_events_of_person(person_id: int) -> list[tuple[Event, Any]]:
    """The newest events of a person's referrals, each with its referral's reference, need and service."""
    query = (
        sa.select(Event, Referral.reference, Referral.need_code, Service.name)
        .join(Referral, Referral.id == Event.referral_id)
        .join(Service, Service.id == Referral.service_id)
        .where(Referral.person_id == person_id, visible(current_scope()))
        .order_by(Event.happened_at.desc(), Event.id.desc())
        .limit(NEWEST)
        .options(joinedload(Event.by))
    )
    return [(row[0], row) for row in db.session.execute(query)]
