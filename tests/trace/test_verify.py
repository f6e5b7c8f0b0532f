"""`verify` finds whatever is done to a log under signed heads, and nothing where nothing was done."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from portal import audit
from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.jobs import beat
from portal.trace import chain
from portal.trace.chain_heads import as_line, list_lines, read_line, sign_with
from portal.trace.chain_keys import folder, public_keys
from portal.trace.chain_verify import find_first_fault
from tests.trace.chaining import count, fault, make_signed_log, sign, write_entries
from tests.trace.tampering import TAMPERINGS, run, triggers

TIMES = int(os.environ.get("PORTAL_TAMPERINGS", "60"))
ENTRIES = 30


@pytest.fixture
def system(committed_app: Flask) -> Iterator[Flask]:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield committed_app


def test_whatever_is_done_to_a_signed_log_is_found(system: Flask) -> None:
    """60 times in the suite; a thousand by `make tamper`. Each is undone before the next."""
    make_signed_log(ENTRIES)
    random = Random(2026)  # noqa: S311 - drawn again alike
    keys, found, missed = public_keys(folder()), Counter[str](), []
    with as_owner():
        triggers(on=False)
        db.session.commit()
        assert find_first_fault(folder(), keys) is None
        for number in range(TIMES):
            tampering = TAMPERINGS[number % len(TAMPERINGS)]
            tampering(random, ENTRIES)
            if find_first_fault(folder(), keys):
                found[tampering.__name__] += 1
            else:
                missed.append((number, tampering.__name__))
            db.session.rollback()
        triggers(on=True)
        db.session.commit()
        assert find_first_fault(folder(), keys) is None
    print(f"\n{sum(found.values())} of {TIMES} found: {dict(found)}")
    assert missed == []


@pytest.mark.parametrize("kind", ["taken out", "cut short", "altered", "signed by another", "all gone"])
def test_whatever_is_done_to_the_files_of_heads_is_found(system: Flask, kind: str) -> None:
    make_signed_log(ENTRIES)
    lines = list(list_lines(folder()))
    for file in folder().glob("heads-*.jsonl"):
        file.unlink()
    strange = as_line(sign_with(Ed25519PrivateKey.generate(), read_line(lines[1])))
    changed = {
        "taken out": [lines[0], lines[2]],
        "cut short": [*lines[:2], lines[2][:50]],
        "altered": [lines[0], lines[1].replace('"entries":', '"entries":1'), lines[2]],
        "signed by another": [lines[0], strange, lines[2]],
        "all gone": [],
    }[kind]
    (folder() / "heads-2026-01-01.jsonl").write_text("".join(f"{line}\n" for line in changed))
    found = fault()
    assert found
    assert "head" in found


def test_a_rebuilt_log_with_heads_signed_anew_is_found_by_heads_kept_outside(
    system: Flask, tmp_path: Path
) -> None:
    """Whoever has the whole machine has the key too: only what is kept elsewhere proves anything then."""
    make_signed_log(ENTRIES)
    outside = tmp_path / "mailed.txt"
    outside.write_text("\n".join(list_lines(folder())))
    keys = public_keys(folder())
    for file in folder().glob("heads-*.jsonl"):
        file.unlink()
    with as_owner():
        triggers(on=False)
        for table in ("audit_link", "audit_head"):
            run(f"DELETE FROM {table}")  # noqa: S608
        run("UPDATE audit_entry SET user_id = 99")
        run("UPDATE audit_chained SET upto = 0, next = 0")
        triggers(on=True)
        db.session.commit()
    enter_scope(SYSTEM)
    sign(datetime.now(UTC))
    assert fault() is None
    with as_owner():
        found = find_first_fault(outside, keys, outside=True)
    assert found
    assert "another than the one kept outside" in found


def test_a_copy_outside_may_be_older_and_have_gaps(system: Flask, tmp_path: Path) -> None:
    make_signed_log(ENTRIES)
    lines = list(list_lines(folder()))
    with as_owner():
        for kept in (lines[:1], lines[1:], [lines[0], lines[2]]):
            outside = tmp_path / "mailed.txt"
            outside.write_text("\n".join(kept))
            assert find_first_fault(outside, public_keys(folder()), outside=True) is None


def test_the_mail_holds_the_line_itself(system: Flask) -> None:
    from dataclasses import replace

    from portal.mail import OutboxEmail, render

    settings = system.config["SETTINGS"]
    system.config["SETTINGS"] = replace(settings, audit_head_email="heads@test.example")
    write_entries(3)
    head = sign(datetime.now(UTC))
    email = db.session.scalars(sa.select(OutboxEmail)).one().email
    subject, text, _page = render(email)
    assert email.address == "heads@test.example"
    assert subject == "Access log: signed state 1"
    assert as_line(head) in text.splitlines()


def test_after_a_lawful_deletion_the_rest_is_proven_still(system: Flask) -> None:
    make_signed_log(ENTRIES, ago=timedelta(days=2560))
    make_signed_log(ENTRIES, seed=9)
    gone = chain.sweep_log()
    assert gone["access_log"] == ENTRIES
    left = ENTRIES + 1  # the entry that says what was deleted
    assert (count("audit_entry"), count("audit_link")) == (left, ENTRIES)
    assert fault() is None
    enter_scope(SYSTEM)
    write_entries(2)
    sign(datetime.now(UTC))
    assert fault() is None
    with as_owner():
        triggers(on=False)
        run("UPDATE audit_entry SET action = 'x' WHERE id = (SELECT max(id) FROM audit_entry)")
        triggers(on=True)
        db.session.commit()
    assert "was altered" in (fault() or "")


def test_all_may_go_and_the_chain_goes_on(system: Flask) -> None:
    make_signed_log(ENTRIES, ago=timedelta(days=2560))
    assert chain.sweep_log()["access_log"] == ENTRIES
    assert count("audit_link") == 0
    assert fault() is None
    enter_scope(SYSTEM)
    write_entries(2)
    head = sign(datetime.now(UTC))
    assert (head.position, head.entries) == (ENTRIES + 3, 3)
    assert fault() is None


def test_nothing_goes_that_is_not_signed_or_too_young(system: Flask) -> None:
    write_entries(5)
    chain.chain_entries()
    assert chain.sweep_log(datetime.now(UTC) + timedelta(days=9000))["access_log"] == 0
    make_signed_log(ENTRIES)
    assert chain.sweep_log(datetime.now(UTC) + timedelta(days=2550))["access_log"] == 0
    assert fault() is None


def test_what_should_have_been_done_by_now_is_a_warning_and_no_fault(system: Flask) -> None:
    with as_owner():
        run("INSERT INTO audit_entry (at, action) VALUES (now() - interval '2 hours', 'person.read')")
        db.session.commit()
    runner = system.test_cli_runner()
    quiet = runner.invoke(args=["verify"])
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    with system.app_context():
        enter_scope(SYSTEM)
        beat()
    told = runner.invoke(args=["verify"])
    assert told.exit_code == 0
    assert "1 entries of the access log are older than a minute" in told.stderr
    assert "has not been signed since" in told.stderr


def test_the_command_says_the_first_fault_and_how_far_a_whole_log_is_signed(
    system: Flask, tmp_path: Path
) -> None:
    make_signed_log(ENTRIES)
    runner = system.test_cli_runner()
    whole = runner.invoke(args=["verify"])
    assert whole.exit_code == 0
    assert f"whole up to position {ENTRIES}, and signed up to {ENTRIES}" in whole.stdout
    key, heads = tmp_path / "key.pem", tmp_path / "heads.txt"
    key.write_text(runner.invoke(args=["audit-key"]).stdout)
    heads.write_text("\n".join(list_lines(folder())))
    assert runner.invoke(args=["verify", "--heads", str(heads), "--key", str(key)]).exit_code == 0
    with as_owner():
        triggers(on=False)
        run("UPDATE audit_entry SET action = 'x' WHERE id = 3")
        db.session.commit()
    broken = runner.invoke(args=["verify"])
    assert broken.exit_code == 1
    assert broken.stderr == "Error: Entry 3 of the access log, position 3 of its chain, was altered.\n"
    key.write_text("nonsense")
    assert runner.invoke(args=["verify", "--key", str(key)]).exit_code == 1


def test_words_of_a_search_that_were_altered_are_found(system: Flask) -> None:
    run("SELECT write_search(1, '{}', jsonb_build_object('typed', 'abc'), '«Enw»', 'k')")
    db.session.commit()
    audit.record("person.read", by=1)
    db.session.commit()
    assert "What was searched for in entry 1" in (fault() or "")
