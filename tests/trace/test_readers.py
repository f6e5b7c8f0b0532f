"""Who read this: only managers, only of what is theirs, each day's reader once; and the database says the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.db import SYSTEM, db, enter_scope
from portal.people.models import PersonReader
from portal.trace.readers import KINDS, in_words, kind_of
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user
from tests.referrals.test_lists import statements

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def write(user: User, action: str, subject: str | None, ids: list[int]) -> None:
    """An entry of the access log."""
    db.session.execute(
        sa.text("SELECT write_audit(:who, :what, :about, CAST(:ids AS bigint[]), NULL, NULL, '{}')"),
        {"who": user.id, "what": action, "about": subject, "ids": ids},
    )


def lines(client: FlaskClient, path: str) -> list[str]:
    page = client.get(path)
    assert page.status_code == 200, path
    rows = BeautifulSoup(page.text, "html.parser").select("main tbody tr")
    return [" ".join(row.get_text(" ").split()) for row in rows]


def asked(user: User, about: str, which: int) -> list[sa.Row[object]]:
    """What the database itself gives this user, without the application's checks."""
    enter_scope(scope_of(user.id))
    try:
        query = sa.text("SELECT * FROM readers_of(:about, :which, NULL, NULL, NULL, 100)")
        return list(db.session.execute(query, {"about": about, "which": which}))
    finally:
        enter_scope(SYSTEM)


def test_a_manager_sees_who_did_what_once_a_day(client_for: Clients) -> None:
    person, manager = make_person(), make_user(Role.IOM_MANAGER)
    officer = make_user(name="Nia Swyddog", organisation="Heddlu De Cymru")
    referral = make_sent(make_service(), person, officer)
    reading = client_for(officer)
    for _n in range(2):
        assert reading.get(f"/people/{person.id}").status_code == 200
    assert reading.get(f"/referrals/{referral.reference}").status_code == 200
    (line,) = [one for one in lines(client_for(manager), f"/people/{person.id}/readers") if "Nia" in one]
    assert "IOM officer, Heddlu De Cymru" in line
    assert "Opened the record 2 times" in line
    assert "Opened a referral" in line
    assert "in a list" in line


def test_the_agency_s_manager_sees_readers_of_its_own_referral_since_it_was_sent(client_for: Clients) -> None:
    officer = make_user(name="Nia Swyddog")
    referral = make_sent(make_service(), by=officer)
    worker = make_user("agency_worker", referral.agency, name="Gwen Gweithiwr")
    manager = make_user("agency_manager", referral.agency)
    db.session.execute(
        sa.text(
            "UPDATE referral SET sent_at = now() + interval '1 second', responded_at = NULL WHERE id = :id"
        ),
        {"id": referral.id},
    )
    db.session.commit()
    write(officer, "referral.saved", "referral", [referral.id])
    path = f"/referrals/{referral.reference}"
    assert asked(manager, "referral", referral.id) == []
    db.session.execute(
        sa.text("UPDATE referral SET sent_at = now() - interval '1 hour' WHERE id = :id"), {"id": referral.id}
    )
    client_for(worker).get(path)
    found = lines(client_for(manager), f"{path}/readers")
    assert any("Gwen Gweithiwr" in one and "Opened the referral" in one for one in found)
    assert "Reason given" not in client_for(manager).get(f"{path}/readers").text
    assert "Who has read this" in client_for(manager).get(path).text
    assert "Who has read this" not in client_for(worker).get(path).text


def test_nobody_else_sees_it(client_for: Clients) -> None:
    person = make_person()
    referral = make_sent(make_service(), person)
    of_person, of_referral = f"/people/{person.id}/readers", f"/referrals/{referral.reference}/readers"
    own_manager = make_user("agency_manager", referral.agency)
    for user, path, code in (
        (make_user(), of_person, 403),
        (make_user("agency_worker", referral.agency), of_referral, 403),
        (make_user(Role.ANALYST), of_person, 403),
        (make_user(Role.ADMINISTRATOR), of_person, 403),
        (make_user(Role.IOM_MANAGER, areas=[area(GWENT)]), of_person, 404),
        (make_user(Role.IOM_MANAGER, areas=[area(GWENT)]), of_referral, 404),
        (make_user("agency_manager"), of_referral, 404),
        (own_manager, of_person, 404),
    ):
        assert client_for(user).get(path).status_code == code, (user.role, path)


def test_the_database_agrees() -> None:
    person = make_person()
    referral = make_sent(make_service(), person)
    hidden = make_person(restricted=True)
    named, other = make_user(Role.IOM_MANAGER), make_user(Role.IOM_MANAGER)
    db.session.add(PersonReader(person_id=hidden.id, user_id=named.id))
    db.session.commit()
    reader = make_user()
    for one in (person, hidden):
        write(reader, "person.read", "person", [one.id])
    write(reader, "referral.read", "referral", [referral.id])
    assert len(asked(other, "person", person.id)) > 0
    assert len(asked(named, "person", hidden.id)) == 1
    assert asked(other, "person", hidden.id) == []
    for user in (
        make_user(),
        make_user(Role.ANALYST),
        make_user(Role.ADMINISTRATOR),
        make_user(Role.IOM_MANAGER, areas=[area(GWENT)]),
        make_user("agency_manager"),
        make_user("agency_worker", referral.agency),
    ):
        assert asked(user, "person", person.id) == [], user.role
        assert asked(user, "referral", referral.id) == [], user.role
    own_manager = make_user("agency_manager", referral.agency)
    assert asked(own_manager, "person", person.id) == []
    assert len(asked(own_manager, "referral", referral.id)) > 0
    narrow = make_user("agency_manager", referral.agency, every_service=False)
    assert asked(narrow, "referral", referral.id) == []


def test_pages_follow_each_other_and_one_reader_can_be_chosen(client_for: Clients) -> None:
    person, manager = make_person(), make_user(Role.IOM_MANAGER)
    readers = [make_user(name=f"Darllenydd {n:02}") for n in range(30)]
    for reader in readers:
        write(reader, "person.read", "person", [person.id])
    client, path = client_for(manager), f"/people/{person.id}/readers"
    first = lines(client, path)
    page = BeautifulSoup(client.get(path).text, "html.parser")
    rest = lines(client, str(page.select_one("a[rel=next]")["href"]))  # type: ignore[index]
    names = {line.split("Darllenydd ")[1][:2] for line in (*first, *rest) if "Darllenydd" in line}
    assert len(first) == 25
    assert len(names) == 30
    (line,) = lines(client, f"{path}?reader={readers[3].id}")
    assert "Darllenydd 03" in line


def test_the_statements_do_not_depend_on_the_readers(client_for: Clients) -> None:
    person, manager = make_person(), make_user(Role.IOM_MANAGER)
    client, path = client_for(manager), f"/people/{person.id}/readers"
    client.get(path)
    with statements() as few:
        client.get(path)
    for _n in range(20):
        write(make_user(), "person.read", "person", [person.id])
    with statements() as many:
        client.get(path)
    assert len(few) == len(many)


def test_every_action_of_the_log_has_words() -> None:
    for action in (
        "person.read",
        "referrals.listed",
        "person.refused",
        "quality.exported",
        "referral.accepted",
    ):
        assert kind_of(action) in KINDS
        assert in_words({action: 2}, "person")
