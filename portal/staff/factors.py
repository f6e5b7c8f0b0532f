"""Who has a second factor."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from portal.db import db

_KEPT = sa.text("SELECT to_regclass('passkey') IS NOT NULL AND to_regclass('totp_key') IS NOT NULL")
_HAVE = sa.text(
    "SELECT user_id FROM passkey WHERE user_id = ANY (CAST(:ids AS int[]))"
    " UNION SELECT user_id FROM totp_key WHERE confirmed_at IS NOT NULL AND user_id = ANY (CAST(:ids AS int[]))"
)


def list_with_factor(user_ids: Collection[int]) -> set[int] | None:
    """Those of these users who have a passkey or an authenticator app; None where the portal keeps no factors."""
    if not db.session.scalar(_KEPT):
        return None
    return set(db.session.scalars(_HAVE, {"ids": list(user_ids)}))
