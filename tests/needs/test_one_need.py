"""The page of one need, and the list of those that wait for somebody to refer them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.needs import queries
from portal.people.models import Person, PersonNeed, PersonReader
from portal.people.wording import today
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user
from tests.needs.scenes import add

Clients = Callable[[User], FlaskClient]


@pytest.fixture
def person(database: None) -> Person:
    found = make_person()
    add(found, "housing", "identified", today() - timedelta(days=9))
    db.session.commit()
    return found


def form(person: Person, **values: Any) -> dict[str, Any]:
    version = db.session.get_one(Person, person.id).version
    return {"version": version, "state": "met", "words": "«Gan ei deulu»", **values}


def on(day: date) -> dict[str, int]:
    return {"on_day-day": day.day, "on_day-month": day.month, "on_day-year": day.year}


def test_a_need_is_met_without_a_referral(person: Person, client_for: Clients) -> None:
    client, path = client_for(make_user(name="Example Officer")), f"/people/{person.id}/needs/housing"
    since = today() - timedelta(days=3)
    assert client.post(path, data=form(person, **on(since))).status_code == 302
    need = db.session.get_one(PersonNeed, (person.id, "housing"))
    assert (need.state, need.changed_on) == ("met", since)
    page = client.get(path).text
    assert "«Gan ei deulu»" in page
    assert "Example Officer" in page
    assert f'href="{path}"' in client.get(f"/people/{person.id}").text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"state": ""}, "Select where this need stands"),
        ({"state": "identified"}, "Select an answer from the list"),
        ({"words": ""}, "Enter what happened"),
        (on(today() + timedelta(days=2)), "The date must be today or in the past"),
        (on(today() - timedelta(days=10)), "The need was identified on"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(
    person: Person, client_for: Clients, values: dict[str, Any], message: str
) -> None:
    path = f"/people/{person.id}/needs/housing"
    page = client_for(make_user()).post(path, data=form(person, **values))
    assert page.status_code == 422
    assert message in page.text
    assert values.get("words") == "" or "«Gan ei deulu»" in page.text
    assert db.session.get_one(PersonNeed, (person.id, "housing")).state == "identified"


def test_of_two_who_say_it_the_second_is_told(person: Person, client_for: Clients) -> None:
    client, path = client_for(make_user()), f"/people/{person.id}/needs/housing"
    stale = form(person)
    client.post(
        f"/people/{person.id}/needs", data={"version": person.version, "needs": ["housing", "health"]}
    )
    assert client.post(path, data=stale).status_code == 409


def test_while_a_referral_is_live_it_decides(person: Person, client_for: Clients) -> None:
    reference = make_sent(make_service(), person).reference
    client, path = client_for(make_user()), f"/people/{person.id}/needs/housing"
    page = client.get(path).text
    assert f"/referrals/{reference}" in page
    assert 'name="state"' not in page
    refused = client.post(path, data=form(person))
    assert refused.status_code == 409
    assert "«Gan ei deulu»" in refused.text
    assert db.session.get_one(PersonNeed, (person.id, "housing")).state == "referred"


def test_missing_foreign_and_restricted_needs_look_alike(person: Person, client_for: Clients) -> None:
    client = client_for(make_user())
    foreign, hidden = make_person(area=area(GWENT)), make_person(restricted=True)
    for other in (foreign, hidden):
        add(other, "housing", "identified", today())
    db.session.commit()
    for path in (
        f"{foreign.id}/needs/housing",
        f"{hidden.id}/needs/housing",
        f"{person.id}/needs/health",
        "0/needs/x",
    ):
        assert client.get(f"/people/{path}").status_code == 404
    assert client_for(make_user("agency_worker")).get(f"/people/{person.id}/needs/housing").status_code == 403


def lines(page: str) -> list[str]:
    return [
        " ".join(row.get_text(" ", strip=True).split())
        for row in BeautifulSoup(page, "html.parser").select("main tbody tr")
    ]


def test_needs_to_be_referred_are_ones_own_peoples_first_and_the_oldest_first(
    person: Person, client_for: Clients
) -> None:
    officer = make_user()
    own = make_person(surname="Eiddo", police_om_id=officer.id)
    add(own, "health", "identified", today() - timedelta(days=2))
    add(own, "finance", "identified", today() - timedelta(days=5))
    add(own, "family", "met", today())
    for other in (
        make_person(cohort=None),
        make_person(area=area(GWENT)),
        make_person(restricted=True),
        make_person(joined_to=own.id),
    ):
        add(other, "housing", "identified", today())
    make_sent(make_service(), make_person())
    db.session.commit()
    client = client_for(officer)
    mine = lines(client.get("/needs/unreferred").text)
    assert [("Eiddo" in line, "5 days" in line) for line in mine] == [(True, True), (True, False)]
    everybody = lines(client.get("/needs/unreferred?whose=all").text)
    assert len(everybody) == 3
    assert "9 days" in everybody[0]
    home = BeautifulSoup(client.get("/").text, "html.parser")
    cards = {str(link["href"]): link.get_text(" ", strip=True) for link in home.select(".portal-card__link")}
    assert cards["/needs/unreferred"].startswith("2 ")
    assert cards["/needs/unreferred?whose=all"].startswith("3 ")
    refer = client.post(f"/people/{own.id}/refer", data={"need": "health"})
    assert "/service" in refer.headers["Location"]


def test_a_restricted_person_is_in_the_list_of_whoever_is_named(database: None, client_for: Clients) -> None:
    officer, hidden = make_user(), make_person(surname="Cudd")
    add(hidden, "housing", "identified", today())
    db.session.add(PersonReader(person_id=hidden.id, user_id=officer.id))
    hidden.restricted = True
    db.session.commit()
    assert len(lines(client_for(officer).get("/needs/unreferred?whose=all").text)) == 1
    assert lines(client_for(make_user()).get("/needs/unreferred?whose=all").text) == []


def test_the_list_has_pages(database: None, client_for: Clients) -> None:
    for number in range(60):
        add(make_person(), "housing", "identified", today() - timedelta(days=number % 7))
    db.session.commit()
    client, href, seen = client_for(make_user()), "/needs/unreferred?whose=all", []
    while href:
        page = client.get(href).text
        seen += lines(page)
        following = BeautifulSoup(page, "html.parser").select_one("a[rel=next]")
        href = str(following["href"]) if following else ""
    assert (len(seen), len(set(seen))) == (60, 60)
    assert queries.count_unreferred(most=100) == 60
    assert client.get("/needs/unreferred?after=x.y.z").status_code == 200
