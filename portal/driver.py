"""Statements as PostgreSQL's own library takes them: prepared once on each connection, then asked for by their name.

For the few statements of every page (docs/decisions/0018-what-every-page-asks.md). What the driver's cursors do around
each of them, anew each time, costs more than most of them do.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

from portal.patience import Patient

MOST = 100  # prepared at a time on one connection; then the oldest makes room

Key = tuple[bytes, tuple[int, ...]]  # a statement and the types of its values


class Asker:
    """What one connection has prepared. It lives as long as the connection does."""

    def __init__(self, driver: Patient) -> None:
        self._driver, self._connection = driver, driver.pgconn
        self._adapt = Transformer.from_context(
            driver
        )  # knows from then on how the types it has met are read and written
        self._prepared: dict[Key, tuple[bytes, Callable[..., Any]]] = {}
        self._count = 0
        self.doubtful = (
            False  # psycopg has rolled back, and then it drops whatever is prepared, if it has prepared any
        )

    @property
    def closed(self) -> bool:
        return self._driver.closed

    def ask(self, sql: bytes, values: Sequence[Any]) -> list[Any]:
        """The rows, as named tuples, of a statement with $1, $2 …, in the connection's transaction; psycopg's errors."""
        self._driver.begin_wait()
        try:
            return self._ask(sql, values)
        finally:
            self._driver.end_wait()

    def _ask(self, sql: bytes, values: Sequence[Any]) -> list[Any]:
        connection, adapt = self._connection, self._adapt
        given: Any = adapt.dump_sequence(values, [PyFormat.AUTO] * len(values))
        if connection.transaction_status == TransactionStatus.IDLE:
            self._check(connection.exec_(b"BEGIN"))
        if self.doubtful:
            self._forget_dropped()
        key = sql, adapt.types or ()
        name, row = self._prepared.get(key) or self._prepare(key)
        result = self._check(connection.exec_prepared(name, given, adapt.formats, Format.BINARY))
        adapt.set_pgresult(result)
        rows = adapt.load_rows(0, result.ntuples, row)
        adapt.set_pgresult(None)
        return rows

    def _prepare(self, key: Key) -> tuple[bytes, Callable[..., Any]]:
        if len(self._prepared) >= MOST:
            oldest, _row = self._prepared.pop(next(iter(self._prepared)))
            self._check(self._connection.exec_(b"DEALLOCATE " + oldest))
        self._count += 1
        name = b"portal_%d" % self._count
        self._check(self._connection.prepare(name, *key))
        shape = self._check(self._connection.describe_prepared(name))
        columns = tuple((shape.fname(number) or b"").decode() for number in range(shape.nfields))
        self._prepared[key] = name, _row_of(columns)
        return self._prepared[key]

    def _forget_dropped(self) -> None:
        there = self._check(self._connection.exec_(b"SELECT name FROM pg_prepared_statements"))
        names = {there.get_value(number, 0) for number in range(there.ntuples)}
        self._prepared = {key: kept for key, kept in self._prepared.items() if kept[0] in names}
        self.doubtful = False

    def _check(self, result: PGresult) -> PGresult:
        if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            return result
        if self._connection.status == ConnStatus.BAD and not result.error_field(DiagnosticField.SQLSTATE):
            raise psycopg.OperationalError("the connection to the database is lost")
        raise error_from_result(result)


@lru_cache(maxsize=500)
def _row_of(columns: tuple[str, ...]) -> Callable[..., Any]:
    """Makes a row of these columns: one class for the statements of all connections."""
    row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
    made: Callable[..., Any] = row._make
    return made
