"""Appointments: a row for each offer, so that the first offer's date is never lost."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.agencies.hub_models import HubSession
from portal.db import Model
from portal.referrals.models import Referral

Moment = sa.DateTime(timezone=True)
ATTENDED = ("kept", "kept_late", "missed", "missed_acceptable")
CANCELLED = ("cancelled_by_agency", "cancelled_by_person", "cancelled_by_iom")


class Appointment(Model):
    """An offer to see the person at a moment. `state` is offered until someone says what became of it."""

    __tablename__ = "appointment"
    __table_args__ = (
        sa.Index("uq_appointment_token", "token", unique=True),
        sa.Index("uq_appointment_moved_to_id", "moved_to_id", unique=True),
        sa.Index("ix_appointment_referral_id", "referral_id", "id"),
        sa.Index("ix_appointment_worker_id", "worker_id", "at"),
        sa.Index("ix_appointment_agency_id", "agency_id", "at"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id", ondelete="CASCADE"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"))
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    worker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    mode: Mapped[str]
    hub_session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hub_session.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    minutes: Mapped[int] = mapped_column(default=60, server_default="60")
    place: Mapped[str] = mapped_column(default="", server_default="")
    words: Mapped[str] = mapped_column(default="", server_default="")
    offered_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    offered_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(default="offered", server_default="offered")
    state_at: Mapped[datetime | None] = mapped_column(Moment)
    state_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    state_words: Mapped[str] = mapped_column(default="", server_default="")
    moved_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("appointment.id"))
    token: Mapped[str]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    referral: Mapped[Referral] = relationship()
    worker: Mapped[User | None] = relationship(foreign_keys=worker_id)
    offered_by: Mapped[User] = relationship(foreign_keys=offered_by_id)
    state_by: Mapped[User | None] = relationship(foreign_keys=state_by_id)
    hub_session: Mapped[HubSession | None] = relationship()

    __mapper_args__ = {"version_id_col": version}
