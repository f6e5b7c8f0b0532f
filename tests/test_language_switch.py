"""The other language of a page that answers a form: what was typed is kept, nothing is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.passwords import hash_password, matches
from portal.db import db
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("database")
ClientFor = Callable[[User], FlaskClient]


def switch(page: str) -> tuple[str, dict[str, list[str]]]:
    """Where the header's form leads, and what it carries."""
    form = BeautifulSoup(page, "html.parser").select_one("header form[data-posted-again]")
    assert form is not None
    carried: dict[str, list[str]] = {}
    for box in form.select("input"):
        carried.setdefault(str(box["name"]), []).append(str(box["value"]))
    return str(form["action"]), carried


def test_what_was_typed_is_shown_again_in_the_other_language(app: Flask) -> None:
    client = app.test_client()
    page = client.post("/sign-in?next=/people", data={"email": "rhywun@test.example"})
    assert page.status_code == 422
    where, carried = switch(page.text)
    assert where == "/sign-in?next=%2Fpeople&lang=cy"
    again = client.post(where, data=carried)
    soup = BeautifulSoup(again.text, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == "cy"
    assert soup.select_one("input[name=email][value='rhywun@test.example']")
    assert "Rhowch eich cyfrinair" in again.text


def test_several_answers_of_one_question_are_all_kept(client_for: ClientFor) -> None:
    client = client_for(make_user())
    page = client.post("/account/emails", data={"wanted": ["digest", "mails_at_once", "nothing"]})
    assert switch(page.text)[1]["wanted"] == ["digest", "mails_at_once", "nothing"]


def test_switching_does_nothing_else_even_where_every_answer_is_right(client_for: ClientFor) -> None:
    user = make_user()
    client = client_for(user)
    page = client.post("/account/emails?lang=cy", data={"switch_language": "cy"})
    assert page.status_code == 422
    assert "Dewis eich e-byst" in page.text
    db.session.refresh(user)
    assert user.digest
    assert user.mails_at_once


def test_passwords_are_not_carried_along_nor_tried(client_for: ClientFor) -> None:
    old, new = "correct horse battery staple", "a quiet heron by the weir"
    user = make_user(Role.ANALYST, password_hash=hash_password(old))
    client = client_for(user)
    typed = {"current": old, "password": new, "again": "something else"}
    page = client.post("/account/password", data=typed)
    where, carried = switch(page.text)
    assert carried.keys() == {"csrf_token", "once", "switch_language"}
    assert client.post(where, data=typed | {"again": new, "switch_language": "cy"}).status_code == 422
    db.session.refresh(user)
    assert matches(user.password_hash, old)


def test_a_page_that_answers_no_form_is_read_again_by_a_link(client_for: ClientFor) -> None:
    client = client_for(make_user())
    for page in (client.get("/account/emails"), client.post("/account/nowhere")):
        soup = BeautifulSoup(page.text, "html.parser")
        assert soup.select_one("header a[hreflang=cy]")
        assert not soup.select_one("header form[data-posted-again]")
