"""The search page and the lists of people."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.people import names
from portal.people.models import Person
from tests.factories import CARDIFF, GWENT, area, make_person, make_user
from tests.hostile import HOSTILE
from tests.people.scenes import FORM, ClientFor, encoded, make_restricted, trace

IOM = [Role.IOM_OFFICER, Role.IOM_MANAGER]


def shown(page: str) -> list[int]:
    """Whom a page lists, in its order."""
    return [int(found) for found in re.findall(r'href="/people/(\d+)"', page)]


def search(client: FlaskClient, terms: str, **more: str) -> str:
    response = client.post("/people", data={"terms": terms, **more})
    assert response.status_code == 200, response.text
    return response.text


def test_a_search_answers_with_the_people_and_stands_in_no_address(client_for: ClientFor) -> None:
    person = make_person(forenames="Siân", surname="Chwilio", crn="X123456", local_authority=area(CARDIFF))
    other = make_person(forenames="Siân", surname="Chwylio")
    client = client_for(make_user())
    page = search(client, "sian chwilio")
    assert shown(page) == [person.id, other.id]
    assert "Siân Chwilio" in page
    assert "X123456" in page
    assert "Cardiff</span>" in page
    assert "2 people found" in page
    assert 'value="sian chwilio"' in page
    assert not re.search(r'(href|action)="[^"]*(chwilio|X123456)', page)


def test_a_search_leaves_whom_it_showed_in_the_log_and_not_what_was_typed(client_for: ClientFor) -> None:
    person = make_person(surname="Cofnod", crn="X765432")
    user = make_user()
    client = client_for(user)
    search(client, "cofnod 4/5/1990")
    search(client, "nobody at all")
    entries = trace("people.searched")
    assert all(
        len(entry.detail.pop("typed")) == 64 for entry in entries
    )  # a keyed hash: tests/trace/test_searches.py
    assert [(entry.user_id, entry.subject_ids, entry.detail) for entry in entries] == [
        (user.id, [person.id], {"kinds": ["name", "date_of_birth"]}),
        (user.id, [], {"kinds": ["name"]}),
    ]


def test_nobody_found_is_said_so(client_for: ClientFor) -> None:
    assert "Nobody found" in search(client_for(make_user()), "zzyzx")


def test_a_search_may_be_narrowed_to_an_area(client_for: ClientFor) -> None:
    here = make_person(surname="Lle", local_authority=area(CARDIFF))
    make_person(surname="Lle")
    client = client_for(make_user())
    assert shown(search(client, "lle", area=str(area(CARDIFF).id))) == [here.id]
    foreign = client.post("/people", data={"terms": "lle", "area": str(area(GWENT).id)})
    assert foreign.status_code == 422
    assert shown(foreign.text) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a name, CRN, PNC ID or date of birth"),
        ("  —  ", "Enter a name, CRN, PNC ID or date of birth"),
        ("Jones 31/02/1990", "Enter a real date"),
        ("x" * 101, "Enter no more than 100 characters"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_beside_the_box(
    client_for: ClientFor, typed: str, said: str
) -> None:
    response = client_for(make_user()).post("/people", data={"terms": typed})
    assert response.status_code == 422
    assert response.text.count(said) == 2  # in the summary and beside the box
    assert f'value="{typed.strip()}"' in response.text or not typed.strip()


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.parametrize("field", ["terms", "area"])
def test_nothing_typed_breaks_the_search(client_for: ClientFor, field: str, typed: str) -> None:
    client = client_for(make_user())
    body = encoded(**{"terms": "sian", field: typed})
    assert client.post("/people", data=body, content_type=FORM).status_code in (200, 422)
    assert client.get("/people", query_string=encoded(tab=typed, after=typed)).status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role not in (*IOM, Role.SYSTEM)])
def test_only_police_and_probation_staff_see_people(client_for: ClientFor, role: Role) -> None:
    client = client_for(make_user(role))
    assert client.get("/people").status_code == 403
    assert client.post("/people", data={"terms": "sian"}).status_code == 403
    assert client.get("/people/add").status_code == 403


@pytest.mark.parametrize("role", IOM)
def test_my_people_are_those_whose_offender_manager_i_am(client_for: ClientFor, role: Role) -> None:
    me = make_user(role)
    second = make_person(surname="Zebra", police_om=me)
    first = make_person(surname="ânt", probation_om=me)
    make_person(police_om=make_user())
    page = client_for(me).get("/people").text
    assert shown(page) == [first.id, second.id]
    (entry,) = trace("people.listed")
    assert (entry.subject_ids, entry.detail) == ([first.id, second.id], {"tab": "mine"})


def test_lately_looked_at_are_those_whose_page_i_opened_the_last_first(client_for: ClientFor) -> None:
    one, two, foreign = make_person(), make_person(), make_person(area=area(GWENT))
    client = client_for(make_user())
    for person in (one, two, one, foreign):
        client.get(f"/people/{person.id}/edit")
    client_for(make_user()).get(f"/people/{two.id}/edit")
    assert shown(client.get("/people?tab=recent").text) == [one.id, two.id]


def test_whom_one_may_see_no_longer_is_not_lately_looked_at(client_for: ClientFor) -> None:
    person = make_person()
    client = client_for(make_user())
    client.get(f"/people/{person.id}/edit")
    db.session.execute(sa.update(type(person)).values(restricted=True))
    assert shown(client.get("/people?tab=recent").text) == []


def test_everyone_in_my_areas_is_listed_page_by_page(client_for: ClientFor) -> None:
    here, there = area(), area(GWENT)
    people = [
        make_person(surname=f"Enw {chr(97 + number % 26)}{number}", area=(here, there)[number % 2])
        for number in range(60)
    ]
    make_restricted(surname="Enw cudd")
    make_person(surname="Enw arall", area=area("W15000001"))
    in_order = [one.id for one in sorted(people, key=lambda one: names.sort_key(one.surname, one.forenames))]
    client = client_for(make_user(areas=[here, there]))
    listed, address = [], "/people?tab=area"
    for size in (25, 25, 10):
        page = client.get(address).text
        assert len(shown(page)) == size
        listed += shown(page)
        further = re.search(r'href="([^"]*)" rel="next"', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert listed == in_order
    assert address == ""


def test_a_page_after_somebody_out_of_sight_is_the_first(client_for: ClientFor) -> None:
    first = make_person(surname="Aa")
    hidden = make_restricted(surname="Ab")
    client = client_for(make_user())
    for after in (hidden.id, 10**18, 10**30):
        assert shown(client.get(f"/people?tab=area&after={after}").text) == [first.id]


@pytest.fixture
def statements(app: Flask, database: None) -> Iterator[list[str]]:
    """Each SQL statement executed, as it happens."""
    connection = db._app_engines[app][None]
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    sa.event.listen(connection, "before_cursor_execute", note)
    yield seen
    sa.event.remove(connection, "before_cursor_execute", note)


def add_many(how_many: int, officer: User) -> None:
    here = area()
    db.session.add_all(
        Person(area=here, surname=f"Rhif{number}", forenames="Siân", police_om=officer)
        for number in range(how_many)
    )
    db.session.commit()


def test_the_number_of_statements_does_not_depend_on_how_many_people_there_are(
    client_for: ClientFor, statements: list[str]
) -> None:
    officer = make_user()
    client = client_for(officer)

    def count() -> list[int]:
        counts = []
        for tab in ("mine", "recent", "area", None):
            statements.clear()
            _ = client.get(f"/people?tab={tab}") if tab else search(client, "sian rhif")
            counts.append(len(statements))
        return counts

    add_many(10, officer)
    count()
    few = count()
    enter_scope(SYSTEM)
    add_many(990, officer)
    assert count() == few
