"""Somebody of another area: by an exact number only, with a reason, traced and told; of the restricted nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from portal.people.models import Person, PersonReader
from portal.people.reading import ReadingReason
from portal.reminders.read_elsewhere import tell_of_readings_from_elsewhere
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
HERE = "/people/elsewhere"


@pytest.fixture
def gwent() -> User:
    return make_user(name="Gwen o Went", areas=[area(GWENT)], organisation="Heddlu Gwent")


def look(client: FlaskClient, number: str, **more: str) -> Any:
    return client.post(HERE, data={"number": number, "reason": "moved"} | more)


def test_it_says_whom_to_talk_to_and_no_more(client_for: Clients, gwent: User) -> None:
    om = make_user(name="Owen Swyddog", email="owen@police.example")
    person = make_person(crn="X123456", police_om_id=om.id, surname="Cyfrinach", forenames="Dirgel")
    sent = make_sent(make_service(), person, om)
    sent.detail.asked = "Geiriau dirgel"
    page = look(client_for(gwent), " x123456 ")
    assert page.status_code == 200
    for said in ("South Wales", "Fixed", "Owen Swyddog", "owen@police.example", "Housing", "Sent"):
        assert said in page.text, said
    for kept in ("Cyfrinach", "Dirgel", "Geiriau", sent.reference, str(sent.agency.name), "1990"):
        assert kept not in page.text, kept
    assert client_for(gwent).get(f"/people/{person.id}").status_code == 404


@pytest.mark.parametrize("number", ["PNC", "prison", "niche"])
def test_by_any_exact_number(client_for: Clients, gwent: User, number: str) -> None:
    make_person(pnc_id="2001/0000001C", noms_number="A1234BC", niche_ref="N77")
    typed = {"PNC": "01/1C", "prison": "a1234bc", "niche": "n77"}[number]
    assert "South Wales" in look(client_for(gwent), typed).text


def shown(page: Any, number: str) -> str:
    return str(page.text.split("<main", 1)[1].split("</main>")[0].replace(number, "…"))


def test_missing_restricted_and_erased_look_the_same(client_for: Clients, gwent: User) -> None:
    make_person(crn="X000001", restricted=True)
    erased = make_person(None, crn="X000002")
    db.session.execute(sa.text("UPDATE person SET crn = NULL WHERE id = :id"), {"id": erased.id})
    db.session.commit()
    client = client_for(gwent)
    pages = [shown(look(client, number), number) for number in ("X000001", "X000002", "X000003")]
    assert "There is nobody with this number" in pages[0]
    assert pages[0] == pages[1] == pages[2]


def entries(user: User) -> list[Any]:
    query = sa.text(
        "SELECT action, subject_ids, detail FROM audit_entry WHERE user_id = :id AND action LIKE 'person.%' ORDER BY id"
    )
    return [tuple(row) for row in db.session.execute(query, {"id": user.id})]


def test_reason_and_trace_are_written_whatever_is_found(client_for: Clients, gwent: User) -> None:
    person, hidden = make_person(crn="X123456"), make_person(crn="X000001", restricted=True)
    client = client_for(gwent)
    look(client, "X123456")
    look(client, "X000001", reason="other", words="Gair")
    look(client, "X000009")
    assert entries(gwent) == [
        ("person.found_elsewhere", [person.id], {"reason": "moved"}),
        ("person.sought_elsewhere", [hidden.id], {"reason": "other"}),
        ("person.sought_elsewhere", [], {"reason": "moved"}),
    ]
    kept = db.session.execute(
        sa.select(ReadingReason.person_id, ReadingReason.words).order_by(ReadingReason.id)
    )
    assert [tuple(row) for row in kept] == [(person.id, ""), (hidden.id, "Gair"), (None, "")]


@pytest.mark.parametrize("typed", ["", "Enghraifft", "Siân Enghraifft", "\x00", "X1" * 200])
def test_nothing_but_a_whole_number_is_looked_for(client_for: Clients, gwent: User, typed: str) -> None:
    response = client_for(gwent).post(
        HERE, data={"number": typed.encode(errors="surrogatepass"), "reason": "moved"}
    )
    assert response.status_code in (400, 422)
    assert entries(gwent) == []


def test_a_reason_is_needed(client_for: Clients, gwent: User) -> None:
    make_person(crn="X123456")
    page = look(client_for(gwent), "X123456", reason="")
    assert page.status_code == 422
    assert 'value="X123456"' in page.text
    assert look(client_for(gwent), "X123456", reason="other", words=" ").status_code == 422
    assert entries(gwent) == []


def looked(user: User, times: int, hours_ago: float) -> None:
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    for _n in range(times):
        db.session.add(ReadingReason(kind="elsewhere", user_id=user.id, at=at, reason="moved"))
    db.session.commit()


def test_twenty_in_a_day_and_no_more(client_for: Clients, gwent: User) -> None:
    client = client_for(gwent)
    looked(gwent, 20, 24.1)
    assert look(client, "X000001").status_code == 200
    looked(gwent, 19, 1)
    assert look(client, "X000002").status_code == 429
    assert len(entries(gwent)) == 1
    assert look(client_for(make_user(areas=[area(GWENT)])), "X000002").status_code == 200


def told() -> list[OutboxEmail]:
    query = sa.select(OutboxEmail).where(OutboxEmail.template == "read_elsewhere")
    return list(db.session.scalars(query.order_by(OutboxEmail.address)))


def test_the_manager_is_told_without_a_name_and_sees_who_and_why(client_for: Clients, gwent: User) -> None:
    manager = make_user(Role.IOM_MANAGER, language="cy")
    make_user(Role.IOM_MANAGER, areas=[area(GWENT)])
    person = make_person(crn="X123456", surname="Enghraifft")
    look(client_for(gwent), "X123456", reason="other", words="Dros y ffin")
    for _n in range(2):
        tell_of_readings_from_elsewhere()
    (row,) = told()
    assert row.address == manager.email
    subject, text, _html = render(row.email)
    assert person.surname not in subject + text
    assert "Gwen" not in subject + text
    assert "/access/elsewhere" in text
    page = client_for(manager).get("/access/elsewhere").text
    assert "Gwen o Went" in page
    assert "Dros y ffin" in page
    other = client_for(make_user(Role.IOM_MANAGER, areas=[area(GWENT)]))
    assert "Dros y ffin" not in other.get("/access/elsewhere").text
    assert client_for(make_user()).get("/access/elsewhere").status_code == 403


def test_of_a_restricted_person_only_those_named_are_told(client_for: Clients, gwent: User) -> None:
    named, other = make_user(Role.IOM_MANAGER), make_user(Role.IOM_MANAGER)
    hidden = make_person(crn="X123456", restricted=True)
    db.session.add(PersonReader(person_id=hidden.id, user_id=named.id))
    look(client_for(gwent), "X123456")
    tell_of_readings_from_elsewhere()
    assert [row.address for row in told()] == [named.email]
    assert "Gwen o Went" in client_for(named).get("/access/elsewhere").text
    assert "Gwen o Went" not in client_for(other).get("/access/elsewhere").text


def test_somebody_of_one_s_own_area_is_linked_and_nobody_is_told(client_for: Clients) -> None:
    person = make_person(crn="X123456")
    make_user(Role.IOM_MANAGER)
    page = look(client_for(make_user()), "X123456")
    assert f'href="/people/{person.id}"' in page.text
    tell_of_readings_from_elsewhere()
    assert told() == []


@pytest.mark.parametrize("role", ["agency_worker", "agency_manager", "analyst", "administrator"])
def test_only_iom_staff_look_elsewhere(client_for: Clients, role: str) -> None:
    user = make_user(role)
    assert client_for(user).get(HERE).status_code == 403
    enter_scope(scope_of(user.id))
    with pytest.raises(sa.exc.ProgrammingError), db.session.begin_nested():
        db.session.execute(sa.text("SELECT find_elsewhere('X123456', 'moved', '', 20)"))
    enter_scope(SYSTEM)


def test_reasons_of_people_out_of_sight_cannot_be_read(gwent: User, client_for: Clients) -> None:
    make_person(crn="X123456")
    look(client_for(gwent), "X123456")
    enter_scope(scope_of(gwent.id))
    assert db.session.scalars(sa.select(ReadingReason)).all() == []
    assert db.session.scalars(sa.select(Person)).all() == []
    enter_scope(SYSTEM)
