"""Signing in and out, sessions and one-time links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts import actions, attempts, queries
from portal.accounts.models import OneTimeLink, SignInFailure, User, UserSession
from portal.accounts.passwords import hash_password
from portal.db import db
from tests.factories import make_user
from tests.hostile import HOSTILE

PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD)
MINUTE = timedelta(minutes=1)
NEW = "a quiet heron by the weir"


@pytest.fixture
def client(app: Flask, database: None) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def user(client: FlaskClient) -> User:
    made = make_user(Role.IOM_OFFICER, email="olwen@test.example", password_hash=HASH)
    db.session.commit()
    return made


def sign_in(
    client: FlaskClient, email: str = "olwen@test.example", password: str = PASSWORD, where: str = ""
) -> int:
    return client.post(f"/sign-in{where}", data={"email": email, "password": password}).status_code


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_the_right_password_opens_a_session(client: FlaskClient, user: User) -> None:
    answer = client.post(
        "/sign-in?next=/services", data={"email": " Olwen@TEST.example ", "password": PASSWORD}
    )
    assert answer.location == "/services"
    assert is_in(client)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 1


@pytest.mark.parametrize(
    ("email", "password"), [("olwen@test.example", "wrong"), ("nobody@test.example", PASSWORD)]
)
def test_a_wrong_password_and_an_unknown_user_look_the_same(
    client: FlaskClient, user: User, email: str, password: str
) -> None:
    page = client.post("/sign-in", data={"email": email, "password": password})
    assert page.status_code == 422
    assert page.text.count("Enter the email address and password of your account") == 2
    assert f'value="{email}"' in page.text
    assert password not in page.text
    assert not is_in(client)


def test_someone_without_a_password_cannot_sign_in_with_an_empty_one(client: FlaskClient) -> None:
    make_user(email="new@test.example")
    for password in ("", "None"):
        assert sign_in(client, "new@test.example", password) == 422


def test_too_many_failures_from_one_address_are_stopped_but_nobody_else_is_locked_out(
    client: FlaskClient, user: User
) -> None:
    for _attempt in range(attempts.PER_ACCOUNT):
        assert sign_in(client, password="wrong") == 422
    assert sign_in(client, password="wrong") == 429
    assert sign_in(client) == 429
    assert (
        client.post(
            "/sign-in",
            data={"email": user.email, "password": PASSWORD},
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        ).status_code
        == 302
    )


def test_failures_are_forgotten_after_a_while(client: FlaskClient, user: User) -> None:
    long_ago = datetime.now(UTC) - attempts.WINDOW - MINUTE
    for _attempt in range(attempts.PER_ACCOUNT):
        failure = SignInFailure(account_hash=queries.token_hash(user.email), address="127.0.0.1", at=long_ago)
        db.session.add(failure)
    db.session.commit()
    assert sign_in(client) == 302


def test_sign_ins_that_succeed_count_towards_no_limit(client: FlaskClient, user: User) -> None:
    for _attempt in range(attempts.PER_ACCOUNT + 5):
        assert sign_in(client) == 302
        client.post("/sign-out")


def test_signing_out_kills_the_cookie_for_good(client: FlaskClient, user: User) -> None:
    sign_in(client)
    stolen = client.get_cookie("portal")
    assert stolen is not None
    assert client.post("/sign-out").location == "/sign-in"
    client.set_cookie("portal", stolen.value)
    assert client.get("/account").status_code == 302


def test_a_suspended_user_is_out_at_the_next_request_and_cannot_come_back(
    client: FlaskClient, user: User
) -> None:
    sign_in(client)
    user.suspended_at = datetime.now(UTC)
    db.session.commit()
    assert not is_in(client)
    assert sign_in(client) == 422


def test_an_idle_session_ends(client: FlaskClient, user: User) -> None:
    sign_in(client)
    moment = datetime.now(UTC) - queries.IDLE + MINUTE
    db.session.execute(sa.update(UserSession).values(seen_at=moment))
    db.session.commit()
    assert is_in(client)
    db.session.execute(sa.update(UserSession).values(seen_at=datetime.now(UTC) - queries.IDLE - MINUTE))
    db.session.commit()
    assert not is_in(client)


def test_a_session_in_use_stays_but_not_beyond_its_longest(client: FlaskClient, user: User) -> None:
    sign_in(client)
    db.session.execute(sa.update(UserSession).values(seen_at=datetime.now(UTC) - timedelta(minutes=20)))
    db.session.commit()
    assert is_in(client)
    seen = db.session.scalars(sa.select(UserSession.seen_at)).one()
    assert datetime.now(UTC) - seen < timedelta(minutes=5)
    db.session.execute(sa.update(UserSession).values(created_at=datetime.now(UTC) - queries.LONGEST - MINUTE))
    db.session.commit()
    assert not is_in(client)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "evil",
        "/x\n//evil",
        "javascript:1",
    ],
)
def test_next_never_leads_out_of_the_portal(client: FlaskClient, user: User, target: str) -> None:
    answer = client.post(
        "/sign-in", query_string={"next": target}, data={"email": user.email, "password": PASSWORD}
    )
    assert answer.status_code == 302
    assert answer.location == "/"


def test_the_page_asked_for_comes_after_signing_in(client: FlaskClient, user: User) -> None:
    asked = client.get("/services?need=housing&sex=female")
    assert asked.status_code == 302
    answer = client.post(asked.location, data={"email": user.email, "password": PASSWORD})
    assert answer.location == "/services?need=housing&sex=female"


def test_demonstration_accounts_are_named_on_the_sign_in_page_of_a_demonstration_only(
    app: Flask, client: FlaskClient
) -> None:
    assert "demonstration only 2026" in client.get("/sign-in").text
    app.config["DEMO"] = False
    try:
        assert "demonstration only 2026" not in client.get("/sign-in").text
    finally:
        app.config["DEMO"] = True


def test_a_link_sets_a_password_once(client: FlaskClient) -> None:
    user = make_user(email="new@test.example")
    path = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    assert client.get(path).status_code == 200
    assert client.post(path, data={"password": NEW, "again": NEW}).location == "/sign-in"
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert sign_in(client, "new@test.example", NEW) == 302


def test_setting_a_password_ends_the_sessions_of_before(client: FlaskClient, user: User) -> None:
    sign_in(client)
    token = actions.make_link(user, "reset")
    db.session.commit()
    client.post(f"/set-password/{token}", data={"password": NEW, "again": NEW})
    assert not is_in(client)


@pytest.mark.parametrize(
    ("purpose", "life"), [("invitation", actions.INVITATION_LIFE), ("reset", actions.RESET_LIFE)]
)
def test_a_link_dies_of_age(client: FlaskClient, user: User, purpose: str, life: timedelta) -> None:
    path = f"/set-password/{actions.make_link(user, purpose)}"
    expires = db.session.scalars(sa.select(OneTimeLink.expires_at)).one()
    assert abs(expires - datetime.now(UTC) - life) < timedelta(minutes=1)
    db.session.execute(sa.update(OneTimeLink).values(expires_at=datetime.now(UTC) - MINUTE))
    db.session.commit()
    page = client.get(path)
    assert page.status_code == 404
    assert "This link no longer works" in page.text


@pytest.mark.parametrize(
    ("password", "again", "message"),
    [
        ("", "", "Enter a new password"),
        ("fourteen chars", "fourteen chars", "Password must be 15 characters or more"),
        (NEW, NEW + "!", "Both passwords must be the same"),
        ("x" * 201, "x" * 201, "Enter no more than 200 characters"),
        (NEW + "\x00", NEW + "\x00", "Remove the characters that cannot be shown"),
    ],
)
def test_a_poor_password_is_refused(
    client: FlaskClient, user: User, password: str, again: str, message: str
) -> None:
    path = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    page = client.post(path, data={"password": password, "again": again})
    assert page.status_code == 422
    assert message in page.text
    assert client.get(path).status_code == 200
    assert sign_in(client) == 302


def test_fifteen_characters_are_enough(client: FlaskClient, user: User) -> None:
    path = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    assert (
        client.post(path, data={"password": "fifteen chars!!", "again": "fifteen chars!!"}).status_code == 302
    )


def test_no_hostile_sign_in_is_a_fault(client: FlaskClient, user: User) -> None:
    for text in HOSTILE:
        raw = text.encode("utf-8", "surrogatepass")
        for body in (b"email=" + raw + b"&password=x", b"email=a@b.example&password=" + raw):
            answer = client.post("/sign-in", data=body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in (422, 429)
        assert client.get(f"/set-password/{quote(raw)}").status_code in (400, 404)


def test_failures_and_sign_ins_leave_a_trace_without_names(client: FlaskClient, user: User) -> None:
    sign_in(client, password="wrong")
    sign_in(client, "someone.else@test.example")
    sign_in(client)
    rows = db.session.execute(
        sa.text("SELECT action, user_id, detail::text FROM audit_entry ORDER BY id")
    ).all()
    assert [(row.action, row.user_id) for row in rows] == [
        ("sign_in.failed", user.id),
        ("sign_in.failed", None),
        ("sign_in", user.id),
    ]
    assert all("@" not in row.detail for row in rows)
