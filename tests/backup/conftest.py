"""A demo portal with real commits, and a place to which it can be restored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from portal import create_app
from portal.db import as_owner, db
from portal.demo.making import make_demo
from portal.postgres import Cluster
from tests import TODAY
from tests.conftest import TEMPLATE, dispose, settings_for

REFERRALS = 40


def make_portal(cluster: Cluster, home: Path, name: str) -> Flask:
    app = create_app(replace(settings_for(cluster, home, name), trusted_hosts=["127.0.0.1"]))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="session")
def demo_template(cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with fictional data, to be cloned."""
    name = f"backup_template_{worker_id}"
    cluster.create_database(name, template=TEMPLATE)
    app = make_portal(cluster, tmp_path_factory.mktemp("template"), name)
    with app.app_context(), as_owner():
        make_demo(REFERRALS, seed=1, as_of=TODAY, with_passwords=True)
        db.session.commit()
    dispose(app)
    return name


@pytest.fixture
def demo_portal(cluster: Cluster, demo_template: str, tmp_path: Path) -> Iterator[Flask]:
    """With fictional data, its key in a file of its home."""
    name = f"backup_{abs(hash(tmp_path)) % 10**8}"
    cluster.create_database(name, template=demo_template)
    app = make_portal(cluster, tmp_path / "home", name)
    app.config["SETTINGS"].home.mkdir()
    (app.config["SETTINGS"].home / "secret_key").write_text(app.config["SECRET_KEY"])
    yield app
    dispose(app)
    cluster.drop_database(name)


@pytest.fixture
def empty_place(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[[], Flask]]:
    """Makes portals without a table, in homes of their own."""
    made: list[tuple[str, Flask]] = []

    def make() -> Flask:
        name = f"restored_{abs(hash(tmp_path)) % 10**8}_{len(made)}"
        cluster.create_database(name)
        home = tmp_path / name
        home.mkdir()
        made.append((name, make_portal(cluster, home, name)))
        return made[-1][1]

    yield make
    for name, app in made:
        dispose(app)
        cluster.drop_database(name)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Its address, as long as the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
