"""Unsent drafts go when nobody has changed them for long: after a warning that was really sent a week before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.access import Role
from portal.accounts.models import User
from portal.db import db
from portal.jobs import periodic
from portal.mail import Email, OutboxEmail, post
from portal.referrals.drafts import KEPT, NOTICE
from portal.referrals.models import Referral
from portal.referrals.states import Status

BATCH = 20  # drafts whose rows one transaction holds
DRAFT = Referral.status == sa.literal_column(f"'{Status.DRAFT.value}'")  # as the index has it
WARNING = sa.func.concat(
    "draft:", Referral.id, ":", sa.func.to_char(sa.func.timezone("UTC", Referral.warned_at), "YYYY-MM-DD")
)


@periodic(seconds=600)
def clean_drafts(now: datetime | None = None) -> tuple[int, int]:
    """How many were warned of, and how many deleted."""
    now = now or datetime.now(UTC)
    warned = deleted = 0
    while drafts := _take(*_unwarned(now)):
        for draft in drafts:
            _warn(draft, now)
        warned += len(drafts)
        db.session.commit()
    while drafts := _take(*_over(now)):
        for draft in drafts:
            _delete(draft)
        deleted += len(drafts)
        db.session.commit()
    db.session.commit()
    return warned, deleted


def _take(*conditions: sa.ColumnElement[bool]) -> list[Referral]:
    """Some that fit; whoever is saving one just now keeps it, and another worker passes it by."""
    query = (
        sa.select(Referral)
        .where(DRAFT, *conditions)
        .order_by(Referral.touched_at, Referral.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _unwarned(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Due for a warning and without one, or with one that could not be sent."""
    lost = _warning(OutboxEmail.dead_at.is_not(None))
    return Referral.touched_at <= now - (KEPT - NOTICE), Referral.warned_at.is_(None) | lost


def _over(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Referral.touched_at <= now - KEPT, _warning(OutboxEmail.sent_at <= now - NOTICE)


def _warning(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(OutboxEmail.key == WARNING, condition)


def _warn(draft: Referral, now: datetime) -> None:
    """Tell whoever began it; where they have left, a manager of the area."""
    reader = db.session.get_one(User, draft.referrer_id)
    if not reader.is_active:
        reader = _get_manager(draft.area_id) or reader
    post(
        Email(
            key=f"draft:{draft.id}:{now.astimezone(UTC).date()}",
            template="draft_goes",
            address=reader.email,
            user_id=reader.id,
            language=reader.language,
            area_id=draft.area_id,
            params={"reference": draft.reference, "days": NOTICE.days},
        )
    )
    _set(draft, warned_at=now)


def _get_manager(area_id: int) -> User | None:
    query = sa.select(User).where(User.role == Role.IOM_MANAGER, User.suspended_at.is_(None))
    return db.session.scalar(query.where(User.areas.any(id=area_id)).order_by(User.id).limit(1))


def _set(draft: Referral, **values: Any) -> None:
    """By a statement of its own: the version stays, for whoever has the draft on a page."""
    db.session.execute(sa.update(Referral).where(Referral.id == draft.id).values(values))


def _delete(draft: Referral) -> None:
    audit.record("referral.lapsed", "referral", [draft.id], area_id=draft.area_id)
    db.session.execute(sa.delete(Referral).where(Referral.id == draft.id, DRAFT))
