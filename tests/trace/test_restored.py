"""A log that was restored to an earlier time is whole under its own heads, and told apart from one that was cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from portal.backup.settling import settle
from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.trace.chain_heads import list_lines
from portal.trace.chain_keys import folder, public_keys
from portal.trace.chain_verify import find_first_fault
from tests.trace.chaining import fault, make_signed_log, sign, write_entries
from tests.trace.tampering import run, triggers


def take_back(head: int) -> None:
    """The database as it was when this head was signed."""
    with as_owner():
        triggers(on=False)
        position = db.session.scalars(
            sa.text("SELECT position FROM audit_head WHERE number = :n"), {"n": head}
        ).one()
        run(
            "DELETE FROM audit_entry e USING audit_link WHERE entry_id = e.id AND position > :last",
            last=position,
        )
        run("DELETE FROM audit_link WHERE position > :last", last=position)
        run("DELETE FROM audit_head WHERE number > :head", head=head)
        run("UPDATE audit_chained SET upto = (SELECT max(id) FROM audit_entry), next = 0")
        triggers(on=True)
        db.session.commit()
    enter_scope(SYSTEM)


def test_heads_of_what_was_lost_are_set_aside_and_verify_names_the_restore(
    committed_app: Flask, tmp_path: Path
) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        make_signed_log(30)
        outside = tmp_path / "outside.jsonl"
        outside.write_text("\n".join(list_lines(folder())))
        take_back(2)
        assert "The database has lost signed head 3" in (fault() or "")
        done = settle(None, [])
        assert (done.lost_heads, done.fault) == (1, None)
        assert list(list_lines(folder() / "lost")) == list(list_lines(outside))[2:]
        enter_scope(SYSTEM)
        write_entries(3)
        sign(datetime.now(UTC) + timedelta(hours=1))
        assert fault() is None
        with as_owner():
            told = find_first_fault(outside, public_keys(folder()), outside=True)
    assert told
    assert "Signed head 3 in the database is another" in told
    assert "The portal was restored at" in told
