"""Hub sessions: where and when an agency sits in an office that it shares."""

from __future__ import annotations

from datetime import date, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.agencies.models import Agency, Area, Service
from portal.db import Model

LAST_WEEK = 5  # of the month


class HubSession(Model):
    """Every week on `weekday` (0 is Monday), or in one week of the month: 1 to 4, or 5 for the last.

    `service_id` is None where all of the agency's services are there. Times are Europe/London.
    """

    __tablename__ = "hub_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    service_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service.id"))
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    place: Mapped[str]
    weekday: Mapped[int] = mapped_column(sa.SmallInteger)
    week_of_month: Mapped[int | None] = mapped_column(sa.SmallInteger)
    begins: Mapped[time]
    ends: Mapped[time]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    words: Mapped[str] = mapped_column(default="", server_default="")
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    agency: Mapped[Agency] = relationship()
    service: Mapped[Service | None] = relationship()
    area: Mapped[Area] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def is_on(self, day: date) -> bool:
        """Is a session held on this day?"""
        if self.weekday != day.weekday() or not self.from_on <= day <= (self.to_on or day):
            return False
        if self.week_of_month == LAST_WEEK:
            return (day + timedelta(days=7)).month != day.month
        return self.week_of_month in (None, (day.day - 1) // 7 + 1)
