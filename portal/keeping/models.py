"""Tables of keeping: periods, what was decided of whom, the register of erasures, copies that people asked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Model

Moment = sa.DateTime(timezone=True)


class RetentionPeriod(Model):
    """What an administrator set of a kind of record, instead of the period in `periods`."""

    __tablename__ = "retention_period"

    kind: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))


class KeepingDecision(Model):
    """Append-only; the last one of a person holds. `until`: when it is reviewed again, or when it is erased."""

    __tablename__ = "keeping_decision"
    __table_args__ = (
        sa.Index("uq_keeping_decision_token", "token", unique=True),
        sa.Index("ix_keeping_decision_person_id", "person_id", "id"),
        sa.Index("ix_keeping_decision_erase", "until", postgresql_where=sa.text("action = 'erase'")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    action: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    words: Mapped[str] = mapped_column(default="", server_default="")
    until: Mapped[date | None]
    at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    token: Mapped[str]

    by: Mapped[User | None] = relationship()


class Erasure(Model):
    """That somebody was erased: a keyed reference, the day, why and who decided; no name."""

    __tablename__ = "erasure"

    reference: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.BigInteger)
    area_id: Mapped[int]
    restricted: Mapped[bool]
    reason: Mapped[str]
    erased_on: Mapped[date]
    decided_by_id: Mapped[int | None]


class ErasureMark(Model):
    """A keyed hash of something by which a person who was erased is known again."""

    __tablename__ = "erasure_mark"

    mark: Mapped[bytes] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(sa.ForeignKey("erasure.reference"), primary_key=True)


class PersonCopy(Model):
    """A copy for the person. `withheld`: passage -> why it is withheld, "" where it is given."""

    __tablename__ = "person_copy"
    __table_args__ = (sa.Index("uq_person_copy_token", "token", unique=True),)

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    asked_as: Mapped[str]
    reason: Mapped[str]
    language: Mapped[str]
    withheld: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    token: Mapped[str]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    by: Mapped[User] = relationship()
    __mapper_args__ = {"version_id_col": version}
