"""An administrator, and the client on which they are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from tests.factories import make_user

ClientFor = Callable[[User], FlaskClient]


@pytest.fixture
def me(database: None) -> User:
    return make_user(Role.ADMINISTRATOR, name="Ann Admin")


@pytest.fixture
def admin(client_for: ClientFor, me: User) -> FlaskClient:
    return client_for(me)
