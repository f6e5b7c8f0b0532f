"""How long the portal waits for its database: not for ever, though nothing that is open ever closes.

A server that is frozen, or whose disk hangs, still takes what it is sent: the kernel answers for it, so that neither
TCP nor libpq ends the wait, and `statement_timeout` is asked of a server that is not there to ask. So each connection
notes since when it waits, and one thread of the process looks at them (docs/decisions/0033-away-and-back.md).
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy import event
from sqlalchemy.pool import PoolProxiedConnection

T = TypeVar("T")

LOOK = 0.5  # seconds between looks at what waits
SUSPICIOUS = 1.0  # seconds without an answer, after which the server itself is asked
GREETING = 2  # seconds in which a server that lives lets somebody in
GRACE = 3.0  # seconds that a server has, beyond `statement_timeout`, to say that a statement took too long
LIMIT = "answer_seconds"  # among the arguments of a connection: ours, not libpq's

# A machine that is gone says nothing at all: TCP itself finds that out, within about 20 seconds.
ARGUMENTS: dict[str, Any] = {
    "connect_timeout": 3, "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}  # fmt: skip
HAS_HUNG_UP = getattr(select, "POLLRDHUP", 0)  # Linux tells it apart from words still to be read


class Patient(psycopg.Connection[Any]):
    """psycopg's connection, which notes since when it waits; a wait can be ended from another thread."""

    server: Server
    limit: float | None = None  # seconds
    since: float | None = None  # time.monotonic()

    def wait(self, *what: Any, **how: Any) -> Any:
        self.begin_wait()
        try:
            return super().wait(*what, **how)
        finally:
            self.end_wait()

    def begin_wait(self) -> None:
        self.since = time.monotonic()

    def end_wait(self) -> None:
        self.since = None

    def waits(self, seconds: float) -> bool:
        since = self.since
        return since is not None and time.monotonic() - since > seconds

    def give_up(self) -> None:
        """Whoever waits sees the server hang up. Only the copy of the descriptor is closed: the connection is theirs."""
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.pgconn.socket)) as shared:
            shared.shutdown(socket.SHUT_RDWR)

    def has_been_left(self) -> bool:
        """Whether the server has hung up meanwhile, as far as can be told without asking it."""
        poll = select.poll()
        poll.register(self.pgconn.socket, HAS_HUNG_UP)
        return bool(poll.poll(0))


class Server:
    """A database as this process meets it: its connections, and whether it has gone silent."""

    def __init__(self, address: str) -> None:
        self.address, self.silent = address, False
        self.connections: WeakSet[Patient] = WeakSet()

    def look(self) -> None:
        """Ask the server if somebody has waited long; give up those who need not wait any more."""
        waiting = [one for one in list(self.connections) if one.limit is not None]
        if self.silent or any(one.waits(SUSPICIOUS) for one in waiting):
            self.silent = not self.lets_in()
        for one in waiting:
            if one.waits(0 if self.silent else (one.limit or 0) + GRACE):
                one.give_up()

    def lets_in(self) -> bool:
        """False only if it says nothing: one that refuses is alive, and says so to everybody."""
        try:
            psycopg.connect(self.address, connect_timeout=GREETING).close()
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.Error:
            pass
        return True


_servers: dict[str, Server] = {}
_starting = threading.Lock()


def _server(address: str) -> Server:
    with _starting:
        if not _servers:
            threading.Thread(target=_watch, name="patience", daemon=True).start()
        return _servers.setdefault(address, Server(address))


def _watch() -> None:
    while True:
        time.sleep(LOOK)
        for server in list(_servers.values()):
            server.look()


@event.listens_for(sa.Engine, "do_connect")
def _connect(_dialect: Any, _record: Any, words: tuple[Any, ...], named: Mapping[str, Any]) -> Patient:
    given = dict(named)
    limit = given.pop(LIMIT, None)
    server = _server(make_conninfo(*words, **{key: value for key, value in given.items() if key in _REACH}))
    if server.silent and limit is not None:
        raise psycopg.OperationalError("the database gives no answer")
    try:
        connection = Patient.connect(*words, **given)
    except psycopg.errors.ConnectionTimeout:
        server.silent = True
        raise
    connection.server, connection.limit = server, limit
    server.connections.add(connection)
    return connection


_REACH = {"host", "hostaddr", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "service"}


@event.listens_for(sa.pool.Pool, "checkout")
def _before_use(connection: Patient, _record: object, _proxy: PoolProxiedConnection) -> None:
    """One that the server has left meanwhile is replaced, unseen; while the server is silent nobody begins to wait."""
    if connection.server.silent and connection.limit is not None:
        raise psycopg.OperationalError("the database gives no answer")
    if connection.has_been_left():
        raise sa.exc.DisconnectionError
