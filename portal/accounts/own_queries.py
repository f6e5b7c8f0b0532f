"""Where one is signed in."""

from __future__ import annotations

import sqlalchemy as sa

from portal.accounts.models import UserSession
from portal.accounts.queries import IDLE, LONGEST
from portal.db import db


def list_open_sessions(user_id: int) -> list[UserSession]:
    """Where the user is signed in now, the latest used first."""
    query = sa.select(UserSession).where(
        UserSession.user_id == user_id,
        UserSession.ended_at.is_(None),
        UserSession.seen_at > sa.func.now() - IDLE,
        UserSession.created_at > sa.func.now() - LONGEST,
    )
    return list(db.session.scalars(query.order_by(UserSession.seen_at.desc())))
