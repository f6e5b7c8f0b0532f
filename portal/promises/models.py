"""The promise register and usual waits. Rows are added, signed, refused or ended; what they say is never rewritten."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.agencies.models import Area, Service
from portal.db import Model

Moment = sa.DateTime(timezone=True)


class AgreementArea(Model):
    __tablename__ = "agreement_area"

    agreement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"), primary_key=True)


class Agreement(Model):
    """A priority agreement for one service in the areas named: working days, None where none was agreed."""

    __tablename__ = "agreement"
    __table_args__ = (sa.Index("ix_agreement_service_id", "service_id", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"))
    acknowledge_days: Mapped[int | None]
    decide_days: Mapped[int | None]
    offer_days: Mapped[int | None]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    document: Mapped[str] = mapped_column(default="", server_default="")
    words: Mapped[str] = mapped_column(default="", server_default="")
    proposed_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    refused_at: Mapped[datetime | None] = mapped_column(Moment)
    refused_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    refused_words: Mapped[str] = mapped_column(default="", server_default="")
    taken_back_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_back_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    service: Mapped[Service] = relationship()
    areas: Mapped[list[Area]] = relationship(secondary="agreement_area", order_by=Area.name_en)
    proposed_by: Mapped[User] = relationship(foreign_keys=proposed_by_id)
    signed_by: Mapped[User | None] = relationship(foreign_keys=signed_by_id)
    refused_by: Mapped[User | None] = relationship(foreign_keys=refused_by_id)
    taken_back_by: Mapped[User | None] = relationship(foreign_keys=taken_back_by_id)
    ended_by: Mapped[User | None] = relationship(foreign_keys=ended_by_id)

    __mapper_args__ = {"version_id_col": version}


class UsualWait(Model):
    """What an ordinary client waits from `as_of` on: `days` working or calendar, until the first offer or the start."""

    __tablename__ = "usual_wait"
    __table_args__ = (sa.Index("ix_usual_wait_service_id", "service_id", "as_of"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"))
    days: Mapped[int]
    unit: Mapped[str]
    kind: Mapped[str]
    until_step: Mapped[str]
    source: Mapped[str]
    as_of: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    service: Mapped[Service] = relationship()
    recorded_by: Mapped[User | None] = relationship()
