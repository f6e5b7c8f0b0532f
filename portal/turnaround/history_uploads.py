"""Files that wait for their sender to confirm them: the portal's own columns only, in a row of theirs, for a day."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.db import db
from portal.jobs import periodic
from portal.sheets.reading import Raw, Sheet
from portal.turnaround.history_models import HistoryUpload

KEPT = timedelta(days=1)


def keep(sheet: Sheet, file_name: str, user_id: int) -> HistoryUpload:
    """Beside it nothing of this user's is kept: who sends a second file has done with the first."""
    db.session.execute(sa.delete(HistoryUpload).where(HistoryUpload.user_id == user_id))
    rows = [[row.line, row.cells, row.too_long] for row in sheet.rows]
    upload = HistoryUpload(
        token=secrets.token_urlsafe(16),
        user_id=user_id,
        file_name=file_name,
        content=json.dumps({"rows": rows, "ignored": sheet.ignored}),
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def get_upload(token: str, user_id: int) -> HistoryUpload | None:
    query = sa.select(HistoryUpload).where(HistoryUpload.token == token, HistoryUpload.user_id == user_id)
    return db.session.scalar(query)


def sheet_of(upload: HistoryUpload) -> Sheet:
    kept = json.loads(upload.content)
    return Sheet([Raw(*row) for row in kept["rows"]], kept["ignored"])


@periodic(seconds=3600)
def sweep_uploads(now: datetime | None = None) -> None:
    over = (now or datetime.now(UTC)) - KEPT
    db.session.execute(
        sa.delete(HistoryUpload)
        .where(HistoryUpload.uploaded_at < over)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
