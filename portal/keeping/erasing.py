"""Erasure, by the worker: what was decided and has cooled off; and again what a restored backup has brought back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.exc import DBAPIError

from portal.clocks.clock import london_date
from portal.db import db
from portal.jobs import periodic
from portal.keeping.due import list_pending
from portal.keeping.marks import marks_of, reference_of
from portal.keeping.models import Erasure, ErasureMark, KeepingDecision
from portal.keeping.periods import PEOPLE, days_of
from portal.logs import log
from portal.people.actions import wait_for_others
from portal.people.models import Person
from portal.register.models import SourceRecord

REGISTER = "erasures.jsonl"  # in PORTAL_HOME: outlives the database, and is copied out with the backups


@periodic(seconds=600)
def erase_due(now: datetime | None = None) -> int:
    """Erase those whose day has come; how many. One on IOM again, or with a live referral, waits."""
    today, erased = london_date(now or datetime.now(UTC)), 0
    for standing in list_pending(today, days_of(PEOPLE.code)):
        if standing.may_erase and standing.until is not None and standing.until <= today:
            erased += erase(standing.person_id, today)
    write_register()
    return erased


def erase(person_id: int, today: date) -> bool:
    """Erase one person, with all rows joined to theirs, in a transaction of its own; False where it was refused."""
    said = db.session.scalars(
        sa.select(KeepingDecision)
        .where(KeepingDecision.person_id == person_id)
        .order_by(KeepingDecision.id.desc())
        .limit(1)
    ).one()
    if said.action != "erase":
        return False
    wait_for_others()  # an extract that is being loaded may add to what is known of the person
    values = [person_id, reference_of(person_id), sa.cast(_marks(person_id), ARRAY(sa.LargeBinary))]
    try:
        with db.session.begin_nested():
            db.session.execute(sa.select(sa.func.erase_person(*values, said.reason, said.by_id, today)))
    except DBAPIError as refused:
        db.session.rollback()
        log.warning("erasure_refused", person=person_id, error=type(refused.orig).__name__)
        return False
    db.session.commit()
    return True


def _marks(person_id: int) -> list[bytes]:
    rows = list(
        db.session.scalars(
            sa.select(Person).where(sa.or_(Person.id == person_id, Person.joined_to == person_id))
        )
    )
    records = sa.select(SourceRecord).where(SourceRecord.person_id.in_([row.id for row in rows]))
    return sorted(marks_of(rows, db.session.scalars(records)))


def register_file() -> Path:
    home: Path = current_app.config["SETTINGS"].home
    return home / REGISTER


def write_register() -> None:
    """Add to the file what it does not hold yet: a line of JSON an erasure, hashes only."""
    file = register_file()
    held = {line["reference"] for line in _lines(file)}
    marks = sa.select(sa.func.array_agg(ErasureMark.mark)).where(ErasureMark.reference == Erasure.reference)
    rows = db.session.execute(sa.select(Erasure, marks.scalar_subquery().label("marks")))
    new = [_line(row.Erasure, row.marks or []) for row in rows if row.Erasure.reference not in held]
    if new:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(line) + "\n" for line in new)
    db.session.commit()


def _line(erasure: Erasure, marks: Iterable[bytes]) -> dict[str, Any]:
    kept = {name: getattr(erasure, name) for name in Erasure.__table__.columns.keys()}  # noqa: SIM118 - columns, not rows
    return kept | {
        "erased_on": erasure.erased_on.isoformat(),
        "marks": [bytes(one).hex() for one in marks],
    }


def _lines(file: Path) -> list[dict[str, Any]]:
    """Those that are whole: a crash may have cut the last one short, and then it is written again."""
    found = []
    if file.exists():
        for text in file.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                found.append(json.loads(text))
    return found


def reapply_erasures() -> tuple[int, int]:
    """After a restore: erase again whoever the register of erasures names; how many were, and how many must wait.

    Someone who was on IOM in the backup, or had a live referral, waits among the pending until that has ended. A row
    counts as the same person only if it has the number of the row and one of the marks of the person erased.
    """
    today, again, waiting = london_date(datetime.now(UTC)), 0, 0
    for line in _lines(register_file()):
        _take_in(line)
    db.session.commit()
    for erasure in db.session.scalars(sa.select(Erasure).order_by(Erasure.erased_on)).all():
        person = db.session.get(Person, erasure.person_id)
        if person is None or person.erased_on or not _is_same(erasure):
            continue
        token = f"again {erasure.reference} {datetime.now(UTC).isoformat()}"
        db.session.add(
            KeepingDecision(
                person_id=person.id,
                action="erase",
                reason=erasure.reason,
                until=today,
                by_id=erasure.decided_by_id,
                token=token,
            )
        )
        db.session.commit()
        done = erase(erasure.person_id, today)
        again, waiting = again + done, waiting + (not done)
    return again, waiting


def _is_same(erasure: Erasure) -> bool:
    marks = db.session.scalars(sa.select(ErasureMark.mark).where(ErasureMark.reference == erasure.reference))
    held = {bytes(one) for one in marks}
    return not held or bool(held & set(_marks(erasure.person_id)))


def _take_in(line: dict[str, Any]) -> None:
    values = {name: line[name] for name in Erasure.__table__.columns.keys()}  # noqa: SIM118
    values["erased_on"] = date.fromisoformat(line["erased_on"])
    db.session.execute(insert(Erasure).values(values).on_conflict_do_nothing())
    for text in line["marks"]:
        row = {"mark": bytes.fromhex(text), "reference": line["reference"]}
        db.session.execute(insert(ErasureMark).values(row).on_conflict_do_nothing())
