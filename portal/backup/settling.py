"""What follows every restore, of a file or to a point in time: who was erased is erased again, everybody signs in anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from portal.backup.archive import Unusable
from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.keeping.erasing import reapply_erasures, register_file
from portal.trace.chain import write_heads
from portal.trace.chain_command import find_any_fault
from portal.trace.chain_keys import folder, public_keys
from portal.trace.chain_restored import note_restore, set_heads_aside

Say = Callable[[str], object]
# What ended after the backup must not come back to life: sessions, and links that were used since.
_END = (
    sa.text("UPDATE user_session SET ended_at = now() WHERE ended_at IS NULL"),
    sa.text("UPDATE one_time_link SET used_at = now() WHERE used_at IS NULL"),
)


@dataclass(frozen=True)
class Settled:
    """`fault`: what `verify` finds; None where all is whole."""

    erased: int
    waiting: int
    lost_heads: int
    fault: str | None


def read_erasures(file: Path) -> list[str]:
    """The lines of a register of erasures that was kept elsewhere; Unusable where it is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        whole = [line for line in lines if _is_erasure(line)]
    except (OSError, ValueError) as error:
        raise Unusable(f"{file} cannot be read: {error}.") from None
    if len(whole) < len(lines) - 1 or (lines and not whole):  # a crash may have cut the last one short
        raise Unusable(
            f"{file} is no register of erasures: {len(lines) - len(whole)} lines are something else."
        )
    return whole


def _is_erasure(line: str) -> bool:
    try:
        said = json.loads(line)
        return {"reference", "person_id", "erased_on", "marks"} <= set(said)
    except (ValueError, TypeError):
        return False


def settle(made: datetime | None, erasures: list[str]) -> Settled:
    """Before anybody signs in. `made`: the state of which moment the database has; None: that of its newest log entry."""
    if erasures:
        _add_lines(register_file(), erasures)
    with as_owner():
        for statement in _END:
            db.session.execute(statement)
        made = made or db.session.scalar(sa.text("SELECT max(at) FROM audit_entry")) or datetime.now(UTC)
        db.session.commit()
    enter_scope(SYSTEM)
    lost = set_heads_aside()
    write_heads()
    erased, waiting = reapply_erasures()
    note_restore(made)
    fault = find_any_fault(folder(), public_keys(folder()))
    return Settled(erased, waiting, lost, fault)


def _add_lines(file: Path, lines: list[str]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    with file.open("a", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines if line not in held)
    file.chmod(0o600)
