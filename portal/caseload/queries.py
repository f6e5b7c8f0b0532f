"""Reading an agency's work: how much each worker has, what nobody has, and the waiting lists."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from portal.access import AGENCY
from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import current_scope, db
from portal.referrals.lists import OPEN, UNDECIDED
from portal.referrals.models import Referral, Release
from portal.referrals.queries import visible

AGENCYS_TURN = UNDECIDED | Referral.status.in_(("accepted", "in_service"))
UNASSIGNED = OPEN & AGENCYS_TURN & Referral.worker_id.is_(None)
MOST = 25


def list_staff(agency_id: int) -> list[User]:
    """Active staff of an agency who may answer, by name."""
    query = sa.select(User).where(User.agency_id == agency_id, User.suspended_at.is_(None))
    query = query.where(User.role.in_([role.value for role in AGENCY]))
    return list(db.session.scalars(query.order_by(User.name, User.id)))


def list_loads(day: date) -> dict[int | None, Any]:
    """By worker (None: nobody), how many open referrals of the viewer's scope they have, in one statement.

    Rows carry open, to_decide, asked (of those, waiting for IOM's answer), accepted, in_service, and late on that day.
    """

    def number(name: str, condition: sa.ColumnElement[bool]) -> sa.Label[int]:
        return sa.func.count().filter(condition).label(name)

    query = sa.select(
        Referral.worker_id,
        sa.func.count().label("open"),
        number("to_decide", UNDECIDED),
        number("asked", Referral.status == "information_requested"),
        number("accepted", Referral.status == "accepted"),
        number("in_service", Referral.status == "in_service"),
        number("late", Referral.late_from <= day),
    )
    query = query.where(OPEN, visible(current_scope())).group_by(Referral.worker_id)
    return {row.worker_id: row for row in db.session.execute(query)}


def count_unassigned() -> int:
    number: int = db.session.scalars(
        sa.select(sa.func.count()).select_from(Referral).where(UNASSIGNED, visible(current_scope()))
    ).one()
    return number


def list_unassigned(limit: int = MOST) -> list[Referral]:
    """Referrals that nobody works on, the longest waiting first, with their service."""
    query = (
        sa.select(Referral).where(UNASSIGNED, visible(current_scope())).options(joinedload(Referral.service))
    )
    return list(db.session.scalars(query.order_by(Referral.sent_at, Referral.id).limit(limit)))


def list_waiting(limit: int = 200) -> list[tuple[Referral, str | None]]:
    """(Referral with service and worker, initials) on a waiting list, by service and then in the list's order."""
    query = (
        sa.select(Referral, Release.initials)
        .join(Service, Service.id == Referral.service_id)
        .outerjoin(Release, (Release.referral_id == Referral.id) & Release.current)
        .where(
            OPEN,
            Referral.status == "accepted",
            visible(current_scope()),
            Referral.waiting_position.is_not(None),
        )
        .options(contains_eager(Referral.service), joinedload(Referral.worker))
        .order_by(Service.name, Service.id, Referral.waiting_position, Referral.accepted_at, Referral.id)
        .limit(limit)
    )
    return [(referral, initials) for referral, initials in db.session.execute(query)]
