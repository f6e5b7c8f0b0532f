"""A user’s form as a browser posts it, and what stands in the database afterwards."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from portal.accounts.models import User
from portal.db import db
from tests.factories import SOUTH_WALES, area


def user_by(email: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == email)).one()


def form(**changes: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {
        "version": "new",
        "name": "Olwen Enghraifft",
        "email": "olwen@test.example",
        "organisation": "Probation Service",
        "language": "cy",
        "areas": [area(SOUTH_WALES).id],
    }
    return filled | changes


def last_trace() -> Any:
    return db.session.execute(
        sa.text("SELECT action, subject_ids FROM audit_entry ORDER BY id DESC LIMIT 1")
    ).one()
