"""Tables of the register's quality: what was set aside, when a record counts as stale, how complete areas were."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model

STALE_DAYS = 90


class FindingSetAside(Model):
    """Not a fault: a finding of one person, left alone until a day as long as what was `seen` stays so."""

    __tablename__ = "finding_set_aside"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    finding: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[str]
    reason: Mapped[str]
    until_on: Mapped[date]
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))


class PersonUpkeep(Model):
    """What the database keeps of a person beside their record, by its triggers: when something was last heard of them,
    from the record, a referral or an extract, and whether they have an open spell."""

    __tablename__ = "person_upkeep"
    __table_args__ = (
        sa.Index("ix_person_upkeep_heard_on", "heard_on", "person_id", postgresql_where=sa.text("on_iom")),
        sa.Index("ix_person_upkeep_off_iom", "person_id", postgresql_where=sa.text("NOT on_iom")),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    heard_on: Mapped[date]
    on_iom: Mapped[bool] = mapped_column(server_default=sa.false())


class AreaStaleness(Model):
    """After how many days without anything new a record of the area is stale; STALE_DAYS where there is no row."""

    __tablename__ = "area_staleness"

    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"), primary_key=True, autoincrement=False)
    days: Mapped[int]


class RegisterCompleteness(Model):
    """How many records of an area had what on a day; restricted people in a row of their own."""

    __tablename__ = "register_completeness"

    day: Mapped[date] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"), primary_key=True)
    restricted: Mapped[bool] = mapped_column(primary_key=True)
    people: Mapped[int]
    born: Mapped[int]
    authority: Mapped[int]
    pnc: Mapped[int]
    managers: Mapped[int]
    cohort: Mapped[int]
    reviewed: Mapped[int]
    paired: Mapped[int]
    agreed: Mapped[int]
