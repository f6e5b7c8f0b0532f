"""Open referrals to agencies that have closed: nobody there answers any more, so IOM refers them elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.agencies.models import Agency
from portal.db import current_scope, db
from portal.referrals.lists import COUNT_CAP, OPEN
from portal.referrals.models import Referral
from portal.referrals.queries import list_columns, visible
from portal.referrals.states import ENDED, Status


def is_stranded(referral: Referral, today: date) -> bool:
    closed_on = referral.service.agency.closed_on if referral.service else None
    return bool(closed_on and closed_on <= today and Status(referral.status) not in {Status.DRAFT, *ENDED})


def _stranded(today: date) -> tuple[sa.ColumnElement[bool], ...]:
    closed = sa.select(Agency.id).where(Agency.closed_on <= today)
    return OPEN, Referral.agency_id.in_(closed), visible(current_scope())


def count_stranded(today: date) -> int:
    """Of those in sight; COUNT_CAP where there are as many or more."""
    some = sa.select(Referral.id).where(*_stranded(today)).limit(COUNT_CAP).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def list_stranded(today: date) -> list[sa.Row[Any]]:
    """With the columns of IOM's lists, the longest waiting first."""
    query = list_columns(of_agency=False).where(*_stranded(today))
    return list(db.session.execute(query.order_by(Referral.sent_at, Referral.id).limit(COUNT_CAP)))
