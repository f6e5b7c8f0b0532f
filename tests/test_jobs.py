"""The worker, as a process of its own on a real queue."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import SYSTEM, db, enter_scope
from portal.jobs import Work, _queue, _within, beat, worker_is_alive
from portal.mail import post
from tests.mail_server import make_email

ROOT = Path(__file__).parent.parent

# Beside the portal's own work, one function fails each second, and one tells where it stands and takes its time.
PROGRAM = """
import time
import sqlalchemy as sa
from portal import create_app
from portal.db import db
from portal.jobs import periodic, run_worker
from tests.mail_server import add_templates

@periodic(seconds=1)
def fail():
    raise RuntimeError("as it should")

@periodic(seconds=1)
def tell():
    print("scope", db.session.scalar(sa.text("SELECT scope_kind()")), flush=True)
    time.sleep(0.5)
    print("done", flush=True)

app = create_app()
add_templates(app)
run_worker(app)
print("stopped", flush=True)
"""

CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE pid <> pg_backend_pid() AND usename = current_user AND datname = current_database()
"""


@contextmanager
def worker(app: Flask) -> Iterator[subprocess.Popen[str]]:
    settings = app.config["SETTINGS"]
    environ = {
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "PORTAL_HOME": str(settings.home),
        "SECRET_KEY": "only for tests",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(what: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
        db.session.rollback()


@pytest.fixture
def portal(committed_app: Flask) -> Iterator[Flask]:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield committed_app
        db.session.remove()


def test_the_worker_sends_mail_and_outlives_faults_and_lost_connections(portal: Flask) -> None:
    folder = portal.config["SETTINGS"].home / "mail"
    post(make_email("first"))
    db.session.commit()
    with worker(portal) as process:
        wait_for(lambda: len(list(folder.glob("*.eml"))) == 1)
        wait_for(worker_is_alive)
        db.session.execute(sa.text(CUT_OFF))
        post(make_email("second"))
        db.session.commit()
        wait_for(lambda: len(list(folder.glob("*.eml"))) == 2)
        process.terminate()
        told, _ = process.communicate(timeout=15)
    assert told.count("scope system") >= 2


@pytest.mark.parametrize("told_by", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_finishes_work_in_hand_before_it_stops(portal: Flask, told_by: signal.Signals) -> None:
    with worker(portal) as process:
        assert process.stdout
        assert process.stdout.readline() == "scope system\n"
        process.send_signal(told_by)
        told, _ = process.communicate(timeout=15)
    assert told.count("done") == told.count("scope system") + 1
    assert told.endswith("done\nstopped\n")
    assert process.returncode == 0


def test_the_worker_counts_as_gone_after_a_minute_without_a_heartbeat(portal: Flask) -> None:
    assert not worker_is_alive()
    beat()
    beat()
    assert worker_is_alive()
    db.session.execute(sa.text("UPDATE worker_heartbeat SET at = now() - interval '61 seconds'"))
    assert not worker_is_alive()


def test_a_row_of_the_queue_cannot_make_the_worker_run_code(portal: Flask, tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "attacked",)

    queue = _queue(portal)
    queue.storage.enqueue(pickle.dumps(Attack()))
    with pytest.raises(ValueError, match=r"utf-8|line 1"):
        queue.dequeue()
    assert not (tmp_path / "attacked").exists()


def test_a_job_waits_in_the_queue_as_plain_text(portal: Flask) -> None:
    queue = _queue(portal)
    queue.periodic_task(lambda _moment: True, name="sweep")(lambda: None)
    for task in queue.read_periodic(None):
        queue.enqueue(task)
    stored = db.session.scalars(sa.text("SELECT convert_from(data, 'utf8') FROM huey_task")).one()
    assert "sweep" in json.loads(stored)[1]
    assert queue.dequeue().name == "sweep"
    assert queue.dequeue() is None


def test_work_that_still_runs_is_not_begun_again(portal: Flask) -> None:
    begun, go_on = threading.Event(), threading.Event()
    runs: list[int] = []

    def slow() -> None:
        runs.append(1)
        begun.set()
        go_on.wait(10)

    call = _within(portal, Work("slow", 1, slow))
    thread = threading.Thread(target=call)
    thread.start()
    assert begun.wait(10)
    call()
    assert runs == [1]
    go_on.set()
    thread.join()
    call()
    assert runs == [1, 1]


def test_work_that_fails_leaves_nothing_behind_for_the_next(portal: Flask) -> None:
    def fail() -> None:
        db.session.execute(sa.text("INSERT INTO worker_heartbeat (name, at) VALUES ('half done', now())"))
        raise RuntimeError

    call = _within(portal, Work("fail", 1, fail))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            call()
    assert db.session.scalar(sa.text("SELECT count(*) FROM worker_heartbeat")) == 0
