"""Who a user is at a provider of identities, and which sessions that opened."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import Moment
from portal.db import Model


class UserIdentity(Model):
    """Issuer and subject, and never an email address: addresses are given to others."""

    __tablename__ = "user_identity"
    __table_args__ = (
        sa.Index("uq_user_identity_issuer_subject", "issuer", "subject", unique=True),
        sa.Index("uq_user_identity_user_id_issuer", "user_id", "issuer", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    linked_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class ProviderSession(Model):
    """A session that an identity opened; `sid` is the provider's name for its own session."""

    __tablename__ = "provider_session"

    token_hash: Mapped[bytes] = mapped_column(
        sa.ForeignKey("user_session.token_hash", ondelete="CASCADE"), primary_key=True
    )
    identity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_identity.id", ondelete="CASCADE"), index=True
    )
    sid: Mapped[str | None]


class SpentToken(Model):
    """The hash of something that is answered once only."""

    __tablename__ = "spent_token"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    spent_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now(), index=True)
