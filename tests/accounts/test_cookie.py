"""The cookie of a session: what is read of it once, and the token that the forms of its pages carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask, flash, get_flashed_messages, session
from flask.testing import FlaskClient

from portal.access import Role, public
from tests.conftest import sign_in_client
from tests.factories import make_user


@pytest.fixture
def guarded(app: Flask, database: None) -> Iterator[Flask]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def signed_in(app: Flask) -> FlaskClient:
    return sign_in_client(app, make_user(Role.IOM_OFFICER))


def test_no_page_sets_a_cookie_for_the_token_of_its_forms(guarded: Flask) -> None:
    client = signed_in(guarded)
    pages = [client.get("/account") for _ in range(2)]
    assert all("Set-Cookie" not in page.headers for page in pages)


def test_a_token_holds_in_its_own_session_only(guarded: Flask) -> None:
    one, other = signed_in(guarded), signed_in(guarded)
    tokens = [token_on(client.get("/account").text) for client in (one, other)]
    assert tokens[0] != tokens[1]
    assert one.post("/sign-out", data={"csrf_token": tokens[1]}).status_code == 400
    assert one.post("/sign-out", data={}).status_code == 400
    assert one.post("/sign-out", data={"csrf_token": tokens[0]}).location == "/sign-in"


def test_a_changed_cookie_is_no_session(app: Flask, database: None) -> None:
    client = signed_in(app)
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie
    assert client.get("/account").status_code == 200
    client.set_cookie(name, cookie.value[:-2] + ("AA" if cookie.value[-2:] != "AA" else "BB"))
    assert client.get("/account").status_code == 302


def test_what_a_request_puts_into_its_session_is_not_in_the_cookie_that_was_read(
    committed_app: Flask,
) -> None:
    def say() -> str:
        before = list(session.get("_flashes", []))
        flash("heard")
        return str(len(before))

    committed_app.add_url_rule("/say", "say", public(say))
    committed_app.add_url_rule("/hear", "hear", public(lambda: str(len(get_flashed_messages()))))
    client, name = committed_app.test_client(), committed_app.config["SESSION_COOKIE_NAME"]
    assert client.get("/say").text == "0"
    cookie = client.get_cookie(name)
    assert cookie
    for _ in range(3):
        client.set_cookie(name, cookie.value)
        assert client.get("/say").text == "1"
    assert client.get("/hear").text == "2"
