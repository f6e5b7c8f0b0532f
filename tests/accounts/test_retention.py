"""What signing in leaves behind: it goes in time, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import jobs
from portal.accounts.models import OneTimeLink, SignInFailure, UserSession
from portal.accounts.retention import sweep_sign_ins
from portal.db import db
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def count(model: Any) -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


@pytest.mark.parametrize(("at", "kept"), [(ago(0.9), 1), (ago(1.1), 0)])
def test_a_failed_sign_in_is_kept_for_a_day(at: datetime, kept: int) -> None:
    db.session.add(SignInFailure(account_hash=b"hash", address="192.0.2.1", at=at))
    sweep_sign_ins(NOW)
    assert count(SignInFailure) == kept


@pytest.mark.parametrize(
    ("created", "ended", "kept"),
    [(29.4, 29, 1), (31.4, 31, 0), (30.4, None, 1), (31, None, 0)],
    ids=["ended lately", "ended long ago", "expired lately", "expired long ago"],
)
def test_a_session_is_kept_for_a_month_after_its_end(created: float, ended: float | None, kept: int) -> None:
    end = ago(ended) if ended else None
    user = make_user()
    db.session.add(UserSession(token_hash=b"t", user_id=user.id, created_at=ago(created), ended_at=end))
    sweep_sign_ins(NOW)
    assert count(UserSession) == kept


@pytest.mark.parametrize(
    ("expires", "used", "kept"),
    [(29, None, 1), (31, None, 0), (-1, None, 1), (29, 31, 0)],
    ids=["expired lately", "expired long ago", "open", "used long ago"],
)
def test_a_link_is_kept_for_a_month_after_its_end(expires: float, used: float | None, kept: int) -> None:
    user = make_user()
    link = OneTimeLink(token_hash=b"t", user_id=user.id, purpose="reset", expires_at=ago(expires))
    link.used_at = ago(used) if used else None
    db.session.add(link)
    sweep_sign_ins(NOW)
    assert count(OneTimeLink) == kept


def test_the_worker_knows_this_work() -> None:
    assert "portal.accounts.retention.sweep_sign_ins" in jobs._works
