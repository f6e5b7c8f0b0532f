"""A real PostgreSQL for every test: one cluster a run, a migrated template, a clone a worker, a rollback a test."""

from __future__ import annotations

import contextvars
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import event

from config import Settings
from portal import create_app, schema
from portal.accounts.models import User, UserSession
from portal.accounts.queries import token_hash
from portal.agencies import reference_data
from portal.db import NOBODY, SET_SCOPE, SYSTEM, PortalSession, as_owner, current_scope, db, enter_scope
from portal.postgres import Cluster
from portal.web import SESSION_KEY
from tests import TODAY

TEMPLATE = "portal_template"
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


class Visitor(FlaskClient):
    """A client whose requests have contexts of their own, as a server's have, though the test stands in one as well.

    Test and requests share a transaction, and so its scope: the test's is entered again after each request.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if not has_app_context():
            return super().open(*args, **kwargs)
        db.session.flush()
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        enter_scope(current_scope())
        return response


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Cluster]:
    """One cluster for all workers of a run, with the template database migrated and loaded once."""
    base = tmp_path_factory.getbasetemp()
    home = (base if worker_id == "master" else base.parent) / "portal-home"
    home.mkdir(exist_ok=True)
    with Cluster(home, durable=False) as running:
        with open(home / "template.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ready = home / "template.ready"
            if not ready.exists():
                make_template(running, home)
                ready.touch()
        yield running


def make_template(cluster: Cluster, home: Path) -> None:
    cluster.create_database(TEMPLATE)
    schema.upgrade(database_url(cluster.owner_url, TEMPLATE), "portal_app")
    app = create_app(settings_for(cluster, home, TEMPLATE))
    with app.app_context():
        with as_owner():
            reference_data.load(TODAY)
            db.session.commit()
        dispose(app)


def database_url(url: str, name: str) -> str:
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


def settings_for(cluster: Cluster, home: Path, name: str) -> Settings:
    return Settings(
        home=home,
        secret_key="only for tests, never anywhere else",
        database_url=database_url(cluster.app_url, name),
        database_owner_url=database_url(cluster.owner_url, name),
        testing=True,
        demo=True,
        requests_a_minute=0,
    )


def dispose(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def app(cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The portal on this worker's own clone. Forms are posted without tokens; test_hostile_requests has them on."""
    name = f"portal_{worker_id}"
    cluster.create_database(name, template=TEMPLATE)
    app = create_app(settings_for(cluster, tmp_path_factory.mktemp("home"), name))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Visitor
    yield app
    dispose(app)


@pytest.fixture
def database(app: Flask) -> Iterator[None]:
    """An application context whose every session works inside one transaction, rolled back afterwards.

    The test itself stands in the *system* scope; requests of the test client in their user's.
    """
    with app.app_context():
        engines = db._app_engines[app]
        connection = engines[None].connect()
        outer = connection.begin()
        db._app_engines[app] = {None: connection, "owner": connection}
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
        enter_scope(SYSTEM)
        event.listen(PortalSession, "after_begin", _nobody_by_default)
        try:
            yield
        finally:
            event.remove(PortalSession, "after_begin", _nobody_by_default)
            db.session.remove()
            db._app_engines[app] = engines
            outer.rollback()
            connection.close()


def _nobody_by_default(session: PortalSession, transaction: object, connection: sa.Connection) -> None:
    """All sessions of a test share a transaction: one without a scope must not inherit the last one's."""
    if "scope" not in session.info:
        connection.exec_driver_sql(SET_SCOPE, NOBODY.settings())


@pytest.fixture
def committed_app(cluster: Cluster, tmp_path: Path) -> Iterator[Flask]:
    """The portal on a fresh clone of its own, for tests that need real commits, several connections or the owner."""
    name = f"portal_{tmp_path.name[:30].lower()}_{abs(hash(tmp_path)) % 10**8}"
    cluster.create_database(name, template=TEMPLATE)
    app = create_app(settings_for(cluster, tmp_path, name))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Visitor
    yield app
    dispose(app)
    cluster.drop_database(name)


@pytest.fixture
def client_for(app: Flask, database: None) -> Callable[[User], FlaskClient]:
    """A client on which a user has signed in."""

    def signed_in(user: User) -> FlaskClient:
        return sign_in_client(app, user)

    return signed_in


def sign_in_client(app: Flask, user: User) -> FlaskClient:
    token = f"token of {user.email}"
    if db.session.get(UserSession, token_hash(token)) is None:
        db.session.add(UserSession(token_hash=token_hash(token), user_id=user.id))
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session[SESSION_KEY] = token
        session["language"] = user.language
    return client


@pytest.fixture
def outside_demo(app: Flask) -> Iterator[None]:
    """As everywhere but in a demonstration, a second factor is required."""
    app.config["DEMO"] = False
    yield
    app.config["DEMO"] = True


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("the browser tests need Chromium: `make test` installs it, or apt-get install chromium")
    with sync_playwright() as playwright:  # one for all: a second in the same process is refused
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", *QUIET]
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()
