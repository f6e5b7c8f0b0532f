"""Meetings, the agencies discussed, and what was decided beside each referral."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.agencies.models import Agency, Area
from portal.db import Model
from portal.referrals.models import Referral

Moment = sa.DateTime(timezone=True)


class Meeting(Model):
    __tablename__ = "meeting"
    __table_args__ = (
        sa.Index("ix_meeting_area_id", "area_id", "held_on"),
        sa.UniqueConstraint("id", "area_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    held_on: Mapped[date]
    place: Mapped[str] = mapped_column(default="", server_default="")
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    area: Mapped[Area] = relationship()
    created_by: Mapped[User] = relationship()

    __mapper_args__ = {"version_id_col": version}


class MeetingAgency(Model):
    """`area_id` is the meeting's own, as the key sees to."""

    __tablename__ = "meeting_agency"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["meeting_id", "area_id"], ["meeting.id", "meeting.area_id"], ondelete="CASCADE"
        ),
    )

    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), primary_key=True, index=True)
    area_id: Mapped[int]

    agency: Mapped[Agency] = relationship()


class MeetingDecision(Model):
    """What a meeting decided about one referral; `token` makes a second sending impossible."""

    __tablename__ = "meeting_decision"
    __table_args__ = (
        sa.Index("uq_meeting_decision_token", "token", unique=True),
        sa.Index("ix_meeting_decision_meeting_id", "meeting_id", "id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id", ondelete="CASCADE"))
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id", ondelete="CASCADE"), index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"))
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    words: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    token: Mapped[str]

    referral: Mapped[Referral] = relationship()
    by: Mapped[User] = relationship()
