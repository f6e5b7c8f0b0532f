"""Reviews of who has access. Row-level security shows managers those of their own agency or areas."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model

Moment = sa.DateTime(timezone=True)


class AccessReview(Model):
    """Of an agency's staff, of the IOM staff of a police force's area, or (both null) of those whom nobody else reviews."""

    __tablename__ = "access_review"
    __table_args__ = (
        sa.Index(
            "uq_access_review_open",
            sa.text("COALESCE(agency_id, 0)"),
            sa.text("COALESCE(area_id, 0)"),
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index("ix_access_review_unit", "agency_id", "area_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"))
    area_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"))
    opened_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    opened_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))


class AccessAnswer(Model):
    """What was decided of a user: keep, change, suspend; done once a change has been made. The last one holds."""

    __tablename__ = "access_answer"
    __table_args__ = (
        sa.Index("ix_access_answer_review_id", "review_id", "user_id", "id"),
        sa.Index("ix_access_answer_user_id", "user_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("access_review.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    answer: Mapped[str]
    words: Mapped[str] = mapped_column(default="", server_default="")
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
