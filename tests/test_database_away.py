"""The database is restarted, slow or refuses a text, beneath statements that the driver runs itself: never a 500."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import public
from portal.db import SYSTEM, db, enter_scope, run
from tests.conftest import sign_in_client
from tests.factories import make_user

KILL = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user"""


@pytest.fixture
def officer_client(committed_app: Flask) -> FlaskClient:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        client = sign_in_client(committed_app, make_user("iom_officer"))
        db.session.remove()
    return client


def test_pages_come_back_once_the_database_has_been_restarted(
    committed_app: Flask, officer_client: FlaskClient
) -> None:
    with committed_app.app_context():
        kept = [db.engine.connect() for _ in range(3)]  # by other threads of the server, and given back
        for connection in kept:
            connection.close()
        assert officer_client.get("/referrals").status_code == 200
        with sa.create_engine(db.engine.url).connect() as apart:
            assert len(apart.execute(sa.text(KILL)).all()) >= 3
    codes = [officer_client.get("/referrals").status_code for _ in range(3)]
    assert set(codes) <= {200, 503}
    assert codes[1:] == [200, 200]


ERRORS: dict[str, tuple[Callable[[], Any], int]] = {
    "away": (lambda: run("SELECT pg_terminate_backend(pg_backend_pid())", {}), 503),
    "too-slow": (
        lambda: (
            run("SELECT set_config('statement_timeout', '10', true)", {}) and run("SELECT pg_sleep(5)", {})
        ),
        503,
    ),
    "too-large": (lambda: run("SELECT %(n)s::text::int", {"n": "9" * 40}), 400),
    "nul": (lambda: run("SELECT %(text)s", {"text": "a\0b"}), 400),
    "surrogate": (lambda: run("SELECT %(text)s", {"text": "\ud800"}), 400),
    "nul-by-the-orm": (lambda: db.session.scalar(sa.select(sa.literal("a\0b"))), 400),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_the_driver_raises_has_a_page_of_its_own(committed_app: Flask, name: str) -> None:
    fails, code = ERRORS[name]
    committed_app.add_url_rule("/fails", "fails", public(lambda: str(fails())))
    committed_app.config["PROPAGATE_EXCEPTIONS"] = False
    client = committed_app.test_client()
    assert client.get("/fails").status_code == code
    assert (client.get("/readyz").json or {})["database"] == "ok"
