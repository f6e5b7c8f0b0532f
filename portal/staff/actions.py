"""Answering for a user in a review of access, and closing the review. Actions never commit."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from portal import audit
from portal.access import Role
from portal.accounts import admin_actions
from portal.accounts.models import User
from portal.db import db
from portal.mail import Email, post
from portal.referrals.moving import Actor
from portal.staff.models import AccessAnswer, AccessReview
from portal.staff.queries import Unit


def open_review(unit: Unit, by: Actor) -> int:
    """The number of the unit's open review; begun, if none is. Two at once begin the same one."""
    values = {"agency_id": unit.agency_id, "area_id": unit.area_id, "opened_by_id": by.id}
    db.session.execute(insert(AccessReview).values(values).on_conflict_do_nothing())
    query = sa.select(AccessReview.id).where(
        AccessReview.agency_id.is_not_distinct_from(unit.agency_id),
        AccessReview.area_id.is_not_distinct_from(unit.area_id),
        AccessReview.closed_at.is_(None),
    )
    return db.session.scalars(query).one()


def answer(unit: Unit, user: User, by: Actor, said: str, words: str = "") -> AccessAnswer:
    """`said`: keep, change (administrators are told) or suspend (at once)."""
    made = _add(open_review(unit, by), user, by, said, words)
    if said == "suspend" and user.is_active:
        admin_actions.suspend(user)
    elif said == "change":
        _tell_administrators(made)
    return made


def mark_done(asked: AccessAnswer, user: User, by: Actor) -> None:
    """The change that was asked for has been made."""
    _add(asked.review_id, user, by, "done", "")


def is_answered_since(asked: AccessAnswer) -> bool:
    """Whether the change has been made, or something else been said of the user in that review."""
    later = sa.exists().where(
        AccessAnswer.review_id == asked.review_id,
        AccessAnswer.user_id == asked.user_id,
        AccessAnswer.id > asked.id,
    )
    return bool(db.session.scalar(sa.select(later)))


def close(unit: Unit, by: Actor, at: datetime) -> bool:
    """Whether it was open, and every user in it answered for."""
    if unit.review_id is None or unit.left:
        return False
    closed = db.session.execute(
        sa.update(AccessReview)
        .where(AccessReview.id == unit.review_id, AccessReview.closed_at.is_(None))
        .values(closed_at=at, closed_by_id=by.id)
    )
    audit.record("access.reviewed", agency_id=unit.agency_id, area_id=unit.area_id, by=by.id)
    return bool(closed.rowcount)  # type: ignore[attr-defined]


def _add(review_id: int, user: User, by: Actor, said: str, words: str) -> AccessAnswer:
    made = AccessAnswer(review_id=review_id, user_id=user.id, answer=said, words=words, by_id=by.id)
    db.session.add(made)
    db.session.flush()
    audit.record("access.answered", "user", [user.id], agency_id=user.agency_id, by=by.id, answer=said)
    return made


def _tell_administrators(asked: AccessAnswer) -> None:
    administrators = sa.select(User).where(User.role == Role.ADMINISTRATOR.value, User.suspended_at.is_(None))
    for user in db.session.scalars(administrators):
        key = f"access_change:{asked.id}:user:{user.id}"
        post(Email(key, "access_change", user.email, user.id, user.language, None, {}))
