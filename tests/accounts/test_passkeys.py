"""Passkeys: registered, named, removed; and every answer that proves nothing refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import actions
from portal.accounts.factor_models import Passkey, PasskeyChallenge
from portal.accounts.models import User, UserSession
from portal.accounts.passkeys import LIFE
from portal.db import db
from tests.accounts.authenticator import PRESENT, Authenticator, add_passkey, show_passkey
from tests.accounts.steps import give_app, give_password, is_in, mails
from tests.factories import make_user

ClientFor = Callable[[User], FlaskClient]
HERE = "http://localhost:8000"  # BASE_URL of the tests


@pytest.fixture
def passkey(client_for: ClientFor, officer: User) -> Authenticator:
    return add_passkey(client_for(officer))


def test_a_passkey_signs_in_without_a_password_and_is_two_factors(
    app: Flask, client: FlaskClient, passkey: Authenticator
) -> None:
    app.config["DEMO"] = False
    try:
        options = client.post("/sign-in/passkey/options").get_json()
        assert options["userVerification"] == "required"
        assert options["allowCredentials"] == []
        answer = client.post("/sign-in/passkey?next=/services", data={"credential": passkey.get(options)})
        assert answer.location == "/services"
        assert is_in(client)
    finally:
        app.config["DEMO"] = True
    held = db.session.scalars(sa.select(UserSession).where(UserSession.method == "passkey")).one()
    assert held.factor_at is not None


@pytest.mark.usefixtures("outside_demo")
def test_a_passkey_is_the_second_step_after_a_password(
    app: Flask, client: FlaskClient, officer: User
) -> None:
    app.config["DEMO"] = True
    maker = app.test_client()
    give_password(maker)
    passkey = add_passkey(maker)
    app.config["DEMO"] = False
    give_password(client)
    page = client.get("/sign-in/second-step", base_url=HERE)
    assert (
        "Use a passkey" in client.get("/sign-in/second-step", base_url=HERE).text or page.status_code == 302
    )
    options = client.post("/sign-in/passkey/options").get_json()
    assert len(options["allowCredentials"]) == 1
    assert client.post("/sign-in/passkey", data={"credential": passkey.get(options)}).location == "/"
    assert is_in(client)


def test_a_new_passkey_asks_for_a_discoverable_credential_and_the_users_check(
    client_for: ClientFor, officer: User
) -> None:
    client = client_for(officer)
    add_passkey(client)
    options = client.post("/account/security/passkeys/options").get_json()
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["rp"]["id"] == "localhost"
    assert len(options["excludeCredentials"]) == 1
    assert mails() == [("ways_changed", {"what": "passkey_added"})]


FORGERIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": "http://localhost:9000"},
    "another site": {"rp_id": "evil.example"},
    "nobody checked": {"flags": PRESENT},
    "nobody there": {"flags": 0},
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_answer_signs_nobody_in(
    client: FlaskClient, passkey: Authenticator, forged: dict[str, Any]
) -> None:
    for name, value in forged.items():
        setattr(passkey, name, value)
    assert show_passkey(client, passkey).location == "/sign-in"
    assert "That passkey could not be used" in client.get("/sign-in").text
    assert not is_in(client)


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_passkey_is_not_kept(client_for: ClientFor, officer: User, forged: dict[str, Any]) -> None:
    client, authenticator = client_for(officer), Authenticator(**forged)
    options = client.post("/account/security/passkeys/options").get_json()
    page = client.post(
        "/account/security/passkeys/new", data={"name": "x", "credential": authenticator.create(options)}
    )
    assert page.status_code == 422
    assert "The passkey could not be made" in page.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 0


def test_an_answer_works_once(client: FlaskClient, passkey: Authenticator) -> None:
    options = client.post("/sign-in/passkey/options").get_json()
    cookie = client.get_cookie("portal")
    assert cookie
    answer = {"credential": passkey.get(options)}
    assert client.post("/sign-in/passkey", data=answer).location == "/"
    client.post("/sign-out")
    assert client.post("/sign-in/passkey", data=answer).location == "/sign-in"
    client.set_cookie("portal", cookie.value)  # with the challenge in it once more
    passkey.count = 0
    db.session.execute(sa.update(Passkey).values(sign_count=0))
    db.session.commit()
    assert client.post("/sign-in/passkey", data=answer).location == "/sign-in"
    assert not is_in(client)


def test_an_answer_works_in_the_browser_that_asked_for_it(
    app: Flask, client: FlaskClient, passkey: Authenticator
) -> None:
    options = client.post("/sign-in/passkey/options").get_json()
    thief = app.test_client()
    assert thief.post("/sign-in/passkey", data={"credential": passkey.get(options)}).location == "/sign-in"
    thief.post("/sign-in/passkey/options")
    assert thief.post("/sign-in/passkey", data={"credential": passkey.get(options)}).location == "/sign-in"
    assert not is_in(thief)


def test_a_challenge_lasts_five_minutes(client: FlaskClient, passkey: Authenticator) -> None:
    for age, location in ((LIFE - timedelta(minutes=1), "/"), (LIFE + timedelta(minutes=1), "/sign-in")):
        options = client.post("/sign-in/passkey/options").get_json()
        db.session.execute(sa.update(PasskeyChallenge).values(made_at=sa.func.now() - age))
        db.session.commit()
        answer = client.post("/sign-in/passkey", data={"credential": passkey.get(options)})
        assert answer.location == location
        client.post("/sign-out")


def test_a_challenge_for_one_thing_serves_no_other(client_for: ClientFor, officer: User, app: Flask) -> None:
    client = client_for(officer)
    passkey = add_passkey(client)
    asked = client.post("/account/confirm/options").get_json()
    assert client.post("/sign-in/passkey", data={"credential": passkey.get(asked)}).location.startswith(
        "/sign-in"
    )
    asked = client.post("/account/security/passkeys/options").get_json()
    assert client.post("/sign-in/passkey", data={"credential": passkey.get(asked)}).location.startswith(
        "/sign-in"
    )


def test_a_copied_passkey_whose_count_stands_still_is_refused(
    client: FlaskClient, passkey: Authenticator
) -> None:
    assert show_passkey(client, passkey).location == "/"
    client.post("/sign-out")
    passkey.count -= 1
    assert show_passkey(client, passkey).location == "/sign-in"
    passkey.count += 3
    assert show_passkey(client, passkey).location == "/"
    assert db.session.scalars(sa.select(Passkey.sign_count)).one() == passkey.count


def test_a_passkey_of_somebody_suspended_or_of_another_signs_nobody_in(
    client_for: ClientFor, client: FlaskClient, passkey: Authenticator, officer: User
) -> None:
    other = Authenticator(id=passkey.id)  # the same name, another key
    assert show_passkey(client, other).location == "/sign-in"
    passkey.handle = b"999"
    assert show_passkey(client, passkey).location == "/sign-in"
    passkey.handle = str(officer.id).encode()
    officer.suspended_at = sa.func.now()
    db.session.commit()
    assert show_passkey(client, passkey).location == "/sign-in"


def test_a_passkey_registered_once_is_not_registered_for_another(
    client_for: ClientFor, officer: User
) -> None:
    held = add_passkey(client_for(officer))
    thief = client_for(make_user())
    options = thief.post("/account/security/passkeys/options").get_json()
    answer = {"name": "x", "credential": held.create(options)}
    assert thief.post("/account/security/passkeys/new", data=answer).status_code == 422


HOSTILE_JSON = (
    "",
    "{",
    "[]",
    "null",
    "1",
    '{"id": 1}',
    '{"id":"a","rawId":"a","type":"public-key","response":{}}',
    "x" * 30000,
)


@pytest.mark.parametrize("said", HOSTILE_JSON)
def test_no_hostile_answer_is_a_fault(
    client: FlaskClient, client_for: ClientFor, officer: User, said: str
) -> None:
    client.post("/sign-in/passkey/options")
    assert client.post("/sign-in/passkey", data={"credential": said}).status_code == 302
    own = client_for(officer)
    own.post("/account/security/passkeys/options")
    assert own.post("/account/security/passkeys/new", data={"credential": said}).status_code == 422


def test_hostile_parts_of_an_answer_are_no_fault(client: FlaskClient, passkey: Authenticator) -> None:
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for value in ("", "AA", "!!", 1, None, {}, "\ud800"):
            options = client.post("/sign-in/passkey/options").get_json()
            answer = json.loads(passkey.get(options))
            answer["response"][part] = value
            sent = client.post("/sign-in/passkey", data={"credential": json.dumps(answer)})
            fine = part == "userHandle" and value is None  # which an authenticator may leave out
            assert sent.location == ("/" if fine else "/sign-in"), (part, value)
            client.post("/sign-out")


def test_passkeys_are_named_and_removed_by_their_owner_alone(client_for: ClientFor, officer: User) -> None:
    client, thief = client_for(officer), client_for(make_user())
    add_passkey(client)
    number = db.session.scalars(sa.select(Passkey.id)).one()
    base = f"/account/security/passkeys/{number}"
    for path in (f"{base}/rename", f"{base}/remove", "/account/security/passkeys/0/remove"):
        assert thief.get(path).status_code == 404
        assert thief.post(path, data={"name": "x"}).status_code == 404
    assert client.post(f"{base}/rename", data={"name": ""}).status_code == 422
    assert client.post(f"{base}/rename", data={"name": "Key ring"}).status_code == 302
    assert "Key ring" in client.get("/account/security").text
    assert "Key ring" in client.get(f"{base}/remove").text
    assert client.post(f"{base}/remove").status_code == 302
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 0
    assert client.get(f"{base}/remove").status_code == 404


def test_removing_a_factor_ends_the_other_sessions(client_for: ClientFor, app: Flask, officer: User) -> None:
    client, elsewhere = client_for(officer), app.test_client()
    add_passkey(client)
    give_app(officer)
    for path in (
        f"/account/security/passkeys/{db.session.scalar(sa.select(Passkey.id))}/remove",
        "/account/security/app/remove",
    ):
        give_password(elsewhere)
        assert is_in(elsewhere)
        assert client.post(path).location == "/account/security"
        assert not is_in(elsewhere)
        assert is_in(client)


@pytest.mark.usefixtures("outside_demo")
def test_the_last_way_in_is_not_removed(client_for: ClientFor, app: Flask, officer: User) -> None:
    app.config["DEMO"] = True
    client = client_for(officer)
    add_passkey(client)
    actions.mark_factor(f"token of {officer.email}")
    officer.password_hash = None
    db.session.commit()
    path = f"/account/security/passkeys/{db.session.scalar(sa.select(Passkey.id))}/remove"
    for demo in (True, False):
        app.config["DEMO"] = demo
        assert client.post(path).location == "/account/security"
        assert "this is the last one" in client.get("/account/security").text
    give_app(officer)
    assert client.post(path).location == "/account/security"
    assert (
        db.session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 1
    )  # no password: it is the way in


def test_passkeys_are_offered_under_the_portals_own_name_alone(
    client: FlaskClient, client_for: ClientFor, officer: User
) -> None:
    assert "Use a passkey" in client.get("/sign-in", base_url=HERE).text
    assert "Use a passkey" not in client.get("/sign-in", base_url="http://127.0.0.1:8000").text
    page = client_for(officer).get("/account/security/passkeys/new").text
    assert "Set up an authenticator app instead" in page
    assert "data-passkey=" not in page
