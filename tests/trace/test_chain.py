"""The chain takes every entry once, whatever the order of commits; heads are signed in time; nothing is changed unseen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from portal import audit, jobs
from portal.db import SYSTEM, Scope, as_owner, db, enter_scope
from portal.trace import chain
from portal.trace.chain_heads import list_lines, read_line
from portal.trace.chain_keys import folder
from tests.trace.chaining import count, fault, make_signed_log, sign, write_entries

WRITE = sa.text("SELECT write_audit(NULL, 'person.read', 'person', ARRAY[1]::bigint[], NULL, NULL, '{}')")
LOG = ("audit_entry", "audit_link", "audit_head")


@pytest.fixture
def system(committed_app: Flask) -> Iterator[Flask]:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield committed_app


def chained() -> list[int]:
    return list(db.session.scalars(sa.text("SELECT entry_id FROM audit_link ORDER BY position")))


def settled() -> int:
    with as_owner():
        found = db.session.scalars(sa.text("SELECT upto FROM audit_chained")).one()
    enter_scope(SYSTEM)
    return found


def test_every_entry_is_chained_once_and_the_chain_proves_it(system: Flask) -> None:
    write_entries(25)
    assert chain.chain_entries() == 25
    assert chain.chain_entries() == 0
    assert (len(chained()), count("audit_entry")) == (25, 25)
    assert fault() is None


def test_more_than_a_batch_is_chained_at_once(system: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 10)
    write_entries(30)
    assert chain.chain_entries() == 30
    assert settled() == 30
    assert fault() is None


def test_entries_that_are_committed_late_are_chained_when_they_come(system: Flask) -> None:
    slow = db.engines[None].connect()
    slow.execute(WRITE)
    write_entries(3)
    assert chain.chain_entries() == 3
    assert chained() == [2, 3, 4]
    assert settled() == 0
    slow.commit()
    slow.close()
    write_entries(1)
    assert chain.chain_entries() == 2
    assert chained() == [2, 3, 4, 1, 5]
    assert settled() == 5
    assert fault() is None


def test_some_writer_or_other_at_work_all_the_time_holds_nothing_up(system: Flask) -> None:
    """Each round another transaction is open, so that never nobody writes."""
    before = db.engines[None].connect()
    before.execute(WRITE)
    for _ in range(4):
        after = db.engines[None].connect()
        after.execute(WRITE)
        chain.chain_entries()
        before.commit()
        before.close()
        before = after
    chain.chain_entries()
    assert settled() >= 3
    before.rollback()
    before.close()
    chain.chain_entries()
    assert chained() == [1, 2, 3, 4]
    assert fault() is None


def test_one_that_was_taken_back_leaves_no_gap(system: Flask) -> None:
    write_entries(1)
    db.session.execute(WRITE)
    db.session.rollback()
    write_entries(1)
    assert chain.chain_entries() == 2
    assert chained() == [1, 3]
    assert fault() is None


def test_two_workers_at_once_chain_nothing_twice(system: Flask) -> None:
    """While eight others write and commit."""
    stop = threading.Event()
    failed: list[Exception] = []

    def work(what: Any) -> None:
        try:
            with system.app_context():
                enter_scope(SYSTEM)
                while not stop.is_set():
                    what()
        except Exception as error:  # told to the test, which runs elsewhere
            failed.append(error)

    def write() -> None:
        db.session.execute(WRITE)
        stop.wait(0.002)
        db.session.commit()

    threads = [
        threading.Thread(target=work, args=(what,)) for what in (*[write] * 8, *[chain.chain_entries] * 2)
    ]
    for thread in threads:
        thread.start()
    stop.wait(2)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed
    chain.chain_entries()
    assert sorted(chained()) == list(db.session.scalars(sa.text("SELECT id FROM audit_entry ORDER BY id")))
    assert len(chained()) > 100
    assert fault() is None


@pytest.mark.parametrize("table", LOG)
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "UPDATE {} SET position = 1", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"]
)
def test_the_portals_role_cannot_change_the_log(system: Flask, table: str, change: str) -> None:
    change = change.replace("position", "action" if table == "audit_entry" else "position")
    with pytest.raises(DBAPIError, match="permission denied"):
        db.session.execute(sa.text(change.format(table)))


@pytest.mark.parametrize("table", LOG)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET position = position", "TRUNCATE {}"])
def test_its_owner_cannot_either_without_taking_the_trigger_off(
    system: Flask, table: str, change: str
) -> None:
    make_signed_log()
    change = change.replace("position", "action" if table == "audit_entry" else "position")
    with as_owner(), pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(sa.text(change.format(table)))


def test_nobody_but_the_worker_chains_signs_or_sweeps(system: Flask) -> None:
    enter_scope(Scope("administrator", 1))
    for call in (
        sa.func.chain_entries(10),
        sa.func.unsigned_head(),
        sa.func.keep_head("{}"),
        sa.func.sweep_trace("access_log", datetime.now(UTC)),
    ):
        with pytest.raises(DBAPIError, match="only the worker"), db.session.begin_nested():
            db.session.execute(sa.select(call))


def test_a_head_is_signed_at_first_and_then_every_hour(system: Flask) -> None:
    now = datetime.now(UTC)
    assert chain.sign_when_due(now) is None  # there is nothing to sign
    write_entries(2)
    first = chain.sign_when_due(now)
    assert first
    assert (first.number, first.position, first.entries) == (1, 2, 2)
    write_entries(1)
    assert chain.oldest_unsigned()
    assert chain.sign_when_due(now + timedelta(minutes=50)) is None
    second = chain.sign_when_due(now + timedelta(minutes=59))
    assert second
    assert second.position == 3
    assert chain.oldest_unsigned() is None
    assert chain.sign_when_due(now + timedelta(hours=3)) is None  # nothing was added
    assert [read_line(line).number for line in list_lines(folder())] == [1, 2]
    assert {file.name for file in folder().glob("heads-*")} == {
        f"heads-{head.at.date()}.jsonl" for head in (first, second)
    }
    assert fault() is None


def test_the_unsigned_tail_is_told_whether_it_is_chained_or_not(system: Flask) -> None:
    write_entries(1)
    waiting = chain.oldest_unsigned()
    chain.chain_entries()
    assert waiting == chain.oldest_unsigned() is not None
    sign(datetime.now(UTC))
    assert chain.oldest_unsigned() is None


def test_a_clock_that_was_wrong_and_put_right_stops_no_signing(system: Flask) -> None:
    now = datetime.now(UTC)
    write_entries(2)
    sign(now + timedelta(days=30))
    with as_owner():
        early = "INSERT INTO audit_entry (at, action) VALUES (now() - interval '5 days', 'person.read')"
        db.session.execute(sa.text(early))
        db.session.commit()
    enter_scope(SYSTEM)
    head = chain.sign_when_due(now)
    assert head
    assert head.number == 2
    assert fault() is None


def test_a_head_that_was_signed_but_not_written_is_written_the_next_time(system: Flask) -> None:
    write_entries(1)
    chain.sign_head(datetime.now(UTC))
    db.session.commit()
    found = fault()
    assert found
    assert "head 1 is missing from the files" in found
    enter_scope(SYSTEM)
    chain.write_heads()
    chain.write_heads()
    assert len(list(list_lines(folder()))) == 1
    assert fault() is None


def test_the_key_is_made_once_for_its_owner_alone(system: Flask) -> None:
    make_signed_log()
    key = folder() / "signing_key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    text = key.read_bytes()
    write_entries(1)
    sign(datetime.now(UTC))
    assert key.read_bytes() == text
    assert len(list(folder().glob("public-*.pem"))) == 1


def test_the_worker_knows_this_work() -> None:
    assert {f"portal.trace.chain.{name}" for name in ("chain_entries", "sign_when_due", "sweep_log")} <= set(
        jobs._works
    )


def test_a_reading_waits_for_no_chaining(system: Flask) -> None:
    """A worker that chains holds nothing that a reader's entry needs."""
    write_entries(5)
    db.session.execute(sa.select(sa.func.chain_entries(10)))  # and has not committed
    with db.engines[None].connect() as reader:
        reader.execute(sa.text("SET lock_timeout = '100ms'"))
        reader.execute(WRITE)
        reader.commit()
    db.session.commit()
    assert count("audit_entry") == 6
    audit.record("person.read", "person", [1])
    db.session.commit()
