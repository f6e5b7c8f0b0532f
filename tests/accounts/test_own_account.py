"""One's own account: what one sees of oneself, language, password and sessions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts import attempts
from portal.accounts.models import User, UserSession
from portal.accounts.own_queries import list_open_sessions
from portal.accounts.passwords import hash_password, matches
from portal.accounts.queries import token_hash
from portal.accounts.wording import device_name
from portal.db import db
from tests.factories import make_agency, make_service, make_user

ClientFor = Callable[[User], FlaskClient]
PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD)
NEW = "a quiet heron by the weir"


def elsewhere(user: User) -> None:
    session = UserSession(
        token_hash=token_hash("another device"), user_id=user.id, device="Mozilla/5.0 (iPhone) Safari/605"
    )
    db.session.add(session)
    db.session.commit()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_everyone_sees_who_they_are_here(client_for: ClientFor, role: Role) -> None:
    user = make_user(role, name="Olwen Enghraifft")
    page = client_for(user).get("/account").text
    assert "Olwen Enghraifft" in page
    assert user.email in page


def test_an_agency_worker_sees_agency_services_and_areas(client_for: ClientFor) -> None:
    agency = make_agency("Cartref", name_cy="Cartref Cymru")
    service = make_service(agency, name="Rooms")
    worker = make_user(Role.AGENCY_WORKER, agency=agency, every_service=False, services=[service])
    page = client_for(worker).get("/account").text
    assert "Cartref" in page
    assert "Rooms" in page
    assert "All areas" in page


def test_a_renamed_agency_is_seen_under_its_new_name(client_for: ClientFor) -> None:
    worker = make_user(Role.AGENCY_WORKER, organisation="Old name")
    assert worker.agency is not None
    worker.agency.name = "New name"
    assert "New name" in client_for(worker).get("/account").text


def test_the_language_chosen_is_kept(client_for: ClientFor, app: Flask) -> None:
    user = make_user()
    client = client_for(user)
    assert client.post("/account/language", data={"language": "cy"}).location == "/account"
    assert '<html lang="cy"' in client.get("/account").text
    assert db.session.scalar(sa.select(User.language).where(User.id == user.id)) == "cy"
    assert client.post("/account/language", data={"language": "fr"}).status_code == 422


def test_own_sessions_are_listed_and_the_others_can_be_ended(client_for: ClientFor, app: Flask) -> None:
    user = make_user()
    client = client_for(user)
    assert "Sign out everywhere else" not in client.get("/account/sessions").text
    elsewhere(user)
    page = client.get("/account/sessions").text
    assert "Safari on iPhone" in page
    assert "This device" in page
    assert client.post("/account/sign-out-elsewhere").location == "/account/sessions"
    assert client.get("/account").status_code == 200
    assert len(list_open_sessions(user.id)) == 1
    assert "Safari on iPhone" not in client.get("/account/sessions").text


def test_one_session_is_ended_and_the_rest_stay(client_for: ClientFor) -> None:
    user, other = make_user(), make_user()
    client = client_for(user)
    elsewhere(user)
    end = token_hash("another device").hex()
    assert client_for(other).post("/account/sessions/end", data={"session": end}).status_code == 302
    assert len(list_open_sessions(user.id)) == 2
    assert end in client.get("/account/sessions").text
    assert client.post("/account/sessions/end", data={"session": end}).location == "/account/sessions"
    assert len(list_open_sessions(user.id)) == 1
    assert client.get("/account").status_code == 200
    for named in ("", "x", "zz" * 32, "\x00"):
        assert client.post("/account/sessions/end", data={"session": named}).status_code == 404


def test_each_kind_of_email_is_switched_off_and_on_by_oneself(client_for: ClientFor) -> None:
    user = make_user()
    client = client_for(user)
    assert client.get("/account/emails").text.count("checked") == 2
    for wanted in (["digest"], ["mails_at_once"], [], ["digest", "mails_at_once"]):
        assert client.post("/account/emails", data={"wanted": wanted}).location == "/account"
        db.session.refresh(user)
        assert [user.digest, user.mails_at_once] == ["digest" in wanted, "mails_at_once" in wanted]
        assert (
            "One each working day, when something needs you" in client.get("/account").text
        ) == user.digest
    assert client.post("/account/emails", data={"wanted": "password_hash"}).status_code == 422


def test_whoever_gets_no_emails_is_not_asked(client_for: ClientFor) -> None:
    client = client_for(make_user(Role.ANALYST))
    assert "/account/emails" not in client.get("/account").text
    assert client.get("/account/emails").status_code == 403


def test_nobody_elses_sessions_are_ended_or_seen(client_for: ClientFor) -> None:
    user, other = make_user(), make_user()
    elsewhere(other)
    client = client_for(user)
    assert "Safari on iPhone" not in client.get("/account/sessions").text
    client.post("/account/sign-out-elsewhere")
    assert len(list_open_sessions(other.id)) == 1


def test_a_new_password_needs_the_current_one_and_signs_out_elsewhere(client_for: ClientFor) -> None:
    user = make_user(password_hash=HASH)
    client = client_for(user)
    elsewhere(user)
    answer = client.post("/account/password", data={"current": PASSWORD, "password": NEW, "again": NEW})
    assert answer.location == "/account"
    db.session.refresh(user)
    assert matches(user.password_hash, NEW)
    assert client.get("/account").status_code == 200
    assert len(list_open_sessions(user.id)) == 1


def test_a_wrong_current_password_changes_nothing_and_is_counted(client_for: ClientFor) -> None:
    user = make_user(password_hash=HASH)
    client = client_for(user)
    wrong = {"current": "wrong", "password": NEW, "again": NEW}
    for _attempt in range(attempts.PER_ACCOUNT):
        page = client.post("/account/password", data=wrong)
        assert page.status_code == 422
        assert "The current password is not right" in page.text
    assert client.post("/account/password", data=wrong | {"current": PASSWORD}).status_code == 429
    db.session.refresh(user)
    assert matches(user.password_hash, PASSWORD)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"current": ""}, "Enter your current password"),
        ({"password": "short"}, "Password must be 15 characters or more"),
        ({"password": "passwordpassword"}, "Choose another password: this one is easily guessed"),
        ({"again": "something else"}, "Both passwords must be the same"),
    ],
)
def test_each_mistake_with_the_password_is_said(
    client_for: ClientFor, changes: dict[str, str], message: str
) -> None:
    client = client_for(make_user(password_hash=HASH))
    form = {"current": PASSWORD, "password": NEW, "again": NEW} | changes
    page = client.post("/account/password", data=form)
    assert page.status_code == 422
    assert message in page.text


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8", "A device not known"),
        ("", "A device not known"),
    ],
)
def test_a_device_is_named_in_words(app: Flask, user_agent: str, words: str) -> None:
    with app.test_request_context():
        assert device_name(user_agent) == words
