"""Giving out work, and the waiting list. Actions never commit."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from portal.accounts.models import User
from portal.caseload.queries import UNASSIGNED
from portal.db import current_scope, db
from portal.referrals import emails
from portal.referrals.models import Event, Referral
from portal.referrals.moving import Actor, record, tell
from portal.referrals.queries import visible
from portal.referrals.states import OPEN, S, Status, TransitionRefused


def assign(
    referral: Referral, by: Actor, at: datetime, worker: User | None, *, quiet: bool = False
) -> Event | None:
    """Give an open referral to a worker, or to nobody; None where they have it already.

    The new worker is told, unless they took it themselves or are told of several at once (`quiet`).
    Raises TransitionRefused where it has ended.
    """
    _check(referral, "assign", OPEN)
    to_id, from_id = worker.id if worker else None, referral.worker_id
    if to_id == from_id:
        return None
    referral.worker_id = to_id
    event = record(referral, "assigned", by, at, {"from_id": from_id, "to_id": to_id})
    if worker and worker.id != by.id and not quiet:
        tell([emails.to_user("assigned", referral, worker, f"event:{event.id}")])
    return event


def take_next(by: User, at: datetime) -> Referral | None:
    """Give the longest waiting referral that nobody works on to whoever asks; None where there is none.

    A row that a colleague is taking at this moment is passed by: two never get the same one.
    """
    query = (
        sa.select(Referral)
        .where(UNASSIGNED, visible(current_scope()))
        .order_by(Referral.sent_at, Referral.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    referral = db.session.scalar(query.execution_options(populate_existing=True))
    if referral:
        assign(referral, by, at, by)
    return referral


def place(
    referral: Referral, by: Actor, at: datetime, position: int | None, expected_on: date | None
) -> Event | None:
    """Say where an accepted referral stands on the waiting list and from when help is expected.

    The referrer is told of a change; None where there was none. Raises TransitionRefused where it is not waiting.
    """
    _check(referral, "waiting_list", frozenset({S.ACCEPTED}))
    if (referral.waiting_position, referral.expected_on) == (position, expected_on):
        return None
    referral.waiting_position, referral.expected_on = position, expected_on
    expected = expected_on.isoformat() if expected_on else None
    event = record(referral, "waiting_list", by, at, {"position": position, "expected_on": expected})
    tell([emails.to_referrer("waiting_list", referral, event)])
    return event


def _check(referral: Referral, action: str, states: frozenset[Status]) -> None:
    if Status(referral.status) not in states:
        raise TransitionRefused(action, Status(referral.status))
