"""Tables about cohorts: what each area says of them, and the reviews of the people in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Model


class CohortCriteria(Model):
    """What one police force area says of its cohorts from a moment on; the last row of an area holds.

    `texts`: cohort -> language -> words; what is not there is said by the portal itself.
    """

    __tablename__ = "cohort_criteria"
    __table_args__ = (sa.Index("ix_cohort_criteria_area_id", "area_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    review_months: Mapped[int] = mapped_column(default=3, server_default="3")
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB, default=dict, server_default="{}")
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))

    by: Mapped[User | None] = relationship()


class CohortReview(Model):
    """A review that was held: never changed. `next_on` is null where the person left IOM; answers: `reviews.forms`."""

    __tablename__ = "cohort_review"
    __table_args__ = (sa.Index("ix_cohort_review_person_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"))
    held_on: Mapped[date]
    next_on: Mapped[date | None]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))

    by: Mapped[User] = relationship()
