"""A demonstration made by the command itself, once for all tests that only look at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import joinedload

from portal import create_app
from portal.db import SYSTEM, db, enter_scope
from portal.people.models import Person
from portal.postgres import Cluster
from portal.referrals.models import Event, Referral
from tests import TODAY
from tests.conftest import TEMPLATE, dispose, settings_for

REFERRALS = 900
Histories = dict[int, list[Event]]


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


@pytest.fixture
def referrals(demo: Flask) -> list[Referral]:
    query = sa.select(Referral).options(
        joinedload(Referral.referrer),
        joinedload(Referral.worker),
        joinedload(Referral.detail),
        joinedload(Referral.person).selectinload(Person.spells),
    )
    return list(db.session.scalars(query.order_by(Referral.id)))


@pytest.fixture
def sent(referrals: list[Referral]) -> list[Referral]:
    return [referral for referral in referrals if referral.sent_at]


@pytest.fixture
def events(demo: Flask) -> Histories:
    found: Histories = defaultdict(list)
    for event in db.session.scalars(sa.select(Event).options(joinedload(Event.by)).order_by(Event.id)):
        found[event.referral_id].append(event)
    return found
