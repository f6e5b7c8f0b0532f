"""Tables of the register's sources: what each says, what was decided here, and which rows are one person's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model

SOURCES = ("delius", "niche")


class SourceRecord(Model):
    """One voice on one person: a row of an extract, or what was typed here before such a row was joined to it."""

    __tablename__ = "source_record"
    __table_args__ = (sa.Index("uq_source_record_source_ref", "source", "ref", unique=True),)

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    source: Mapped[str]
    ref: Mapped[str]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    leads_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    stated: Mapped[dict[str, Any]] = mapped_column(JSONB)
    since: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    sent_by: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer), default=list, server_default="{}")
    first_seen: Mapped[date]
    last_seen: Mapped[date]


class PersonEdit(Model):
    """What somebody here typed or decided of a field, and what the sources said of it then."""

    __tablename__ = "person_edit"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    leads_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    value: Mapped[Any] = mapped_column(JSONB)
    seen: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))


class PersonPair(Model):
    """Two rows that may be one person; `one_id` is the smaller. `weight` in bits, `grounds` what spoke for it."""

    __tablename__ = "person_pair"
    __table_args__ = (
        sa.Index("uq_person_pair_one_id_other_id", "one_id", "other_id", unique=True),
        sa.Index("ix_person_pair_asked", "id", postgresql_where=sa.text("state = 'asked'")),
        sa.Index("ix_person_pair_joined", "decided_at", "id", postgresql_where=sa.text("state = 'joined'")),
        sa.Index(
            "ix_person_pair_asked_of", "one_id", "other_id", postgresql_where=sa.text("state = 'asked'")
        ),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    one_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    one_leads: Mapped[int] = mapped_column(sa.BigInteger)
    other_leads: Mapped[int] = mapped_column(sa.BigInteger)
    weight: Mapped[float] = mapped_column(sa.REAL)
    grounds: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    state: Mapped[str]
    decided_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
