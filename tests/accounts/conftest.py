"""An administrator on their client; an officer with a password; a client on which nobody is signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.passwords import hash_password
from portal.db import db
from tests.factories import make_user

ClientFor = Callable[[User], FlaskClient]


@pytest.fixture
def me(database: None) -> User:
    return make_user(Role.ADMINISTRATOR, name="Ann Admin")


@pytest.fixture
def admin(client_for: ClientFor, me: User) -> FlaskClient:
    return client_for(me)


PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD)


@pytest.fixture
def officer(database: None) -> User:
    """Who has a password and, so far, nothing else."""
    made = make_user(Role.IOM_OFFICER, email="olwen@test.example", password_hash=HASH)
    db.session.commit()
    return made


@pytest.fixture
def client(app: Flask, database: None) -> FlaskClient:
    return app.test_client()
