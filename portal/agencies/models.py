"""Tables of the directory. Whoever is signed in may read it; nobody's personal data stand in it."""

from __future__ import annotations

import hashlib
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Model

DELIVERY_MODES = ("in_person", "outreach", "telephone", "video", "hub")


class Area(Model):
    """A country, police force area, health board, probation delivery unit or local authority."""

    __tablename__ = "area"
    __table_args__ = (sa.Index("uq_area_code", "code", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    kind: Mapped[str]
    name_en: Mapped[str]
    name_cy: Mapped[str]
    police_force_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"))
    health_board_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"))
    delivery_unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"))
    rural: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    closed_on: Mapped[date | None]

    def name(self, language: str) -> str:
        return self.name_cy if language == "cy" else self.name_en

    @property
    def version(self) -> str:
        """A mark of what can be edited: two editors of one area see that they are two."""
        larger = self.police_force_id, self.health_board_id, self.delivery_unit_id
        values = self.kind, self.name_en, self.name_cy, larger, self.rural, self.closed_on
        return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


class Need(Model):
    __tablename__ = "need"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class Reason(Model):
    """A coded reason; `cause` groups decline reasons in the figures."""

    __tablename__ = "reason"

    kind: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str | None]
    position: Mapped[int]


class CalendarDay(Model):
    """A day with the ordinals of its neighbouring working days; see `clocks.working_days`."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    holiday: Mapped[bool]
    forward: Mapped[int]
    back: Mapped[int]


class Agency(Model):
    __tablename__ = "agency"
    __table_args__ = (
        sa.Index("uq_agency_external_id", "external_id", unique=True),
        sa.Index("uq_agency_name", sa.func.lower(sa.column("name")), unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None]
    name: Mapped[str]
    name_cy: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    historic: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}

    def name_in(self, language: str) -> str:
        return (self.name_cy if language == "cy" else None) or self.name

    def is_open(self, today: date) -> bool:
        return not self.historic and (self.closed_on is None or today < self.closed_on)


class ServiceNeed(Model):
    __tablename__ = "service_need"

    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    need_code: Mapped[str] = mapped_column(sa.ForeignKey("need.code"), primary_key=True)


class ServiceArea(Model):
    __tablename__ = "service_area"

    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"), primary_key=True)


class Service(Model):
    __tablename__ = "service"
    __table_args__ = (sa.Index("uq_service_external_id", "external_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    external_id: Mapped[str | None]
    name: Mapped[str]
    name_cy: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="", server_default="")
    eligibility: Mapped[str] = mapped_column(default="", server_default="")
    exclusions: Mapped[str] = mapped_column(default="", server_default="")
    places: Mapped[str] = mapped_column(default="", server_default="")
    minimum_age: Mapped[int | None]
    maximum_age: Mapped[int | None]
    accepts_female: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    accepts_male: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    delivery: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    welsh_offer: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    intake_email: Mapped[str | None]
    telephone: Mapped[str] = mapped_column(default="", server_default="")
    travel: Mapped[str] = mapped_column(default="", server_default="")
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    source_hash: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    agency: Mapped[Agency] = relationship()
    needs: Mapped[list[Need]] = relationship(secondary="service_need", order_by=Need.position)
    areas: Mapped[list[Area]] = relationship(secondary="service_area", order_by=Area.name_en)

    __mapper_args__ = {"version_id_col": version}

    @property
    def need_codes(self) -> list[str]:
        return [need.code for need in self.needs]

    @property
    def area_ids(self) -> list[int]:
        return [area.id for area in self.areas]

    def name_in(self, language: str) -> str:
        return (self.name_cy if language == "cy" else None) or self.name

    def is_open(self, today: date) -> bool:
        """Does it take new referrals on this day? `closes_on` is its last day."""
        return self.active and is_within(today, self.opens_on, self.closes_on) and self.agency.is_open(today)


def is_within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)
