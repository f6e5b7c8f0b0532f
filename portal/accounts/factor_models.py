"""What users prove who they are with beside a password, and the devices on which they have done so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import Moment
from portal.db import Model


def _of_user(*, primary_key: bool = False, index: bool | None = None) -> Mapped[Any]:
    account = sa.ForeignKey("user_account.id", ondelete="CASCADE")
    return mapped_column(account, primary_key=primary_key, index=index)


class Passkey(Model):
    """A WebAuthn credential; `sign_count` as its authenticator last said it, 0 where it keeps none."""

    __tablename__ = "passkey"
    __table_args__ = (sa.Index("uq_passkey_credential_id", "credential_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = _of_user(index=True)
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class TotpKey(Model):
    """The key of an authenticator app (RFC 6238), encrypted; it counts once `confirmed_at` is set."""

    __tablename__ = "totp_key"

    user_id: Mapped[int] = _of_user(primary_key=True)
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)


class RecoveryCode(Model):
    __tablename__ = "recovery_code"

    user_id: Mapped[int] = _of_user(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class PasskeyChallenge(Model):
    """`user_id` where only this user's passkeys may answer it."""

    __tablename__ = "passkey_challenge"

    challenge: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    user_id: Mapped[int | None] = _of_user()
    made_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class KnownDevice(Model):
    """A browser on which a user has signed in; its cookie holds the token, the table its SHA-256."""

    __tablename__ = "known_device"

    device_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = _of_user(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
