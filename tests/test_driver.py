"""The statements of every page are prepared once on a connection, and again when the driver has dropped them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from portal import driver
from portal.db import SYSTEM, db, enter_scope, run


@pytest.fixture(autouse=True)
def asked(committed_app: Flask) -> Iterator[None]:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield
        db.session.remove()


def prepared() -> set[str]:
    rows = db.session.execute(sa.text("SELECT name FROM pg_prepared_statements WHERE name LIKE 'portal%'"))
    return set(rows.scalars())


def test_values_go_and_come_as_what_they_are() -> None:
    (row,) = run(
        "SELECT %(n)s::int AS number, %(day)s::date AS day, %(ids)s::int[] AS ids, %(none)s::text AS nothing, 'ŵ' AS word",
        {"n": 7, "day": date(2026, 11, 27), "ids": [1, 2], "none": None},
    )
    assert (row.number, row.day, row.ids, row.nothing, row.word) == (7, date(2026, 11, 27), [1, 2], None, "ŵ")


def test_a_statement_is_prepared_once_for_the_same_types() -> None:
    before = prepared()
    for number in (1, 2, 3):
        run("SELECT %(n)s + 1000", {"n": number})
    assert len(prepared() - before) == 1
    run("SELECT %(n)s + 1000", {"n": 2**40})
    assert len(prepared() - before) == 2


def test_only_so_many_stay_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "MOST", 3)
    numbers = [run(f"SELECT {number} AS number", {})[0].number for number in (*range(8), *range(8))]
    assert numbers == [*range(8), *range(8)]
    assert len(prepared()) <= 3


def many_prepared_by_the_driver() -> None:
    for _ in range(12):
        db.session.execute(sa.select(sa.literal(1)))


def test_a_statement_is_there_again_after_a_rollback() -> None:
    for _ in range(3):
        many_prepared_by_the_driver()
        assert run("SELECT 5 AS five", {})[0].five == 5
        db.session.rollback()


def test_a_statement_is_there_again_after_a_rollback_of_others() -> None:
    assert run("SELECT 7 AS seven", {})[0].seven == 7
    db.session.commit()
    many_prepared_by_the_driver()
    db.session.remove()
    enter_scope(SYSTEM)
    assert run("SELECT 7 AS seven", {})[0].seven == 7


def test_a_statement_is_there_again_after_a_savepoint() -> None:
    many_prepared_by_the_driver()
    assert run("SELECT 6 AS six", {})[0].six == 6
    with pytest.raises(psycopg.errors.DivisionByZero), db.session.begin_nested():
        run("SELECT 1 / %(nought)s", {"nought": 0})
    assert run("SELECT 6 AS six", {})[0].six == 6


def test_nothing_is_asked_in_a_transaction_that_failed() -> None:
    run("SELECT 1 AS one", {})
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text("INSERT INTO outbox (key) VALUES (NULL)"))
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        run("SELECT 1 AS one", {})
    db.session.rollback()
    assert run("SELECT 1 AS one", {})[0].one == 1
