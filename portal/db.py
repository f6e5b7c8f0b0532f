"""The database: one session class, naming conventions, and the scope that row-level security reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, SessionTransaction, registry

from portal.driver import Asker

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)
    registry = registry(metadata=metadata, type_annotation_map={str: sa.Text()})


class PortalSession(Session):
    """A session of the application's role; of the owner within `as_owner`, of the standby within `standby.from_standby`."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Any:
        if bind is None and "engine" in self.info:
            return self._db.engines[self.info["engine"]]
        return super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)


db = SQLAlchemy(
    model_class=Model,
    session_options={"class_": PortalSession, "expire_on_commit": False},
    disable_autonaming=True,
)


@dataclass(frozen=True)
class Scope:
    """Whose rows a transaction may see: what the policies of the database compare rows with.

    `kind` is none, iom, agency, figures or system. None for `service_ids` or `area_ids` of an agency
    user means all of the agency's. `person_ids` are restricted people on whom the user is named.
    """

    kind: str = "none"
    user_id: int | None = None
    agency_id: int | None = None
    area_ids: tuple[int, ...] | None = ()
    service_ids: tuple[int, ...] | None = ()
    person_ids: tuple[int, ...] = ()

    def settings(self) -> dict[str, str]:
        def ids(values: tuple[int, ...] | None) -> str:
            return "*" if values is None else "{" + ",".join(map(str, values)) + "}"

        return {
            "kind": self.kind,
            "user": str(self.user_id or ""),
            "agency": str(self.agency_id or ""),
            "areas": ids(self.area_ids),
            "services": ids(self.service_ids),
            "people": ids(self.person_ids),
        }


NOBODY = Scope()
SYSTEM = Scope("system", area_ids=None, service_ids=None)

# Transaction-local (true): a session-level SET would leak to the next user of a pooled connection.
SET_SCOPE = (
    "SELECT ARRAY[set_config('portal.scope', %(kind)s, true), set_config('portal.user', %(user)s, true),"
    " set_config('portal.agency', %(agency)s, true), set_config('portal.areas', %(areas)s, true),"
    " set_config('portal.services', %(services)s, true), set_config('portal.people', %(people)s, true)]"
)


def run(sql: str, values: Mapping[str, Any]) -> list[Any]:
    """The rows of a statement with %(name)s in it, in the session's transaction, by `driver`; named tuples.

    For the few statements of every request: what the ORM, the engine and the driver's own reading of a statement do
    for them costs more than they do. What it raises is psycopg's, not SQLAlchemy's.
    """
    session = db.session()
    asker = _asker(session)
    numbered, names = _numbered(sql)
    try:
        return asker.ask(numbered, [values[name] for name in names])
    except psycopg.Error:
        asker.doubtful = True
        if asker.closed:  # and so are the others that the pool keeps: the database has been restarted
            connection = session.connection()
            connection.invalidate()
            connection.engine.dispose()
        raise


def _asker(session: Session) -> Asker:
    """That of the transaction begun, where the session has nothing to say about it; a savepoint may not be set yet."""
    begun: Asker | None = session.info.get("asker")
    if begun is not None and session.is_active and not session.in_nested_transaction():
        return begun
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    asker: Asker = connection.info.get("asker") or connection.info.setdefault("asker", Asker(driver))
    session.info["asker"] = asker
    return asker


@event.listens_for(PortalSession, "after_transaction_end")
def _let_go(session: PortalSession, transaction: SessionTransaction) -> None:
    if not transaction.nested:
        session.info.pop("asker", None)


@event.listens_for(sa.Engine, "rollback")
@event.listens_for(sa.Engine, "rollback_savepoint")
def _doubt_prepared(connection: sa.Connection, *_savepoint: Any) -> None:
    """See `Asker.doubtful`. By the engine, whoever rolls back: a session does not hear of all."""
    if not connection.invalidated and "asker" in connection.info:
        connection.info["asker"].doubtful = True


@cache
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement as PostgreSQL takes it, with $1, $2 …, and the names that these stand for."""
    names: dict[str, str] = {}
    numbered = re.sub(r"%\((\w+)\)s", lambda found: names.setdefault(found[1], f"${len(names) + 1}"), sql)
    return numbered.replace("%%", "%").encode(), tuple(names)


class Prepared:
    """A select compiled once, for lists that are asked for again and again with other values.

    Building and hashing a statement of twenty columns costs more than fetching its page. Its values are given by
    the names of its bindparams; each value must be of a type that the driver takes as it is.
    """

    def __init__(self, statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> None:
        compiled = statement.compile(
            dialect=postgresql.psycopg.dialect(),  # type: ignore[no-untyped-call]
            compile_kwargs={"render_postcompile": True},
        )
        self.sql, self.constants = str(compiled), compiled.params

    def rows(self, values: Mapping[str, Any]) -> Sequence[Any]:
        return run(self.sql, {**self.constants, **values})


def enter_scope(scope: Scope) -> None:
    """Give the current session, and every transaction it begins from now on, this scope."""
    begun = db.session().in_transaction()
    keep_scope(scope)
    if begun:
        run(SET_SCOPE, scope.settings())


def keep_scope(scope: Scope) -> None:
    """`enter_scope` for a transaction in which the database has been given this scope already."""
    db.session.info["scope"] = scope


def current_scope() -> Scope:
    scope: Scope = db.session.info.get("scope", NOBODY)
    return scope


@contextmanager
def beyond_scope() -> Iterator[None]:
    """Rules that must see everybody, whoever acts; the caller has asked before whether they may, and shows nothing of others."""
    before = current_scope()
    db.session.flush()
    enter_scope(SYSTEM)
    try:
        yield
        db.session.flush()
    finally:
        driver: Any = db.session.connection().connection.driver_connection
        failed = driver.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
        (keep_scope if failed else enter_scope)(before)


@event.listens_for(PortalSession, "after_begin")
def _set_scope(session: PortalSession, transaction: SessionTransaction, connection: sa.Connection) -> None:
    scope: Scope | None = session.info.get("scope")
    if scope is not None and not transaction.nested:
        connection.exec_driver_sql(SET_SCOPE, scope.settings())


@contextmanager
def as_owner() -> Iterator[None]:
    """Commands that write reference data, imports and demo data act as the owner of the tables."""
    db.session.remove()
    db.session.info["engine"] = "owner"
    db.session.info["scope"] = SYSTEM
    try:
        yield
    finally:
        db.session.remove()
