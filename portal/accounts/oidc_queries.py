"""Identities of users at providers, and who stands behind one."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from portal.accounts.factors import get_ways
from portal.accounts.models import OneTimeLink, User
from portal.accounts.oidc_models import UserIdentity
from portal.agencies.models import Agency
from portal.db import beyond_scope, db


def list_identities(user_id: int) -> list[UserIdentity]:
    """Within the scope: one's own, or anybody's for an administrator."""
    query = sa.select(UserIdentity).where(UserIdentity.user_id == user_id).order_by(UserIdentity.id)
    return list(db.session.scalars(query))


def get_identity(issuer: str, subject: str) -> UserIdentity | None:
    query = sa.select(UserIdentity).where(UserIdentity.issuer == issuer, UserIdentity.subject == subject)
    return db.session.scalar(query)


def may_join(link: OneTimeLink) -> bool:
    """An invitation of somebody who has not come yet: whoever has signs in before they connect an identity, so that
    a mailbox alone opens no way round what they have set up."""
    with beyond_scope():
        user = db.session.get_one(User, link.user_id)
        come = user.password_hash is not None or get_ways(user.id).factors or list_identities(user.id)
        return link.purpose == "invitation" and not come


def may_enter(user: User, on: date) -> bool:
    """Neither suspended nor of an agency that is closed."""
    agency = db.session.get(Agency, user.agency_id) if user.agency_id else None
    return user.is_active and (agency is None or agency.is_open(on))
