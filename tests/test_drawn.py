"""A page that is kept is still each user's own: their name, token and messages, and a nonce for each answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal import drawn
from portal.accounts.models import User
from tests.factories import make_agency, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def test_two_workers_with_the_same_inbox_each_get_their_own_page(client_for: Clients) -> None:
    agency = make_agency()
    make_sent(make_service(agency))
    first, second = (
        client_for(make_user("agency_worker", agency, name=name)) for name in ("Mari Un", "Dai Dau")
    )
    pages = [client.get("/referrals").text for client in (first, second, first)]
    assert ["Mari Un" in page for page in pages] == [True, False, True]
    assert ["Dai Dau" in page for page in pages] == [False, True, False]
    tokens = [re.findall('name="csrf_token" value="([^"]+)"', page) for page in pages]
    assert tokens[0]
    assert tokens[0] == tokens[2] != tokens[1]


def test_the_second_look_draws_nothing_and_has_a_nonce_of_its_own(client_for: Clients) -> None:
    agency = make_agency()
    client = client_for(make_user("agency_worker", agency))
    answers = [client.get("/referrals") for _ in range(2)]
    drawn_before = drawn._draw.cache_info().misses
    answers.append(client.get("/referrals"))
    assert drawn._draw.cache_info().misses == drawn_before
    nonces = []
    for answer in answers:
        (allowed,) = re.findall("'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
        assert set(re.findall('nonce="([^"]+)"', answer.text)) == {allowed}
        nonces.append(allowed)
    assert len(set(nonces)) == 3


def test_a_message_is_shown_once(client_for: Clients) -> None:
    agency = make_agency()
    client = client_for(make_user("agency_worker", agency))
    client.get("/referrals")
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "It is saved")]
    assert ["It is saved" in client.get("/referrals").text for _ in range(2)] == [True, False]


def test_the_language_and_the_address_are_the_pages_own(client_for: Clients) -> None:
    agency = make_agency()
    client = client_for(make_user("agency_worker", agency))
    welsh, english = (client.get(f"/referrals?lang={code}&tab=open").text for code in ("cy", "en"))
    assert 'lang="cy" class' in welsh
    assert 'lang="en" class' in english
    assert "tab=open&amp;lang=cy" in english
    assert (
        "unread=1&amp;lang=cy" in client.get("/referrals?tab=open&unread=1").text
    )  # by whatever the list ignores
