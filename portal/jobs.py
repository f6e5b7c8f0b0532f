"""Background work: functions that the worker calls again and again, by way of a queue in PostgreSQL."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import psycopg
import sqlalchemy as sa
from flask import Flask
from huey import PostgresHuey
from huey.consumer import Consumer, Scheduler
from huey.registry import Message
from huey.serializer import Serializer
from prometheus_client import start_http_server

from portal.db import SYSTEM, db, enter_scope
from portal.logs import log
from portal.metrics import WORK_SECONDS, WORKS
from portal.patience import ARGUMENTS

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 2  # so that a mail server that hangs does not hold up the rest
LAST_WAIT = 20  # seconds that work in hand may take once the worker is told to stop
SILENCE = 60  # seconds without a heartbeat after which the worker counts as gone


@dataclass(frozen=True)
class Work:
    name: str
    seconds: int
    run: Callable[[], object]


_works: dict[str, Work] = {}


def periodic(seconds: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have the worker call the function when it starts and every so many seconds (1 or more) from then on.

    The function needs no argument, stands in the *system* scope, and commits. It finds what is due by itself and
    bears repetition: a call may come late, be missed, or be made by two workers at once.
    """

    def register(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__}.{function.__name__}"
        _works[name] = Work(name, seconds, function)
        return function

    return register


def run_worker(app: Flask) -> None:
    """Work in the foreground of the main thread until SIGTERM or SIGINT; work in hand is finished first."""
    queue = _queue(app)
    if port := app.config["SETTINGS"].worker_metrics_port:
        start_http_server(port, addr="127.0.0.1")
    for work in _works.values():
        queue.periodic_task(_due_every(work.seconds), name=work.name)(_within(app, work))
    _PortalConsumer(queue, workers=THREADS, graceful_signal="TERM", shutdown_timeout=LAST_WAIT).run()
    queue.storage.close()


@periodic(seconds=10)
def beat() -> None:
    db.session.execute(
        sa.text(
            "INSERT INTO worker_heartbeat (name, at) VALUES ('worker', now())"
            " ON CONFLICT (name) DO UPDATE SET at = now()"
        )
    )
    db.session.commit()


def worker_is_alive() -> bool:
    """Whether a worker has done some work of late."""
    return bool(
        db.session.scalar(
            sa.text(
                "SELECT at > now() - :silence * interval '1 second' FROM worker_heartbeat WHERE name = 'worker'"
            ),
            {"silence": SILENCE},
        )
    )


class _PlainSerializer(Serializer):
    """Tasks as JSON. Huey's own pickle would run whatever a row of the queue's table tells it to."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Any:
        return Message(*json.loads(data))


class _EverySecond(Scheduler):
    periodic_task_seconds = 1


class _PortalConsumer(Consumer):
    scheduler_class = _EverySecond

    def start(self) -> None:
        super().start()
        # Huey would drop work in hand at Ctrl-C; this way it does so at the second.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _queue(app: Flask) -> PostgresHuey:
    """The queue in the portal's own database. Its tables are made by a migration: this role may not."""
    with app.app_context():
        engine = db.engine
    arguments, options = engine.dialect.create_connect_args(engine.url)

    def connect() -> psycopg.Connection[Any]:
        # Prepared statements would fail behind a pooler.
        return psycopg.connect(*arguments, prepare_threshold=None, **{**options, **ARGUMENTS})

    return PostgresHuey(
        "portal", connection=connect, create_tables=False, results=False, serializer=_PlainSerializer()
    )


def _due_every(seconds: int) -> Callable[[object], bool]:
    """Answers the scheduler's question, asked every second, give or take a little."""
    due = time.monotonic()

    def is_due(_moment: object) -> bool:
        nonlocal due
        now = time.monotonic()
        if now < due:
            return False
        due = now + seconds - 0.5
        return True

    return is_due


def _within(app: Flask, work: Work) -> Callable[[], None]:
    """The work in an application context, whose end closes its session; never twice at once in this process."""
    running = threading.Lock()

    def call() -> None:
        if not running.acquire(blocking=False):
            return
        began, outcome = time.perf_counter(), "failed"
        try:
            with app.app_context():
                enter_scope(SYSTEM)
                done = work.run()
            outcome = "done"
            if done:  # what had nothing to do says nothing: it comes back in a few seconds
                log.info("work", work=work.name, done=done, ms=_since(began))
        except Exception as error:
            log.error("work_failed", work=work.name, error=error, ms=_since(began))
            raise
        finally:
            WORKS.labels(work.name, outcome).inc()
            WORK_SECONDS.labels(work.name).observe(time.perf_counter() - began)
            running.release()

    return call


def _since(began: float) -> float:
    """Milliseconds."""
    return round((time.perf_counter() - began) * 1000, 1)
