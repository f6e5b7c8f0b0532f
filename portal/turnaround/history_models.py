"""Tables of imported history: referrals of the past, the files that they came in, and files yet to be confirmed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Model

MOMENT = sa.DateTime(timezone=True)


def _refers(column: str, **options: Any) -> Any:
    return mapped_column(sa.ForeignKey(column), **options)


class HistoryImport(Model):
    """One file that was taken in: who did so, when, and what came of its rows. By no user: by the command."""

    __tablename__ = "history_import"
    __table_args__ = (sa.Index("uq_history_import_token", "token", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str]
    imported_at: Mapped[datetime] = mapped_column(MOMENT, server_default=sa.func.now())
    imported_by_id: Mapped[int | None] = _refers("user_account.id")
    file_name: Mapped[str]
    area_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer), default=list, server_default="{}")
    added: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]
    undone_at: Mapped[datetime | None] = mapped_column(MOMENT)
    undone_by_id: Mapped[int | None] = _refers("user_account.id")

    imported_by: Mapped[User | None] = relationship(foreign_keys=[imported_by_id])


class HistoryReferral(Model):
    """A referral of the past: dates and codes, no person, no words. `area_id` is a police force area.

    `import_id` is the import that wrote it last. A decline is final on the day of the decision. Without
    `acknowledged_on` the agency first responded on the earliest of its dates.
    """

    __tablename__ = "history_referral"
    __table_args__ = (
        sa.ForeignKeyConstraint(["decline_kind", "decline_reason"], ["reason.kind", "reason.code"]),
        sa.Index("uq_history_referral_agency_id_reference", "agency_id", "reference", unique=True),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    import_id: Mapped[int] = _refers("history_import.id", index=True)
    agency_id: Mapped[int] = _refers("agency.id")
    service_id: Mapped[int | None] = _refers("service.id")
    reference: Mapped[str]
    need_code: Mapped[str] = _refers("need.code")
    area_id: Mapped[int] = _refers("area.id")
    local_authority_id: Mapped[int | None] = _refers("area.id")
    cohort: Mapped[str | None]
    sent_on: Mapped[date] = mapped_column(index=True)
    acknowledged_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    decision: Mapped[str | None]
    decline_kind: Mapped[str] = mapped_column(default="decline", server_default="decline")
    decline_reason: Mapped[str | None]
    first_offer_on: Mapped[date | None]
    started_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    outcome: Mapped[str | None]
    withdrawn_on: Mapped[date | None]


class HistoryUpload(Model):
    """A file that its sender has seen the report of, or is to see, and has yet to confirm."""

    __tablename__ = "history_upload"

    token: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str]
    content: Mapped[str]
    uploaded_at: Mapped[datetime] = mapped_column(MOMENT, server_default=sa.func.now(), index=True)
