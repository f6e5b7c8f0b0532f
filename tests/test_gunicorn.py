"""The server in front of the portal, with its own settings: what is too long is refused, who is silent is let go."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = (
    "def app(environ, start):\n    start('200 OK', [('Content-Type', 'text/plain')])\n    return [b'here']\n"
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """gunicorn with the portal's settings and a page of one word, two threads."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "little.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    settings = (ROOT / "gunicorn.conf.py").read_text().replace("SILENCE = 10", "SILENCE = 1")
    (folder / "gunicorn.conf.py").write_text(settings)
    command = [
        str(Path(sys.executable).parent / "gunicorn"),
        "little:app",
        "--threads",
        "2",
        "--bind",
        f"127.0.0.1:{number}",
    ]
    with subprocess.Popen(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, stderr=subprocess.DEVNULL
    ) as server:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", number)) == 0:
                    break
            time.sleep(0.2)
        yield number
        server.terminate()


def say(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(request)
        answer = b""
        while more := client.recv(4096):
            answer += more
        return answer


HEAD = b"Host: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n", b"200"),
        (b"GET /" + b"x" * 5_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + HEAD + b"X-A: " + b"x" * 9_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(80)) + b"\r\n", b"431"),
        (
            b"POST / HTTP/1.1\r\n"
            + HEAD
            + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"400",
        ),
        (b"GET / HTTP/1.1\r\n" + HEAD + b"A b: c\r\n\r\n", b"400"),
    ],
)
def test_what_is_too_long_or_ambiguous_is_refused(port: int, request_: bytes, status: bytes) -> None:
    assert say(port, request_).partition(b"\r\n")[0].split()[1] == status


def test_silent_clients_do_not_hold_the_threads(port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(6)]
    for client in silent:
        client.sendall(b"GET / HTTP/1.1\r\nHost: loc")
    began = time.monotonic()
    assert b"200" in say(port, b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
    assert time.monotonic() - began < 15
    for client in silent:
        client.close()
