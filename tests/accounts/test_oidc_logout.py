"""A provider says that somebody has signed out there: the sessions that it opened end, and no others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from portal.accounts import oidc_actions
from portal.accounts.models import User, UserSession
from portal.accounts.oidc_models import ProviderSession, SpentToken, UserIdentity
from portal.accounts.oidc_tokens import LOGOUT
from portal.db import db
from tests.accounts.providers import Liar, configured, lying_provider, set_out
from tests.conftest import sign_in_client
from tests.factories import make_user

PATH = "/sign-in/with/police/logout"


@pytest.fixture
def liar(app: Flask, database: None) -> Iterator[Liar]:
    with lying_provider() as running, configured(app, running.provider):
        yield running


@pytest.fixture
def user(liar: Liar) -> User:
    made = make_user()
    db.session.add(UserIdentity(user_id=made.id, issuer=liar.issuer, subject="olwen"))
    db.session.commit()
    return made


def enter(app: Flask, liar: Liar, sid: str) -> FlaskClient:
    client = app.test_client()
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"], sid=sid)
    client.get("/sign-in/with/police/callback", query_string={"code": "a code", "state": asked["state"]})
    assert is_in(client)
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def logout_token(liar: Liar, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "iss": liar.issuer,
        "aud": "portal",
        "iat": now,
        "exp": now + 120,
        "jti": "one",
        "events": {LOGOUT: {}},
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def tell(app: Flask, token: str) -> int:
    """As the provider's server does it: no cookie, no token of a form."""
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post(PATH, data={"logout_token": token})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code


def test_one_session_ends_by_its_name(app: Flask, liar: Liar, user: User) -> None:
    first, second = enter(app, liar, "s1"), enter(app, liar, "s2")
    assert tell(app, liar.signed(logout_token(liar, sid="s1"))) == 200
    assert (is_in(first), is_in(second)) == (False, True)


def test_all_that_the_provider_opened_for_somebody_end_and_nothing_else(
    app: Flask, liar: Liar, user: User
) -> None:
    opened = [enter(app, liar, "s1"), enter(app, liar, "s2")]
    by_password = sign_in_client(app, user)
    other = make_user()
    db.session.add(UserIdentity(user_id=other.id, issuer="https://another.example", subject="olwen"))
    with_another = sign_in_client(app, other)
    assert tell(app, liar.signed(logout_token(liar, sub="olwen"))) == 200
    assert [is_in(client) for client in (*opened, by_password, with_another)] == [False, False, True, True]
    trace = db.session.execute(
        sa.text("SELECT user_id, detail FROM audit_entry ORDER BY id DESC LIMIT 1")
    ).one()
    assert tuple(trace) == (None, {"method": "police"})


@pytest.mark.parametrize("lacks", ["sub", "sid", None])
def test_a_session_that_goes_on_under_another_token_ends_too(
    app: Flask, liar: Liar, user: User, lacks: str | None
) -> None:
    """As after a second factor; what the provider calls it is then known of the first token only."""
    enter(app, liar, "s1").post("/sign-out")
    renewed = sign_in_client(app, user)
    db.session.execute(sa.update(UserSession).where(UserSession.ended_at.is_(None)).values(method="police"))
    db.session.commit()
    said = {"sub": "olwen", "sid": "s1"} | ({lacks: None} if lacks else {})
    assert tell(app, liar.signed(logout_token(liar, **said))) == 200
    assert not is_in(renewed)


def test_the_same_message_is_heard_once(app: Flask, liar: Liar, user: User) -> None:
    token = liar.signed(logout_token(liar, sub="olwen"))
    assert tell(app, token) == 200
    client = enter(app, liar, "s1")
    assert tell(app, token) == 400
    assert is_in(client)


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": None},
        {"exp": 1},
        {"iat": None},
        {"jti": None},
        {"jti": "x" * 300},
        {"nonce": "x"},
        {"events": None},
        {"events": {}},
        {"events": [LOGOUT]},
        {"events": {LOGOUT: None}},
        {"sub": None, "sid": None},
        {"sub": 1},
        {"sub": "olwen\x00"},
    ],
)
def test_a_message_that_is_no_logout_ends_nothing(
    app: Flask, liar: Liar, user: User, lie: dict[str, Any]
) -> None:
    client = enter(app, liar, "s1")
    assert tell(app, liar.signed(logout_token(liar, **{"sub": "olwen", **lie}))) == 400
    assert is_in(client)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "x" * 100_000])
def test_a_message_that_is_no_token_ends_nothing(app: Flask, liar: Liar, user: User, token: str) -> None:
    client = enter(app, liar, "s1")
    assert tell(app, token) == 400
    other = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    assert tell(app, liar.signed(logout_token(liar, sub="olwen"), other)) == 400
    assert is_in(client)


def test_an_id_token_ends_nothing(app: Flask, liar: Liar, user: User) -> None:
    client = enter(app, liar, "s1")
    assert tell(app, liar.signed(liar.claims)) == 400
    assert is_in(client)


def test_what_was_spent_is_forgotten_after_a_day(app: Flask, liar: Liar, user: User) -> None:
    enter(app, liar, "s1")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SpentToken)) == 1
    oidc_actions.forget_spent()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SpentToken)) == 1
    oidc_actions.forget_spent(datetime.now(UTC) + timedelta(days=1, minutes=1))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SpentToken)) == 0
    assert db.session.scalars(sa.select(ProviderSession.sid)).one() == "s1"
    assert db.session.scalars(sa.select(UserSession.ended_at)).one() is None
