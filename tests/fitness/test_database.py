"""Each check of the database finds what is wrong, on a real one, and nothing once it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import SYSTEM, db, enter_scope
from portal.fitness import database, running
from portal.fitness.finding import OfDatabase
from portal.jobs import beat
from tests.factories import make_person, make_user


def wrongs(check: OfDatabase) -> list[str]:
    enter_scope(SYSTEM)
    try:
        return [finding.wrong for finding in check()]
    finally:
        db.session.rollback()


def as_owner(app: Flask, *statements: str) -> None:
    with db.engines["owner"].begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.fixture
def own(committed_app: Flask) -> Iterator[Flask]:
    """A database of the test's own, whose owner may spoil it."""
    with committed_app.app_context():
        yield committed_app
        db.session.remove()


def test_a_table_whose_guard_is_down_is_found(own: Flask) -> None:
    assert wrongs(database.row_security) == []
    as_owner(own, "ALTER TABLE appointment NO FORCE ROW LEVEL SECURITY")
    [wrong] = wrongs(database.row_security)
    assert "appointment" in wrong
    as_owner(
        own,
        "ALTER TABLE appointment FORCE ROW LEVEL SECURITY",
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
    )
    assert "person" in wrongs(database.row_security)[0]
    as_owner(own, "ALTER TABLE person ENABLE ROW LEVEL SECURITY")
    as_owner(own, "CREATE TABLE note (person_id bigint)", "GRANT SELECT ON note TO portal_app")
    assert "note" in wrongs(database.row_security)[0]


def test_a_pending_migration_is_found(own: Flask) -> None:
    assert wrongs(database.migrations) == []
    as_owner(own, "UPDATE alembic_version SET version_num = '0001'")
    assert "0001" in wrongs(database.migrations)[0]


def test_a_role_that_may_too_much_is_found(own: Flask) -> None:
    assert wrongs(database.role) == []
    as_owner(own, "GRANT CREATE ON SCHEMA public TO portal_app")
    assert "may create tables" in wrongs(database.role)[0]
    db.session.execute(sa.text("CREATE TABLE mine (a int)"))
    db.session.commit()
    as_owner(own, "REVOKE CREATE ON SCHEMA public FROM portal_app")
    assert "owns tables" in wrongs(database.role)[0]
    db.session.execute(sa.text("DROP TABLE mine"))
    db.session.commit()
    assert wrongs(database.role) == []


def test_the_owner_itself_is_found(own: Flask) -> None:
    db.session.info["engine"] = "owner"
    try:
        assert any("owns tables" in wrong or "superuser" in wrong for wrong in wrongs(database.role))
    finally:
        db.session.remove()


def test_a_clock_that_is_off_is_found(own: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrongs(database.clock) == []
    later = datetime.now(UTC) + timedelta(seconds=9)

    class Late(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return later

    monkeypatch.setattr(database, "datetime", Late)
    assert len(wrongs(database.clock)) == 1


def test_a_silent_worker_is_found(own: Flask) -> None:
    assert len(wrongs(running.worker)) == 1
    beat()
    assert wrongs(running.worker) == []


@pytest.mark.usefixtures("database")
def test_demo_accounts_and_people_are_found() -> None:
    assert list(database.demo_data()) == []
    person = make_person(demo=True)
    [finding] = database.demo_data()
    assert "0 demo accounts, 1 demo people" in finding.wrong
    assert person.surname not in finding.wrong
    make_user(demo=True)
    assert "1 demo accounts" in next(database.demo_data()).wrong


@pytest.mark.usefixtures("database")
def test_users_whom_nobody_reviews_and_a_lone_administrator_are_found() -> None:
    assert len(list(running.administrators())) == 1
    for _n in range(2):
        make_user("administrator")
    assert list(running.administrators()) == []
    assert list(running.reviews()) == []
    old = make_user(created_at=datetime.now(UTC) - timedelta(days=200))
    [finding] = running.reviews()
    assert old.email in finding.wrong
