"""Who shows more than a password when they sign in."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from portal.accounts.factor_models import Passkey, TotpKey
from portal.accounts.oidc_models import UserIdentity
from portal.accounts.oidc_provider import configured
from portal.db import beyond_scope, db


def list_with_factor(user_ids: Collection[int]) -> set[int]:
    """Those of these users who have a passkey, an authenticator app, or an identity where a second factor is shown."""
    showing = [provider.issuer for provider in configured() if provider.acr or provider.amr]
    have = sa.union(
        sa.select(Passkey.user_id).where(Passkey.user_id.in_(user_ids)),
        sa.select(TotpKey.user_id).where(TotpKey.user_id.in_(user_ids), TotpKey.confirmed_at.is_not(None)),
        sa.select(UserIdentity.user_id).where(
            UserIdentity.user_id.in_(user_ids), UserIdentity.issuer.in_(showing)
        ),
    )
    with beyond_scope():  # whether, and nothing else of it
        return set(db.session.scalars(have))
