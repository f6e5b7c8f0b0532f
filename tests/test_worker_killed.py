"""The worker as a process of its own, killed, doubled, stopped and cut off while it sends: no email is lost or doubled.

Every test here runs real worker processes on a real queue and a real mail server; nothing is called in their place.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import SYSTEM, db, enter_scope
from portal.jobs import worker_is_alive
from portal.mail import OutboxEmail
from portal.postgres import Cluster
from tests.mail_server import Peer, add_templates, post_all, row, serving
from tests.test_jobs import CUT_OFF, wait_for

ROOT = Path(__file__).parent.parent
MAILS = int(os.environ.get("PORTAL_MAILS", "150"))  # `make mail-drill`: 500
AWAY = float(os.environ.get("PORTAL_AWAY", "3"))  # seconds without a database; `make mail-drill`: 30
PROGRAM = """
from portal import create_app
from portal.jobs import run_worker
from tests.mail_server import add_templates
app = create_app()
add_templates(app)
run_worker(app)
"""
QUEUED = "SELECT count(*) FROM huey_task"


@contextmanager
def worker(app: Flask, port: int) -> Iterator[subprocess.Popen[bytes]]:
    settings = app.config["SETTINGS"]
    environ = {
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "PORTAL_HOME": str(settings.home),
        "SECRET_KEY": "only for tests",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=os.environ | environ, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def portal(committed_app: Flask) -> Iterator[Flask]:
    add_templates(committed_app)
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield committed_app
        db.session.remove()


@pytest.fixture
def peer() -> Iterator[Peer]:
    return Peer()


def all_are_sent() -> bool:
    db.session.rollback()
    unsent = sa.select(sa.func.count()).where(OutboxEmail.sent_at.is_(None))
    return db.session.scalar(unsent) == 0


def test_a_worker_killed_while_it_sends_leaves_the_email_to_the_next(portal: Flask, peer: Peer) -> None:
    """During DATA: the server had the text, but had not said so. Nothing has arrived, and then one."""
    peer.hangs = True
    post_all("a")
    with serving(peer) as port:
        with worker(portal, port) as first:
            assert peer.reached.wait(20)
            first.kill()
        peer.hangs = False
        assert row("a").attempts == 0
        with worker(portal, port):
            wait_for(all_are_sent)
    assert len(peer.arrived) == 1


def test_a_worker_killed_before_it_notes_an_email_sends_that_one_once_more(portal: Flask, peer: Peer) -> None:
    """After DATA: the crash may double one email, under the same Message-ID, and no other."""
    processes: list[subprocess.Popen[bytes]] = []

    def answer(_message: EmailMessage) -> str:
        if len(peer.arrived) == 3:
            processes[0].kill()
        return "250 OK"

    peer.answer = answer
    post_all(*"abcdef")
    with serving(peer) as port:
        with worker(portal, port) as first:
            processes.append(first)
            first.wait(20)
        assert first.returncode == -signal.SIGKILL
        with worker(portal, port):
            wait_for(all_are_sent)
            wait_for(lambda: db.session.scalar(sa.text(QUEUED)) == 0)  # what the dead one left is worked off
    assert sorted(Counter(peer.ids()).values()) == [1, 1, 1, 1, 1, 2]
    assert len({bytes(message) for message in peer.arrived}) == 6


def test_two_workers_send_each_email_exactly_once(portal: Flask, peer: Peer) -> None:
    keys = [f"mail{number}" for number in range(MAILS)]
    with serving(peer) as port, worker(portal, port) as one, worker(portal, port) as two:
        wait_for(worker_is_alive)
        post_all(*keys)
        began = time.monotonic()
        wait_for(all_are_sent, 120)
        print(f"\n{MAILS} emails by two workers in {time.monotonic() - began:.1f} s")
        assert (one.poll(), two.poll()) == (None, None)
    assert sorted(message["To"] for message in peer.arrived) == sorted(f"{key}@test.example" for key in keys)


def test_a_worker_told_to_stop_sends_the_email_in_hand_and_begins_no_other(portal: Flask, peer: Peer) -> None:
    told = threading.Event()

    def answer(_message: EmailMessage) -> str:
        told.wait(20)
        return "250 OK"

    peer.answer = answer
    post_all("a")
    with serving(peer) as port, worker(portal, port) as process:
        assert peer.reached.wait(20)
        process.send_signal(signal.SIGTERM)
        told.set()
        assert process.wait(30) == 0
    assert row("a").sent_at
    assert len(peer.arrived) == 1


def test_a_worker_whose_database_is_away_goes_on_by_itself_when_it_is_back(
    portal: Flask, peer: Peer, cluster: Cluster
) -> None:
    name = db.engine.url.database or ""
    with serving(peer) as port, worker(portal, port) as process:
        wait_for(worker_is_alive)
        db.session.remove()
        db.engine.dispose()
        with sa.create_engine(cluster.url("postgres", "postgres")).connect() as master:
            master = master.execution_options(isolation_level="AUTOCOMMIT")
            master.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            master.exec_driver_sql(
                CUT_OFF.replace(
                    "usename = current_user AND datname = current_database()", f"datname = '{name}'"
                )
            )
            time.sleep(AWAY)  # the time itself is what is tried
            assert process.poll() is None
            master.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        back = time.monotonic()
        enter_scope(SYSTEM)
        post_all("a")
        wait_for(all_are_sent, 30)
        print(f"\nback {time.monotonic() - back:.1f} s after {AWAY:.0f} s without a database")
        assert process.poll() is None
    assert len(peer.arrived) == 1
