"""What the processes themselves write down (gunicorn's own lines and the worker's among them) names nobody."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import sqlalchemy as sa

from tests.faults.running import Running, running, wait_for

CANARY = "CaneriEnghraifft"
HEAD = f"Host: localhost\r\nConnection: close\r\nX-Name: {CANARY}\r\n".encode()
UNREADABLE = (
    f"{CANARY} / HTTP/1.1\r\n".encode() + HEAD + b"\r\n",
    f"GET /{CANARY} HTTP/9.{CANARY}\r\n".encode() + HEAD + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + f"{CANARY} b: 1\r\n\r\n".encode(),
    f"POST / HTTP/1.1\r\nTransfer-Encoding: {CANARY}\r\n".encode() + HEAD + b"\r\n",
)


def say(portal: Running, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", portal.port), timeout=20) as client:
        client.sendall(request)
        while client.recv(4096):
            pass


def test_no_line_quotes_what_was_sent(tmp_path: Path) -> None:
    with running(tmp_path / "portal") as portal:
        portal.serve(workers=1)
        portal.work(MAIL_SERVER="127.0.0.1", MAIL_PORT="1")
        wait_for(lambda: portal.ready()["worker"] == "ok", 60)
        for request in UNREADABLE:
            say(portal, request)
        portal.ask(f"/people?q={CANARY}")
        portal.ask(f"/{CANARY}", surname=CANARY)
        with sa.create_engine(portal.cluster.owner_url).begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO outbox (key, template, address, language, params)"
                    " VALUES (:key, 'nothing', :address, 'en', CAST(:params AS jsonb))"
                ),
                {
                    "key": CANARY,
                    "address": f"{CANARY}@test.example",
                    "params": json.dumps({"agency": CANARY}),
                },
            )
            tried = sa.text("SELECT attempts FROM outbox")
        with sa.create_engine(portal.cluster.owner_url, isolation_level="AUTOCOMMIT").connect() as connection:
            wait_for(lambda: connection.scalar(tried), 20)
        web, worker = ((portal.home / name).read_text() for name in ("web.log", "worker.log"))
    lines = [json.loads(line) for line in web.splitlines() if line.startswith("{")]
    assert {"request"} <= {line["event"] for line in lines}
    assert web.count("could not be read") == len(UNREADABLE)
    assert CANARY not in web + worker
