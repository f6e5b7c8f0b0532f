"""Users and how they sign in."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access import Role
from portal.agencies.models import Agency, Area, Service
from portal.db import Model

Moment = sa.DateTime(timezone=True)


class UserArea(Model):
    __tablename__ = "user_area"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"), primary_key=True)


class UserService(Model):
    __tablename__ = "user_service"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"), primary_key=True)


class User(UserMixin, Model):
    """A member of staff. IOM staff work for police force areas; agency staff for services and areas of one agency."""

    __tablename__ = "user_account"
    __table_args__ = (sa.Index("uq_user_account_email", "email", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="", server_default="")
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    every_service: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    every_area: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    digest: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    mails_at_once: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    digested_on: Mapped[date | None]
    password_hash: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    signed_in_at: Mapped[datetime | None] = mapped_column(Moment)  # kept by the database
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    agency: Mapped[Agency | None] = relationship()
    areas: Mapped[list[Area]] = relationship(secondary="user_area")
    services: Mapped[list[Service]] = relationship(secondary="user_service")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_active(self) -> bool:
        return self.suspended_at is None

    @property
    def as_role(self) -> Role:
        return Role(self.role)


class Absence(Model):
    """Days, both included, on which a member of staff is away; whoever covers has their work in `mine`."""

    __tablename__ = "absence"
    __table_args__ = (
        sa.Index("ix_absence_user_id", "user_id", "to_on"),
        sa.Index("ix_absence_cover_id", "cover_id", "to_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    cover_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))

    user: Mapped[User] = relationship(foreign_keys=user_id)
    cover: Mapped[User | None] = relationship(foreign_keys=cover_id)


class UserSession(Model):
    """One sign-in on one device; the cookie holds the token, the table its SHA-256."""

    __tablename__ = "user_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    seen_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    device: Mapped[str] = mapped_column(default="", server_default="")
    method: Mapped[str] = mapped_column(default="password", server_default="password")
    factor_at: Mapped[datetime | None] = mapped_column(Moment)
    factor: Mapped[str] = mapped_column(default="", server_default="")
    confirmed_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    address: Mapped[str] = mapped_column(default="", server_default="")
    wrong: Mapped[int] = mapped_column(default=0, server_default="0")


class OneTimeLink(Model):
    """A link that sets a password once."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class SignInFailure(Model):
    """An attempt to sign in that failed, or is still being decided. `device_hash`: of a device known for the account."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        sa.Index("ix_sign_in_failure_account_hash_at", "account_hash", "at"),
        sa.Index("ix_sign_in_failure_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    account_hash: Mapped[bytes]
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    device_hash: Mapped[bytes | None]
    code: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
