"""Why somebody reads a restricted record: asked before the first reading, once in 12 hours for each person."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import has_request_context, request
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, current_scope, db

STANDS_FOR = timedelta(hours=12)
# A form that was opened with a reason is taken for as long as its session can last, so that nothing typed is lost.
FORMS_STAND_FOR = STANDS_FOR + timedelta(hours=12)


class ReadingReason(Model):
    """Why a restricted record was read, or a person of another area looked for; append-only.

    `person_id` is None where a search elsewhere found nobody.
    """

    __tablename__ = "reading_reason"
    __table_args__ = (
        sa.Index("ix_reading_reason_person_id", "person_id", "user_id", "at"),
        sa.Index(
            "ix_reading_reason_elsewhere", "user_id", "at", postgresql_where=sa.text("kind = 'elsewhere'")
        ),
        sa.Index("ix_reading_reason_told", "at", postgresql_where=sa.text("kind = 'elsewhere'")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    kind: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp())
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(default="", server_default="")


class ReasonNeeded(Exception):
    """Nothing of this person is shown before the reader has said why: the application answers with that question."""

    def __init__(self, person_id: int) -> None:
        super().__init__(person_id)
        self.person_id = person_id


def expect_reason(person_id: int) -> None:
    """ReasonNeeded unless the IOM reader of a page has given one for this restricted person. Not asked of agencies."""
    scope = current_scope()
    if scope.kind != "iom" or not has_request_context():
        return
    window = FORMS_STAND_FOR if request.method == "POST" else STANDS_FOR
    given = sa.select(ReadingReason.id).where(
        ReadingReason.person_id == person_id,
        ReadingReason.user_id == scope.user_id,
        ReadingReason.kind == "restricted",
        ReadingReason.at > sa.func.now() - window,
    )
    if db.session.scalar(given.limit(1)) is None:
        raise ReasonNeeded(person_id)
