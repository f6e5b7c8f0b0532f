"""Tables of extracts on their way into the register: files with their counts, and rows until they are loaded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Model

MOMENT = sa.DateTime(timezone=True)


class ExtractImport(Model):
    """One file. `state`: checked, waiting (confirmed; the worker loads it), done or failed. By no user: by the command.

    `good`, `refused`, `repeated` count its rows as they were checked, `loaded` how far the worker is; the rest is
    known once it is done.
    """

    __tablename__ = "extract_import"
    __table_args__ = (
        sa.Index("ix_extract_import_waiting", "id", postgresql_where=sa.text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    file_name: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    area_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer), default=list, server_default="{}")
    sent_at: Mapped[datetime] = mapped_column(MOMENT, server_default=sa.func.now())
    state: Mapped[str]
    headings: Mapped[list[list[str]]] = mapped_column(JSONB, default=list, server_default="[]")
    ignored: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    good: Mapped[int]
    refused: Mapped[int]
    repeated: Mapped[int]
    loaded: Mapped[int] = mapped_column(default=0, server_default="0")
    done_at: Mapped[datetime | None] = mapped_column(MOMENT)
    added: Mapped[int | None]
    updated: Mapped[int | None]
    unchanged: Mapped[int | None]
    asked: Mapped[int | None]

    user: Mapped[User | None] = relationship()


class ExtractRow(Model):
    """A row not loaded yet, or refused. `stated` is null if it is refused; `said`: [column, English, Welsh] of each fault."""

    __tablename__ = "extract_row"
    __table_args__ = (
        sa.Index("ix_extract_row_said", "import_id", "line", postgresql_where=sa.text("said <> '[]'")),
    )

    import_id: Mapped[int] = mapped_column(
        sa.ForeignKey("extract_import.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    cells: Mapped[dict[str, str]] = mapped_column(JSONB)
    stated: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    said: Mapped[list[list[str]]] = mapped_column(JSONB, default=list, server_default="[]")
