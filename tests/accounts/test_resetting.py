"""Whoever cannot sign in asks for a link, invitations lead on to the set-up: each link once, and nobody learns who is here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import actions
from portal.accounts.factor_models import Passkey
from portal.accounts.models import OneTimeLink, User, UserSession
from portal.accounts.own_queries import list_open_sessions
from portal.accounts.passwords import matches
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from tests.accounts.authenticator import Authenticator
from tests.accounts.conftest import PASSWORD
from tests.accounts.steps import give_app, give_password, is_in, mails
from tests.factories import make_user
from tests.hostile import HOSTILE

ClientFor = Callable[[User], FlaskClient]
NEW = "a quiet heron by the weir"
HERE = "http://localhost:8000"
BOTH = {"password": NEW, "again": NEW}


def ask(client: FlaskClient, email: str) -> str | None:
    return client.post("/sign-in/reset", data={"email": email}).location


def mailed_link() -> str:
    enter_scope(SYSTEM)
    mail = db.session.scalars(sa.select(OutboxEmail).where(OutboxEmail.template == "reset_asked")).one()
    return f"/set-password/{mail.params['token']}"


def test_the_answer_is_the_same_whoever_is_named(client: FlaskClient, officer: User) -> None:
    make_user(email="gone@test.example", suspended_at=datetime.now(UTC))
    make_user("system", email="system@test.example", areas=[])
    db.session.commit()
    for email in (officer.email, "nobody@test.example", "gone@test.example", "system@test.example"):
        assert ask(client, email) == "/sign-in/reset/sent"
    assert [template for template, _params in mails()] == ["reset_asked"]
    assert client.get("/sign-in/reset/sent").status_code == 200


def test_the_mail_is_in_the_users_language_and_names_nobody(client: FlaskClient, officer: User) -> None:
    officer.language = "cy"
    db.session.commit()
    ask(client, " Olwen@TEST.example ")
    enter_scope(SYSTEM)
    mail = db.session.scalars(sa.select(OutboxEmail)).one()
    subject, text, _page = render(mail.email)
    assert mail.language == "cy"
    assert "/set-password/" in text
    assert officer.name not in subject + text


def test_one_link_in_five_minutes(client: FlaskClient, officer: User) -> None:
    for _ in range(5):
        assert ask(client, officer.email) == "/sign-in/reset/sent"
    assert len(mails()) == 1
    db.session.execute(sa.update(OneTimeLink).values(expires_at=datetime.now(UTC) + timedelta(minutes=54)))
    db.session.commit()
    ask(client, officer.email)
    assert len(mails()) == 2


def test_asking_a_hundred_times_from_one_address_is_stopped(client: FlaskClient) -> None:
    codes = [
        client.post("/sign-in/reset", data={"email": f"{n}@test.example"}).status_code for n in range(105)
    ]
    assert codes == [302] * 100 + [429] * 5


@pytest.mark.usefixtures("outside_demo")
def test_a_reset_sets_the_password_once_and_leaves_the_second_factor(
    app: Flask, client: FlaskClient, client_for: ClientFor, officer: User
) -> None:
    key = give_app(officer)
    ask(client, officer.email)
    other = actions.make_link(officer, "reset")
    db.session.commit()
    link = mailed_link()
    assert client.post(link, data=BOTH).location == "/sign-in"
    assert client.post(link, data=BOTH).status_code == 404
    assert client.get(f"/set-password/{other}").status_code == 404
    assert ("ways_changed", {"what": "password_changed"}) in mails()
    assert give_password(client, password=PASSWORD).status_code == 422
    give_password(client, password=NEW)
    assert not is_in(client)
    client.post("/sign-in/second-step", data={"code": key.now()})
    assert is_in(client)


def test_a_reset_ends_every_session(client_for: ClientFor, client: FlaskClient, officer: User) -> None:
    inside = client_for(officer)
    ask(client, officer.email)
    assert is_in(inside)
    client.post(mailed_link(), data=BOTH)
    assert not is_in(inside)


def test_no_hostile_address_is_a_fault(client: FlaskClient) -> None:
    for text in HOSTILE:
        body = b"email=" + text.encode("utf-8", "surrogatepass")
        answer = client.post("/sign-in/reset", data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in (302, 422, 429)


@pytest.mark.usefixtures("outside_demo")
def test_an_invitation_leads_on_to_the_set_up(client: FlaskClient) -> None:
    user = make_user(email="new@test.example")
    path = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    assert client.post(path, data=BOTH).location == "/account/set-up"
    assert client.get("/account/set-up").status_code == 200
    assert not is_in(client)
    assert mails() == []


@pytest.mark.usefixtures("outside_demo")
def test_an_invitation_is_taken_up_with_a_passkey_alone(
    client: FlaskClient, admin: FlaskClient, me: User
) -> None:
    user = make_user(email="new@test.example")
    path = f"/set-password/{actions.make_link(user)}"
    actions.mark_factor(f"token of {me.email}")
    db.session.commit()
    assert "Or use a passkey in place of a password" in client.get(path, base_url=HERE).text
    options = client.post(f"{path}/passkey/options").get_json()
    forged = Authenticator(origin="https://evil.example").create(options)
    assert client.post(f"{path}/passkey", data={"credential": forged}).location == path
    assert "Invited" in admin.get(f"/admin/users/{user.id}").text
    options = client.post(f"{path}/passkey/options").get_json()
    answer = client.post(f"{path}/passkey", data={"credential": Authenticator().create(options)})
    assert answer.location == "/account/security/codes"
    assert is_in(client)
    db.session.refresh(user)
    assert user.password_hash is None
    assert "Active" in admin.get(f"/admin/users/{user.id}").text
    assert "new@test.example" not in admin.get("/admin/users?state=invited").text
    assert client.post(f"{path}/passkey", data={"credential": "{}"}).status_code == 404
    assert client.post(f"{path}/passkey/options").status_code == 404


def test_a_link_is_no_way_round_a_second_factor(client: FlaskClient, officer: User) -> None:
    """A reset link, or an invitation of somebody who has a factor, makes no passkey."""
    reset = actions.make_link(officer, "reset")
    give_app(officer)
    invitation = actions.make_link(officer)
    db.session.commit()
    for token in (reset, invitation):
        path = f"/set-password/{token}"
        assert "passkey" not in client.get(path, base_url=HERE).text.split("<main")[1]
        assert client.post(f"{path}/passkey/options").status_code == 404
        assert client.post(f"{path}/passkey", data={"credential": "{}"}).status_code == 404
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 0


def test_sessions_die_with_what_they_stand_on(
    app: Flask, client_for: ClientFor, admin: FlaskClient, officer: User
) -> None:
    """Password change elsewhere, new role, suspension: each at the next request, with the cookie still there."""
    inside, elsewhere = client_for(officer), app.test_client()
    give_password(elsewhere)
    assert is_in(elsewhere)
    inside.post("/account/password", data=BOTH | {"current": PASSWORD})
    assert (is_in(inside), is_in(elsewhere)) == (True, False)
    db.session.refresh(officer)
    assert matches(officer.password_hash, NEW)
    admin.post(f"/admin/users/{officer.id}/suspend")
    assert not is_in(inside)
    assert list_open_sessions(officer.id) == []
    assert db.session.scalar(sa.select(sa.func.count()).where(UserSession.user_id == officer.id)) == 2
