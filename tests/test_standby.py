"""Figures are read from a standby: which the page shows, where its trace is, and what happens when either is away.

The standby is a copy of the database that takes no writes and has one person fewer. `make drill-nodes` has a real one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.postgres import Cluster
from tests.conftest import Visitor, database_url, dispose, sign_in_client
from tests.factories import make_person, make_user


@pytest.fixture
def both(committed_app: Flask, cluster: Cluster) -> Iterator[Flask]:
    """The portal with a manager and two people, and a standby that knows of one."""
    settings = committed_app.config["SETTINGS"]
    primary = sa.make_url(settings.database_url).database
    standby = f"{primary}_standby"
    with committed_app.app_context():
        enter_scope(SYSTEM)
        make_user("iom_manager", email="manager@test.example")
        make_person()
        db.session.commit()
    dispose(committed_app)
    cluster.create_database(standby, template=primary)
    command(cluster, f'ALTER DATABASE "{standby}" SET default_transaction_read_only = on')
    with committed_app.app_context():
        enter_scope(SYSTEM)
        make_person()
        db.session.commit()
    app = create_app(replace(settings, database_read_url=database_url(cluster.app_url, standby)))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Visitor
    yield app
    dispose(app)
    cluster.drop_database(standby)


@pytest.fixture
def manager(both: Flask) -> FlaskClient:
    with both.app_context():
        enter_scope(SYSTEM)
        user = db.session.scalars(sa.select(User).where(User.email == "manager@test.example")).one()
        client = sign_in_client(both, user)
        db.session.remove()
    return client


def command(cluster: Cluster, sql: str) -> None:
    engine = sa.create_engine(cluster.url("postgres", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(sql))
    engine.dispose()


def shut(cluster: Cluster, app: Flask, *, standby: bool) -> str:
    """Let nobody into the one or the other any more, and throw out who is in; its name."""
    with app.app_context():
        name = str(db.engines["standby" if standby else None].url.database)
    command(cluster, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    throw_out = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = "
    command(cluster, f"{throw_out}'{name}'")
    return name


def people(client: FlaskClient) -> int:
    """How many people the dashboard says there are."""
    page = client.get("/needs")
    assert page.status_code == 200
    found = re.search(r"\d+ of (\d+)", re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.text)))
    assert found
    return int(found[1])


def ask(app: Flask, engine: str | None, sql: str) -> Any:
    with app.app_context(), db.engines["owner" if engine is None else engine].connect() as connection:
        return connection.scalar(sa.text(sql))


TRACES = "SELECT count(*) FROM audit_entry WHERE action IN ('needs.read', 'needs.export')"


def test_figures_come_from_the_standby_and_their_trace_stands_on_the_primary(
    both: Flask, manager: FlaskClient
) -> None:
    assert people(manager) == 1
    assert manager.get("/needs/files/needs.csv").status_code == 200
    assert ask(both, None, TRACES) == 2


def test_every_page_and_file_of_figures_that_may_be_read_there_can_be(manager: FlaskClient) -> None:
    """None of them writes anything after its trace: the standby would refuse, and the page would be a 503."""
    agency = re.search(r"/turnaround/\d+", manager.get("/turnaround").text)
    for address in (
        "/turnaround", "/turnaround?show=days", "/turnaround?days=calendar", agency[0] if agency else "/turnaround",
        "/turnaround/files/summary.csv", "/turnaround/files/all.xlsx", "/turnaround/files/turnaround.pdf",
        "/needs/files/needs.xlsx",
    ):  # fmt: skip
        assert manager.get(address).status_code == 200, address


def test_what_follows_the_page_is_written_on_the_primary(both: Flask, manager: FlaskClient) -> None:
    old = "UPDATE user_session SET seen_at = now() - interval '10 minutes'"
    with both.app_context(), db.engines["owner"].begin() as connection:
        connection.execute(sa.text(old))
    assert people(manager) == 1
    assert ask(both, None, "SELECT seen_at > now() - interval '1 minute' FROM user_session")
    assert manager.get("/people").status_code == 200


def test_a_standby_that_is_away_is_not_needed_and_not_asked_again_at_once(
    both: Flask, manager: FlaskClient, cluster: Cluster
) -> None:
    assert people(manager) == 1
    name = shut(cluster, both, standby=True)
    assert people(manager) == 2
    command(cluster, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert people(manager) == 2
    both.extensions["standby_rests_until"] = 0.0
    assert people(manager) == 1
    assert ask(both, None, TRACES) == 4


def test_no_page_without_its_trace_however_well_the_standby_is(
    both: Flask, manager: FlaskClient, cluster: Cluster
) -> None:
    assert people(manager) == 1
    name = shut(cluster, both, standby=False)
    assert manager.get("/needs").status_code == 503
    command(cluster, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_the_trace_is_committed_before_anything_is_read(both: Flask, manager: FlaskClient) -> None:
    """Where the page cannot be made, who asked for it is known all the same."""
    with both.app_context():
        standby = sa.make_url(both.config["OWNER_URL"]).set(database=db.engines["standby"].url.database)
    engine = sa.create_engine(standby)
    with engine.begin() as connection:
        connection.execute(sa.text("SET TRANSACTION READ WRITE"))
        connection.execute(sa.text("ALTER TABLE person_need RENAME TO gone"))
    engine.dispose()
    both.config["PROPAGATE_EXCEPTIONS"] = False
    assert manager.get("/needs").status_code == 500
    assert ask(both, None, TRACES) == 1
