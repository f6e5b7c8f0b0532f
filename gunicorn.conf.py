"""What gunicorn lets in, whoever starts it: `gunicorn wsgi:app` and `make run` read this file by its name.

A client that says nothing for ten seconds is let go, so that a handful of silent ones cannot hold every thread; one that
sends a letter now and then is for the proxy in front to stop, which reads a whole request before it asks.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

SILENCE = 10  # seconds

limit_request_line = 4_094
limit_request_fields = 60
limit_request_field_size = 8_190
timeout = 60
graceful_timeout = 30
keepalive = 5
backlog = 512
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """The kernel's own limit to waiting: a socket that is accepted has it from the one that listens."""
    for listener in worker.sockets:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE, 0))
