"""Readings that a rule picked out, and what came of asking about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Model

Moment = sa.DateTime(timezone=True)


class UnusualReading(Model):
    """One rule, one member of staff (or, where many read one person, that person), one day.

    `facts`: the numbers with which the rule's sentence is said. `answer`: explained, talk or passed_on; None until then.
    """

    __tablename__ = "unusual_reading"
    __table_args__ = (
        sa.Index(
            "uq_unusual_reading_once", "rule", "user_id", "person_id", "on_day",
            unique=True, postgresql_nulls_not_distinct=True,
        ),
        sa.Index("ix_unusual_reading_open", "id", postgresql_where=sa.text("answer IS NULL")),
        sa.Index("ix_unusual_reading_person_id", "person_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    rule: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    on_day: Mapped[date]
    found_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    area_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer), default=list, server_default="{}")
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    answer: Mapped[str | None]
    words: Mapped[str] = mapped_column(default="", server_default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)

    __mapper_args__ = {"version_id_col": version}
