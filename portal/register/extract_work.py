"""What the worker does with extracts: loads those that were confirmed, and lets their rows go."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal import audit
from portal.agencies.queries import today
from portal.db import SYSTEM, db, run
from portal.jobs import periodic
from portal.logs import log
from portal.people.actions import wait_for_others
from portal.register import extracts, loading
from portal.register.extract_models import ExtractImport, ExtractRow

KEPT = timedelta(days=7)  # what is not confirmed, and refused rows, for their sender to mend
TELL = 1.0  # seconds between two words on how far it is
_TAKE = "SELECT pg_try_advisory_xact_lock(hashtext('blaenoriaeth.extract'), %(id)s::int) AS taken"


@periodic(seconds=2)
def load_waiting() -> int:
    """How many files were dealt with. A worker that died leaves its file waiting: the next one takes it."""
    number = 0
    while (extract := _take()) is not None:
        extract_id = extract.id
        try:
            _load(extract)
        except Exception as error:
            db.session.rollback()
            log.error("extract_failed", extract=extract_id, error=error)
            db.session.execute(
                sa.update(ExtractImport).where(ExtractImport.id == extract_id).values(state="failed")
            )
        db.session.commit()
        number += 1
    db.session.commit()
    return number


def _take() -> ExtractImport | None:
    """The first that waits and that no other worker has in hand."""
    waiting = sa.select(ExtractImport.id).where(ExtractImport.state == "waiting").order_by(ExtractImport.id)
    for extract_id in db.session.scalars(waiting).all():
        if run(_TAKE, {"id": extract_id})[0].taken:
            extract = db.session.get(ExtractImport, extract_id, populate_existing=True)
            if extract and extract.state == "waiting":
                return extract
    return None


def _load(extract: ExtractImport) -> None:
    wait_for_others()  # rows of somebody who is being erased go with them
    rows = extracts.rows_to_load(extract)
    counts = loading.load(
        rows, source=extract.source, today=today(), by_id=extract.user_id, progress=_Progress(extract.id)
    )
    finish(extract, counts)
    extracts.drop_rows(ExtractRow.import_id == extract.id, ExtractRow.stated.is_not(None))


def finish(extract: ExtractImport, counts: loading.Counts) -> None:
    extract.added, extract.updated, extract.asked = counts.added, counts.updated, counts.asked
    extract.unchanged = counts.unchanged + extract.repeated
    extract.loaded, extract.state, extract.done_at = extract.good, "done", datetime.now(UTC)
    db.session.add(extract)
    db.session.flush()
    outcome = {name: getattr(extract, name) for name in ("added", "updated", "unchanged", "refused", "asked")}
    audit.record(
        "people.imported",
        "extract_import",
        [extract.id],
        by=extract.user_id,
        source=extract.source,
        **outcome,
    )


class _Progress:
    """Tells how far it is by a connection of its own: what the load itself writes is seen only once it is done."""

    def __init__(self, extract_id: int) -> None:
        self.extract_id, self.told = extract_id, time.monotonic()

    def __call__(self, loaded: int) -> None:
        if time.monotonic() < self.told + TELL:
            return
        self.told = time.monotonic()
        with db.session.session_factory() as session:
            session.info["scope"] = SYSTEM
            session.execute(
                sa.update(ExtractImport).where(ExtractImport.id == self.extract_id).values(loaded=loaded)
            )
            session.commit()


@periodic(seconds=3600)
def sweep_extracts(now: datetime | None = None) -> None:
    """What was never imported goes with its rows; of what was, the refused rows."""
    old = ExtractImport.sent_at < (now or datetime.now(UTC)) - KEPT
    db.session.execute(
        sa.delete(ExtractImport)
        .where(old, ExtractImport.state.in_(("checked", "failed")))
        .execution_options(synchronize_session=False)
    )
    done = sa.select(ExtractImport.id).where(old, ExtractImport.state == "done")
    extracts.drop_rows(ExtractRow.import_id.in_(done))
    db.session.commit()
