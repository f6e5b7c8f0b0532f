"""Declines that IOM has not answered become final by themselves: silence agrees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from portal.access import Role
from portal.agencies.calendar import working_days
from portal.clocks.clock import london_date
from portal.db import db
from portal.jobs import periodic
from portal.logs import log
from portal.referrals.models import Referral
from portal.referrals.review_actions import lapse_decline
from portal.referrals.states import S

WORKING_DAYS = 10


@dataclass(frozen=True)
class Portal:
    """The portal itself, where it acts without anybody; events by it have no user."""

    id: int = 0
    role: str = Role.SYSTEM


def last_day_to_challenge(declined_at: datetime) -> date:
    """The day at whose end silence agrees. `declined_at`: the referral's status_since."""
    return working_days().add(london_date(declined_at), WORKING_DAYS)


@periodic(seconds=1800)
def lapse_declines(now: datetime | None = None) -> int:
    """Close what nobody has answered in time, one transaction each; how many that were."""
    now, lapsed = now or datetime.now(UTC), 0
    silent = sa.select(Referral.id).where(
        Referral.status == S.DECLINED.value, Referral.status_since < now - timedelta(days=WORKING_DAYS)
    )
    for referral_id in db.session.scalars(silent.order_by(Referral.id)).all():
        try:
            lapsed += _lapse(referral_id, now)
            db.session.commit()
        except Exception as error:  # of one referral: the others lapse all the same
            db.session.rollback()
            log.error("lapse_failed", referral=referral_id, error=error)
    return lapsed


def _lapse(referral_id: int, now: datetime) -> bool:
    again = sa.select(Referral).where(Referral.id == referral_id, Referral.status == S.DECLINED.value)
    referral = db.session.scalar(again.with_for_update(skip_locked=True))
    if referral is None or not _is_silent(referral, now):
        return False
    lapse_decline(referral, Portal(), now)
    return True


def _is_silent(referral: Referral, now: datetime) -> bool:
    since = referral.status_since
    return since is not None and london_date(now) > last_day_to_challenge(since)
