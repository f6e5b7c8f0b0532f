"""After a restore to an earlier time: heads that are newer than the database, and the note that says why."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.trace.chain_heads import FILES, Unreadable, read_line
from portal.trace.chain_keys import folder

NOTES, LOST = "restores.jsonl", "lost"


def set_heads_aside() -> int:
    """Move heads that follow on the database's last one to `audit/lost`; how many. Others stay, for `verify` to judge."""
    last = db.session.scalar(sa.text("SELECT max(number) FROM audit_head")) or 0
    db.session.commit()
    return sum(_split(file, last) for file in sorted(folder().glob(FILES)))


def _split(file: Path, last: int) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    newer = [line for line in lines if _number(line) > last]
    if newer:
        lost = file.parent / LOST
        lost.mkdir(mode=0o700, exist_ok=True)
        with open(os.open(lost / file.name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as out:
            out.writelines(f"{line}\n" for line in newer)
        part = file.with_name(f".{file.name}.part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.writelines(f"{line}\n" for line in lines if line not in newer)
        part.replace(file)
    return len(newer)


def _number(line: str) -> int:
    try:
        return read_line(line).number
    except Unreadable:
        return 0


def note_restore(made: datetime) -> None:
    """That the database was taken back to `made`: a line beside the heads, by which `verify` explains what is missing."""
    last = db.session.scalar(sa.text("SELECT max(number) FROM audit_head")) or 0
    db.session.commit()
    said = {"at": datetime.now(UTC).isoformat(), "made": made.astimezone(UTC).isoformat(), "last_head": last}
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(folder() / NOTES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as out:
        out.write(json.dumps(said) + "\n")


def explain(number: int) -> str:
    """Where a restore is noted after which heads from `number` on are others than before: words to add to a fault."""
    for said in reversed(_list_notes()):
        if number > said["last_head"]:
            return (
                f" The portal was restored at {said['at'][:16]} UTC to its state of {said['made'][:16]} UTC, and its heads"
                f" from {said['last_head'] + 1} on were signed anew: this one may be of what was lost then."
            )
    return ""


def _list_notes() -> list[dict[str, Any]]:
    """Those that are whole; they explain and prove nothing."""
    notes, found = folder() / NOTES, []
    for line in notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []:
        with suppress(ValueError):
            found.append(json.loads(line))
    return found
