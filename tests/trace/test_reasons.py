"""A restricted record asks why before it opens, once in twelve hours; others are as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.db import SYSTEM, db, enter_scope
from portal.people.models import Person, PersonReader
from portal.people.reading import ReadingReason
from tests.factories import make_draft, make_person, make_sent, make_service, make_user
from tests.referrals.test_lists import statements

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


@pytest.fixture
def officer() -> User:
    return make_user()


@pytest.fixture
def hidden(officer: User) -> Person:
    person = make_person(restricted=True, surname="Cudd")
    db.session.add(PersonReader(person_id=person.id, user_id=officer.id))
    db.session.commit()
    return person


def give(officer: User, hidden: Person, hours_ago: float) -> None:
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    db.session.add(
        ReadingReason(kind="restricted", person_id=hidden.id, user_id=officer.id, at=at, reason="own")
    )
    db.session.commit()


def test_every_door_to_a_restricted_person_asks_first(
    client_for: Clients, officer: User, hidden: Person
) -> None:
    client, service = client_for(officer), make_service()
    sent = make_sent(service, hidden, officer)
    draft = make_draft(hidden, officer, "finance")
    db.session.commit()
    at = f"/people/{hidden.id}"
    for path in (
        at, f"{at}/refer", f"{at}/edit", f"{at}/needs", f"{at}/sources", f"/refer/{draft.reference}",
        f"/referrals/{sent.reference}", f"/referrals/{sent.reference}/chase",
    ):  # fmt: skip
        response = client.get(path)
        assert response.status_code == 302, path
        assert response.location.startswith(
            f"{at}/reason?next=%2F" if "%2F" in response.location else f"{at}/reason?next=/"
        ), path
    read = sa.text(
        "SELECT count(*) FROM audit_entry WHERE action IN ('person.read', 'referral.read') AND user_id = :id"
    )
    assert db.session.scalar(read, {"id": officer.id}) == 0


def test_a_reason_opens_it_for_twelve_hours(client_for: Clients, officer: User, hidden: Person) -> None:
    client, at = client_for(officer), f"/people/{hidden.id}"
    page = client.get(f"{at}/reason?next={at}/needs")
    assert "Cudd" in page.text
    assert client.post(f"{at}/reason", data={}).status_code == 422
    wrong = client.post(f"{at}/reason", data={"reason": "other", "words": "", "next": at})
    assert wrong.status_code == 422
    answer = client.post(f"{at}/reason", data={"reason": "cover", "words": "ignored", "next": f"{at}/needs"})
    assert answer.location == f"{at}/needs"
    assert client.get(at).status_code == 200
    kept = db.session.scalars(sa.select(ReadingReason)).one()
    assert (kept.reason, kept.words, kept.user_id) == ("cover", "", officer.id)


def test_a_form_opened_with_a_reason_is_still_taken(
    client_for: Clients, officer: User, hidden: Person
) -> None:
    client, at = client_for(officer), f"/people/{hidden.id}"
    give(officer, hidden, 25)
    assert client.post(f"{at}/refer", data={"need": "finance"}).location == f"{at}/reason"
    give(officer, hidden, 20)
    assert client.get(at).status_code == 302
    assert client.post(f"{at}/refer", data={"need": "housing"}).location.startswith("/refer/")


def test_it_is_asked_again_after_twelve_hours(client_for: Clients, officer: User, hidden: Person) -> None:
    client, at = client_for(officer), f"/people/{hidden.id}"
    give(officer, hidden, 12.1)
    assert client.get(at).status_code == 302
    give(officer, hidden, 11.9)
    assert client.get(at).status_code == 200


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/people/\\evil", "/sign-out", ""]
)
def test_it_leads_nowhere_else(client_for: Clients, officer: User, hidden: Person, target: str) -> None:
    at = f"/people/{hidden.id}"
    answer = client_for(officer).post(f"{at}/reason", data={"reason": "own", "next": target})
    assert answer.location == at


def test_others_learn_nothing_from_the_question(client_for: Clients, hidden: Person) -> None:
    open_person = make_person()
    for user, person_id in ((make_user(), hidden.id), (make_user(), open_person.id), (make_user(), 2**40)):
        assert client_for(user).get(f"/people/{person_id}/reason").status_code == 404
        assert client_for(user).post(f"/people/{person_id}/reason", data={"reason": "own"}).status_code == 404
    assert client_for(make_user("agency_manager")).get(f"/people/{hidden.id}/reason").status_code == 403


def test_the_agency_it_was_sent_to_is_not_asked(client_for: Clients, officer: User, hidden: Person) -> None:
    sent = make_sent(make_service(), hidden, officer)
    worker = make_user("agency_worker", sent.agency)
    assert client_for(worker).get(f"/referrals/{sent.reference}").status_code == 200


def test_an_unrestricted_person_costs_no_statement_more(
    client_for: Clients, officer: User, hidden: Person
) -> None:
    client = client_for(officer)
    at = f"/people/{make_person().id}"
    client.get(at)
    with statements() as seen:
        client.get(at)
    assert not any("reading_reason" in statement for statement in seen)


def test_managers_see_the_reason(client_for: Clients, officer: User, hidden: Person) -> None:
    manager = make_user(Role.IOM_MANAGER)
    db.session.add(PersonReader(person_id=hidden.id, user_id=manager.id))
    client, at = client_for(officer), f"/people/{hidden.id}"
    client.post(f"{at}/reason", data={"reason": "other", "words": "Cyfarfod MAPPA"})
    client.get(at)
    boss = client_for(manager)
    assert boss.get(f"{at}/readers").status_code == 302
    boss.post(f"{at}/reason", data={"reason": "supervise"})
    assert "Another reason: Cyfarfod MAPPA" in boss.get(f"{at}/readers").text


def test_the_database_takes_no_reason_for_whom_one_may_not_see(officer: User, hidden: Person) -> None:
    other = make_user()
    db.session.commit()
    row = {"kind": "restricted", "person_id": hidden.id, "reason": "own"}
    for who, as_whom in ((other, other), (officer, other)):
        enter_scope(scope_of(who.id))
        with pytest.raises(sa.exc.ProgrammingError), db.session.begin_nested():
            db.session.execute(sa.insert(ReadingReason).values(row | {"user_id": as_whom.id}))
        enter_scope(SYSTEM)
