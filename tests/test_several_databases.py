"""DATABASE_URL may name several servers: pages, the worker's queue and the owner find the one that takes writes.

`make drill-nodes` has a real second server, and loses the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import create_app
from portal.db import as_owner, db, run
from portal.jobs import _queue
from tests.conftest import dispose

WAITS = {"target_session_attrs": "read-write", "connect_timeout": "2", "tcp_user_timeout": "4000"}


def after_one_that_is_gone(url: str | None) -> str:
    made = sa.make_url(url or "")
    there = str(made.query["host"])
    several = made.set(query={**made.query, "host": f"{there}/gone,{there}", **WAITS})
    return several.render_as_string(hide_password=False)


@pytest.fixture
def several(committed_app: Flask) -> Iterator[Flask]:
    settings = committed_app.config["SETTINGS"]
    app = create_app(
        replace(
            settings,
            database_url=after_one_that_is_gone(settings.database_url),
            database_owner_url=after_one_that_is_gone(settings.database_owner_url),
        )
    )
    yield app
    dispose(app)


def test_pages_find_the_server_that_takes_writes(several: Flask) -> None:
    assert (several.test_client().get("/readyz").json or {})["database"] == "ok"
    with several.app_context():
        assert run("SELECT pg_is_in_recovery() AS standby", {})[0].standby is False


def test_the_worker_finds_it_with_the_waits_of_the_address(several: Flask) -> None:
    queue = _queue(several)
    assert queue.storage.queue_size() == 0
    assert queue.storage.conn.info.get_parameters()["connect_timeout"] == "2"
    queue.storage.close()


def test_the_owner_finds_it(several: Flask) -> None:
    with several.app_context(), as_owner():
        assert db.session.scalar(sa.text("SELECT current_user")) == "portal_owner"
