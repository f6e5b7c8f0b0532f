"""What gunicorn lets in, whoever starts it: `gunicorn wsgi:app` and `make run` read this file by its name.

A client that says nothing for ten seconds is let go, so that a handful of silent ones cannot hold every thread; one that
sends a letter now and then is for the proxy in front to stop, which reads a whole request before it asks.
"""

from __future__ import annotations

import ctypes
import logging
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

SILENCE = 10  # seconds
# Into which each process writes what it counts (portal/metrics.py).
METRICS = Path(
    os.environ.get("PROMETHEUS_MULTIPROC_DIR") or Path(os.environ.get("PORTAL_HOME", ".portal"), "metrics")
)
M_ARENA_MAX = -8  # malloc.h
KINDS, ROOM = ("counter", "histogram", "gauge_livesum"), 2**20  # bytes

limit_request_line = 4_094
limit_request_fields = 60
limit_request_field_size = 8_190
timeout = 60
graceful_timeout = 30
keepalive = 30  # longer than a reader pauses: a form must not meet a connection that is being closed
backlog = 512
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """The kernel's own limit to waiting: a socket that is accepted has it from the one that listens."""
    logging.getLogger("gunicorn.error").addFilter(without_words)
    for listener in worker.sockets:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE, 0))


def without_words(record: logging.LogRecord) -> bool:
    """gunicorn quotes what it could not read, and the address of what failed: of both only the kind is kept."""
    said = record.getMessage()
    if said.startswith("Invalid request"):
        record.msg, record.args = "A request that could not be read was refused.", ()
    elif record.exc_info:
        kind = record.exc_info[0].__name__ if record.exc_info[0] else "error"
        record.msg, record.args, record.exc_info, record.exc_text = (
            f"A request failed: {kind}.",
            (),
            None,
            None,
        )
    return True


def on_starting(_server: Any) -> None:
    """What processes that are gone have left behind goes. Without room for files each process counts for itself."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS.resolve())
    with suppress(OSError):
        METRICS.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in METRICS.glob("*.db"):
            if not Path("/proc", file.stem.rpartition("_")[2]).exists():
                file.unlink()


def post_fork(_server: Any, worker: Any) -> None:
    """Room is taken before it is written to: on a full disk a process would die of the first page that it counts.

    And glibc gives every thread a heap of its own, each of which keeps the most it ever needed: two do.
    """
    with suppress(AttributeError):  # another library of C
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    try:
        for kind in KINDS:
            with open(METRICS / f"{kind}_{os.getpid()}.db", "wb") as file:
                os.posix_fallocate(file.fileno(), 0, ROOM)
    except OSError as error:
        worker.log.warning("No metrics of all processes together: %s", error.strerror)
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


def child_exit(_server: Any, worker: Any) -> None:
    """What a process had in hand it has no more; what it counted stays counted."""
    for file in METRICS.glob(f"gauge_live*_{worker.pid}.db"):
        with suppress(OSError):
            file.unlink()
