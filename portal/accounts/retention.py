"""What signing in leaves behind goes once it is of no use: failures after a day, sessions and links after a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.accounts.models import OneTimeLink, SignInFailure, UserSession
from portal.accounts.queries import LONGEST
from portal.db import db
from portal.jobs import periodic

FAILURES_KEPT = timedelta(days=1)
KEPT = timedelta(days=30)  # since a session or a link ended or expired


@periodic(seconds=3600)
def sweep_sign_ins(now: datetime | None = None) -> None:
    now = now or datetime.now(UTC)
    over = now - KEPT
    for what in (
        sa.delete(SignInFailure).where(SignInFailure.at < now - FAILURES_KEPT),
        sa.delete(UserSession).where(
            (UserSession.ended_at < over) | (UserSession.created_at < over - LONGEST)
        ),
        sa.delete(OneTimeLink).where((OneTimeLink.used_at < over) | (OneTimeLink.expires_at < over)),
    ):
        db.session.execute(what.execution_options(synchronize_session=False))
    db.session.commit()
