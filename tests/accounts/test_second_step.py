"""A password alone opens nothing: the second step, its codes, and that each works once."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import PUBLIC, Role
from portal.accounts import actions, attempts, totp
from portal.accounts.factor_models import TotpKey
from portal.accounts.models import User, UserSession
from portal.accounts.queries import get_signed_in
from portal.db import current_scope, db
from tests.accounts.conftest import HASH, PASSWORD
from tests.accounts.steps import give_app, give_codes, give_password, is_in, mails, wrong_code
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("outside_demo")
STEP, SET_UP = "/sign-in/second-step", "/account/set-up"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_a_password_alone_opens_nothing_for_any_role(client: FlaskClient, role: Role) -> None:
    user = make_user(role, email="any@test.example", password_hash=HASH)
    db.session.commit()
    assert give_password(client, "any@test.example").status_code == 302
    assert client.get("/").location == SET_UP
    give_app(user)
    assert client.get("/account?a=b").location == f"{STEP}?next=/account%3Fa%3Db"


def reached(app: Flask, client: FlaskClient) -> set[str]:
    """Every view that answers this client with anything but the way to its next step."""
    found = set()
    for rule in app.url_map.iter_rules():
        if (
            rule.endpoint == "static"
            or app.view_functions[rule.endpoint].__dict__["portal_permissions"] == PUBLIC
        ):
            continue
        path = re.sub("<[^<>]*>", "1", str(rule))
        answer = client.open(path, method="GET" if "GET" in (rule.methods or ()) else "POST")
        if answer.status_code != 404 and not (answer.location or "").startswith((STEP, SET_UP)):
            found.add(rule.endpoint)
    return found


def test_a_half_session_reaches_no_page_but_its_own(app: Flask, client: FlaskClient, officer: User) -> None:
    give_password(client)
    setting_up = {"set_up", "add_passkey", "passkey_options", "add_app", "show_qr_code"}
    assert reached(app, client) == {"confirming.confirm", *(f"factors.{view}" for view in setting_up)}
    give_app(officer)
    assert reached(app, client) == {"second_step.second_step", "second_step.recovery_code"}


def test_the_database_knows_no_scope_of_a_half_session(
    app: Flask, client: FlaskClient, officer: User
) -> None:
    give_password(client)
    with client.session_transaction() as session:
        token = session["sid"]
    visitor = get_signed_in(token)
    assert visitor is not None
    assert visitor.step == "set-up"
    assert current_scope().kind == "none"
    assert db.session.scalar(sa.text("SELECT current_setting('portal.scope')")) == "none"


def test_the_code_of_the_app_makes_the_session_whole(client: FlaskClient, officer: User) -> None:
    app = give_app(officer)
    asked = client.get("/services?need=housing")
    half = client.post(asked.location, data={"email": officer.email, "password": PASSWORD})
    step = client.get(half.location).location
    assert step == f"{STEP}?next=/services%3Fneed%3Dhousing"
    assert "Code from your authenticator app" in client.get(step).text
    with client.session_transaction() as session:
        before = session["sid"]
    code = app.now()
    assert client.post(step, data={"code": f"{code[:3]} {code[3:]}"}).location == "/services?need=housing"
    assert is_in(client)
    with client.session_transaction() as session:
        assert session["sid"] != before
    row = db.session.get_one(UserSession, actions.token_hash(before))
    assert row.ended_at is not None


def test_a_wrong_code_opens_nothing_and_the_fifth_ends_the_session(
    client: FlaskClient, officer: User
) -> None:
    app = give_app(officer)
    give_password(client)
    for _attempt in range(actions.MOST_WRONG - 1):
        page = client.post(STEP, data={"code": wrong_code(app)})
        assert page.status_code == 422
        assert "The code is not right" in page.text
        assert not is_in(client)
    assert client.post(STEP, data={"code": wrong_code(app)}).location == "/sign-in"
    assert client.post(STEP, data={"code": app.now()}).location == "/sign-in"
    assert "Too many codes were wrong" in client.get("/sign-in").text
    assert mails() == [("ways_changed", {"what": "wrong_codes"})]


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "１２３４５６", "123456\x00", "9" * 500]
)
def test_what_is_no_code_is_said(client: FlaskClient, officer: User, code: str) -> None:
    give_app(officer)
    give_password(client)
    assert client.post(STEP, data={"code": code}).status_code == 422
    assert not is_in(client)


def test_a_code_works_once(app: Flask, officer: User) -> None:
    code = give_app(officer).now()
    answers = []
    for _ in range(2):
        client = app.test_client()
        give_password(client)
        answers.append(client.post(STEP, data={"code": code}).status_code)
    assert answers == [302, 422]


def test_no_code_before_the_last_one_taken_works(officer: User) -> None:
    app, now = give_app(officer), time.time()
    assert totp.check_code(officer.id, app.at(now), now)
    assert not totp.check_code(officer.id, app.at(now - 30), now)
    assert not totp.check_code(officer.id, app.at(now), now)
    assert totp.check_code(officer.id, app.at(now + 30), now + 30)
    assert not totp.check_code(officer.id, app.at(now + 120), now + 30)
    assert totp.check_code(officer.id, app.at(now + 60), now + 30)  # a clock that is a little ahead


def test_the_secret_is_encrypted_and_bound_to_its_user(app: Flask, officer: User) -> None:
    secret = give_app(officer).secret
    other = make_user()
    kept = db.session.get_one(TotpKey, officer.id).secret
    assert secret.encode() not in kept
    db.session.add(TotpKey(user_id=other.id, secret=kept, confirmed_at=sa.func.now()))
    db.session.commit()
    assert not totp.check_code(other.id, pyotp.TOTP(secret).now())
    before = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another"
    assert not totp.check_code(officer.id, pyotp.TOTP(secret).now())
    app.config["SECRET_KEY"] = before
    assert totp.check_code(officer.id, pyotp.TOTP(secret).now())


def test_a_recovery_code_works_once_however_it_is_typed(app: Flask, officer: User) -> None:
    give_app(officer)
    codes = give_codes(officer)
    answers = []
    for typed in (codes[0].lower().replace("-", " ").replace("0", "o"), codes[0], codes[1]):
        client = app.test_client()
        give_password(client)
        assert "Use a recovery code instead" in client.get(STEP).text
        answers.append(client.post("/sign-in/recovery-code", data={"code": typed}).status_code)
    assert answers == [302, 422, 302]
    assert [params for template, params in mails() if template == "ways_changed"] == [
        {"what": "code_used"}
    ] * 2


def test_wrong_recovery_codes_end_the_session_too(client: FlaskClient, officer: User) -> None:
    give_app(officer)
    code = give_codes(officer)[0]
    give_password(client)
    for _attempt in range(actions.MOST_WRONG - 1):
        assert client.post("/sign-in/recovery-code", data={"code": "A" * 24}).status_code == 422
    assert client.post("/sign-in/recovery-code", data={"code": "A" * 24}).location == "/sign-in"
    assert client.post("/sign-in/recovery-code", data={"code": code}).location.startswith("/sign-in")
    assert not is_in(client)


def test_codes_are_counted_against_the_account_across_sessions(
    app: Flask, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who has the password opens one session after the other, from one address after the other."""
    key, codes = give_app(officer), 0
    monkeypatch.setattr(attempts, "CODES", 7)
    for number in range(3):
        client, here = app.test_client(), {"REMOTE_ADDR": f"192.0.2.{number}"}
        give_password(client, environ_base=here)
        for _ in range(actions.MOST_WRONG):
            answer = client.post(STEP, data={"code": wrong_code(key)}, environ_base=here)
            codes += answer.status_code != 429
    assert codes == 7


def test_signing_in_without_a_second_factor_stays_possible_in_a_demonstration(
    app: Flask, client: FlaskClient, officer: User
) -> None:
    app.config["DEMO"] = True
    give_app(officer)
    assert give_password(client).location == "/"
    assert is_in(client)
