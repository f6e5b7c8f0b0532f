"""A demonstration made by the command itself, once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from portal import create_app
from portal.db import SYSTEM, db, enter_scope
from portal.postgres import Cluster
from tests import TODAY
from tests.conftest import TEMPLATE, dispose, settings_for

REFERRALS = 900


@pytest.fixture(scope="module")
def fresh_portal(
    cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractContextManager[Flask]]:
    """A maker of portals, each on a clone of its own that is dropped afterwards."""

    @contextmanager
    def make() -> Iterator[Flask]:
        home: Path = tmp_path_factory.mktemp("demo")
        name = f"portal_{worker_id}_{home.name}"
        cluster.create_database(name, template=TEMPLATE)
        app = create_app(settings_for(cluster, home, name))
        app.config["WTF_CSRF_ENABLED"] = False
        yield app
        dispose(app)
        cluster.drop_database(name)

    return make


@pytest.fixture(scope="module")
def made(fresh_portal: Callable[[], AbstractContextManager[Flask]]) -> Iterator[Flask]:
    with fresh_portal() as app:
        arguments = ["demo", "--referrals", str(REFERRALS), "--as-of", TODAY.isoformat()]
        done = app.test_cli_runner().invoke(args=arguments)
        assert done.exit_code == 0, done.output
        yield app


@pytest.fixture
def demo(made: Flask) -> Iterator[Flask]:
    """The demonstration, read in the *system* scope."""
    with made.app_context():
        enter_scope(SYSTEM)
        yield made
        db.session.rollback()
        db.session.remove()
