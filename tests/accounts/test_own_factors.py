"""Setting up a second factor, recovery codes, and showing again who one is before any of it is changed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import actions, totp
from portal.accounts.models import User, UserSession
from portal.accounts.own_queries import list_open_sessions
from portal.db import db
from tests.accounts.authenticator import add_passkey, show_passkey
from tests.accounts.conftest import PASSWORD
from tests.accounts.steps import (
    codes_on,
    give_app,
    give_codes,
    give_password,
    is_in,
    let_time_pass,
    mails,
    wrong_code,
)
from tests.accounts.user_forms import last_trace
from tests.factories import make_user

ClientFor = Callable[[User], FlaskClient]
NEW = "a quiet heron by the weir"


def key_on(page: str) -> pyotp.TOTP:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found
    return pyotp.TOTP(found[1].replace(" ", ""))


@pytest.mark.usefixtures("outside_demo")
def test_the_first_sign_in_leads_through_the_set_up(client: FlaskClient, officer: User) -> None:
    give_password(client)
    assert client.get("/").location == "/account/set-up"
    page = client.get("/account/set-up").text
    assert "Set up an authenticator app" in page
    assert 'aria-label="Menu"' not in page
    page = client.get("/account/security/app").text
    app = key_on(page)
    assert client.post("/account/security/app", data={"code": wrong_code(app)}).status_code == 422
    assert not is_in(client)
    assert (
        client.post("/account/security/app", data={"code": app.now()}).location == "/account/security/codes"
    )
    assert is_in(client)
    shown = client.post("/account/security/codes").text
    assert len(codes_on(shown)) == 10
    assert 'href="/"' in shown
    assert client.get("/").status_code == 200
    assert ("ways_changed", {"what": "app_added"}) in mails()


@pytest.mark.usefixtures("outside_demo")
def test_the_set_up_by_passkey_makes_the_session_whole(client: FlaskClient, officer: User) -> None:
    give_password(client)
    passkey = add_passkey(client)
    assert is_in(client)
    client.post("/sign-out")
    assert show_passkey(client, passkey).location == "/"
    assert is_in(client)


def test_the_picture_shows_the_key_and_is_gone_once_the_app_is_set_up(
    client_for: ClientFor, officer: User
) -> None:
    client = client_for(officer)
    page = client.get("/account/security/app").text
    assert key_on(page).secret == key_on(client.get("/account/security/app").text).secret
    picture = client.get("/account/security/app/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert picture.text.startswith("<?xml")
    assert client.post("/account/security/app", data={"code": key_on(page).now()}).status_code == 302
    assert client.get("/account/security/app/qr.svg").status_code == 404
    assert client.get("/account/security/app").location == "/account/security"
    assert client.post("/account/security/app", data={"code": "123456"}).location == "/account/security"


def test_a_key_that_was_never_confirmed_opens_nothing(client_for: ClientFor, officer: User) -> None:
    app = key_on(client_for(officer).get("/account/security/app").text)
    assert not totp.check_code(officer.id, app.now())


def test_recovery_codes_are_shown_once_saved_as_a_file_and_replaced(
    client_for: ClientFor, officer: User
) -> None:
    client, thief = client_for(officer), client_for(make_user())
    assert client.get("/account/security/codes").location == "/account/security"
    give_app(officer)
    give_app(db.session.scalars(sa.select(User).where(User.id != officer.id)).first())  # type: ignore[arg-type]
    first = codes_on(client.post("/account/security/codes").text)
    assert len(set(first)) == 10
    assert not codes_on(client.get("/account/security/codes").text)
    saved = client.post("/account/security/codes/file", data={"codes": first})
    assert saved.mimetype == "text/plain"
    assert "attachment" in saved.headers["Content-Disposition"]
    assert all(code in saved.text for code in first)
    for codes in ([], ["<script>"], [*first[:9], "A" * 24]):
        assert client.post("/account/security/codes/file", data={"codes": codes}).status_code == 404
    assert thief.post("/account/security/codes/file", data={"codes": first}).status_code == 404
    second = codes_on(client.post("/account/security/codes").text)
    assert not set(first) & set(second)
    assert client.post("/account/security/codes/file", data={"codes": first}).status_code == 404


def test_few_codes_left_are_said(client_for: ClientFor, officer: User) -> None:
    client = client_for(officer)
    give_app(officer)
    codes = give_codes(officer)
    assert "Make new ones" not in client.get("/account/security").text
    for number, code in enumerate(codes[:7]):
        assert actions  # each is used as at sign-in
        from portal.accounts.recovery import use_code

        assert use_code(officer.id, code), number
    db.session.commit()
    assert "You have 3 recovery codes left" in client.get("/account/security").text


# What asks, and where it leads back to: an address that only takes posts shows nothing.
STEP_UP = (
    ("get", "/account/security/passkeys/new", "/account/security/passkeys/new"),
    ("post", "/account/security/passkeys/new", "/account/security/passkeys/new"),
    ("post", "/account/security/passkeys/options", "/account/security"),
    ("post", "/account/security/passkeys/1/remove", "/account/security/passkeys/1/remove"),
    ("get", "/account/security/app", "/account/security/app"),
    ("post", "/account/security/app", "/account/security/app"),
    ("get", "/account/security/app/qr.svg", "/account/security/app/qr.svg"),
    ("post", "/account/security/app/remove", "/account/security/app/remove"),
    ("post", "/account/security/codes", "/account/security/codes"),
    ("post", "/account/security/codes/file", "/account/security"),
    ("post", "/account/password", "/account/password"),
)


def test_each_change_of_how_one_signs_in_asks_again_after_ten_minutes(
    client_for: ClientFor, officer: User
) -> None:
    client = client_for(officer)
    let_time_pass()
    for method, path, back in STEP_UP:
        assert getattr(client, method)(path).location == f"/account/confirm?next={back}"
    assert client.get("/account/security").status_code == 200


def test_the_password_confirms_in_a_demonstration_and_the_session_is_another(
    client_for: ClientFor, officer: User
) -> None:
    client = client_for(officer)
    let_time_pass()
    asked = client.get("/account/password").location
    assert client.post(asked, data={"password": "wrong"}).status_code == 422
    assert client.get("/account/password").status_code == 302
    assert client.post(asked, data={"password": PASSWORD}).location == "/account/password"
    assert client.get("/account/password").status_code == 200
    with client.session_transaction() as session:
        assert session["sid"] != f"token of {officer.email}"
    assert len(list_open_sessions(officer.id)) == 1


@pytest.mark.usefixtures("outside_demo")
def test_password_and_code_confirm_where_a_second_factor_is_required(
    client: FlaskClient, officer: User
) -> None:
    app = give_app(officer)
    give_password(client)
    client.post("/sign-in/second-step", data={"code": app.now()})
    let_time_pass()
    asked = client.get("/account/security/codes").location
    assert client.post(asked, data={"password": PASSWORD}).status_code == 422
    page = client.post(asked, data={"password": PASSWORD, "code": wrong_code(app)})
    assert "The password or the code is not right" in page.text
    assert (
        client.post(asked, data={"password": PASSWORD, "code": app.now()}).status_code == 422
    )  # taken already
    import time

    ahead = app.at(time.time() + 30)
    assert (
        client.post(asked, data={"password": PASSWORD, "code": ahead}).location == "/account/security/codes"
    )


@pytest.mark.usefixtures("outside_demo")
def test_whoever_has_a_passkey_alone_confirms_with_it(app: Flask, client: FlaskClient, officer: User) -> None:
    give_password(client)
    passkey = add_passkey(client)
    let_time_pass()
    asked = client.get("/account/security/codes").location
    assert "Sign out and sign in again" in client.get(asked).text
    assert client.post(asked, data={"password": PASSWORD, "code": "123456"}).status_code == 422
    other = app.test_client()
    assert other.post("/account/confirm/options").location == "/sign-in"
    assert show_passkey(client, passkey, "/account/confirm/passkey").location == "/"
    assert client.get("/account/security/codes").status_code == 200


def test_another_users_passkey_confirms_nothing(client_for: ClientFor, officer: User) -> None:
    thief_account = make_user()
    mine, theirs = client_for(officer), client_for(thief_account)
    passkey = add_passkey(theirs)
    add_passkey(mine)
    let_time_pass()
    options = mine.post("/account/confirm/options").get_json()
    answer = mine.post("/account/confirm/passkey", data={"credential": passkey.get(options)})
    assert answer.location == "/account/confirm"
    assert mine.get("/account/password").status_code == 302


def test_wrong_confirmations_are_counted_as_failed_sign_ins(client_for: ClientFor, officer: User) -> None:
    client = client_for(officer)
    let_time_pass()
    for _ in range(10):
        assert client.post("/account/confirm", data={"password": "wrong"}).status_code == 422
    assert client.post("/account/confirm", data={"password": PASSWORD}).status_code == 429


def test_someone_without_a_password_chooses_one_in_the_account(client_for: ClientFor, officer: User) -> None:
    officer.password_hash = None
    client = client_for(officer)
    page = client.get("/account/password").text
    assert "Current password" not in page
    assert client.post("/account/password", data={"password": NEW, "again": NEW}).location == "/account"
    assert mails() == [("ways_changed", {"what": "password_changed"})]


@pytest.mark.usefixtures("outside_demo")
def test_an_administrator_removes_factors_after_checking_who_asks(
    app: Flask, admin: FlaskClient, client: FlaskClient, officer: User, me: User
) -> None:
    actions.mark_factor(f"token of {me.email}")
    db.session.commit()
    key = give_app(officer)
    give_codes(officer)
    give_password(client)
    client.post("/sign-in/second-step", data={"code": key.now()})
    path = f"/admin/users/{officer.id}/factors/remove"
    assert path in admin.get(f"/admin/users/{officer.id}").text
    assert admin.post(path, data={}).status_code == 422
    assert admin.post(path, data={"why": "lost"}).status_code == 422
    assert is_in(client)
    assert admin.post(path, data={"why": "lost", "checked": "video"}).status_code == 302
    assert not is_in(client)
    assert last_trace() == ("factor.all_removed", [officer.id])
    detail = db.session.scalar(sa.text("SELECT detail FROM audit_entry WHERE action = 'factor.all_removed'"))
    assert detail == {"why": "lost", "checked": "video"}
    assert ("ways_changed", {"what": "all_removed"}) in mails()
    give_password(client)
    assert client.get("/").location == "/account/set-up"
    assert (
        admin.post(
            f"/admin/users/{me.id}/factors/remove", data={"why": "lost", "checked": "video"}
        ).status_code
        == 403
    )


def test_no_other_role_removes_factors(client_for: ClientFor, officer: User) -> None:
    for role in ("iom_manager", "agency_manager", "analyst"):
        assert client_for(make_user(role)).get(f"/admin/users/{officer.id}/factors/remove").status_code == 403


@pytest.mark.usefixtures("outside_demo")
def test_a_session_of_a_provider_that_proved_no_second_factor_needs_one(
    app: Flask, client: FlaskClient, officer: User
) -> None:
    give_app(officer)
    token = actions.open_session(officer, "", "police")
    db.session.commit()
    with client.session_transaction() as session:
        session["sid"] = token
    assert client.get("/account").location.startswith("/sign-in/second-step")
    actions.mark_factor(token)
    db.session.commit()
    assert is_in(client)
    assert db.session.get_one(UserSession, actions.token_hash(token)).factor == "provider"
