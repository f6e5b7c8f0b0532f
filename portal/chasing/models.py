"""Chases: what IOM did to get an answer, and what it changed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Model
from portal.referrals.models import Referral

Moment = sa.DateTime(timezone=True)


class Chase(Model):
    """`kind` chase, advocacy or escalation; `level` worker, manager or managers of both sides; `channel` portal, phone
    or meeting. `changed` is None until someone says what came of it. `answered_by` names who has no account here."""

    __tablename__ = "chase"
    __table_args__ = (
        sa.Index("uq_chase_token", "token", unique=True),
        sa.Index("ix_chase_referral_id", "referral_id", "id"),
        sa.Index("ix_chase_agency_open", "agency_id", "at", postgresql_where=sa.text("answered_at IS NULL")),
        sa.Index("ix_chase_area_id", "area_id", "at"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id", ondelete="CASCADE"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"))
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    kind: Mapped[str]
    level: Mapped[str]
    channel: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    words: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    answered_by: Mapped[str] = mapped_column(default="", server_default="")
    answer: Mapped[str] = mapped_column(default="", server_default="")
    changed: Mapped[str | None]
    token: Mapped[str]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    referral: Mapped[Referral] = relationship()
    by: Mapped[User] = relationship(foreign_keys=by_id)
    answerer: Mapped[User | None] = relationship(foreign_keys=answered_by_id)

    __mapper_args__ = {"version_id_col": version}
