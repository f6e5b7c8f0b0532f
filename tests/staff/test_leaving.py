"""A leaver's open work goes to a colleague in one step, and never to somebody who may not see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import Absence, User
from portal.accounts.queries import scope_of
from portal.appointments import actions as appointments
from portal.appointments.models import Appointment
from portal.clocks.clock import london_date
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from portal.people.models import Person, PersonReader
from portal.referrals import actions
from portal.referrals.models import Event, Referral
from portal.staff.giving import give_work
from portal.staff.work import Work, count_work
from tests.factories import (
    GWENT,
    area,
    make_agency,
    make_draft,
    make_person,
    make_sent,
    make_service,
    make_user,
)

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
NOW = datetime.now(UTC)


def of(referral: Referral) -> Referral:
    enter_scope(SYSTEM)
    return db.session.get_one(Referral, referral.id, populate_existing=True)


def person_now(person: Person) -> Person:
    enter_scope(SYSTEM)
    return db.session.get_one(Person, person.id, populate_existing=True)


def test_an_officers_work_is_counted_and_given_in_the_step_that_suspends_them(client_for: Clients) -> None:
    leaver, to, other = make_user(), make_user(), make_user()
    person = make_person(police_om_id=leaver.id, probation_om_id=other.id)
    person.open_spell.review_on = london_date(NOW)  # type: ignore[union-attr]
    sent, draft = make_sent(by=leaver), make_draft(by=leaver)
    db.session.add(
        Absence(user_id=other.id, cover_id=leaver.id, from_on=date(2026, 1, 1), to_on=date(2099, 1, 1))
    )
    admin = client_for(make_user("administrator"))
    page = admin.get(f"/admin/users/{leaver.id}/suspend").text
    for line in (
        "1 open referral they sent",
        "1 draft",
        "1 person whose officer they are",
        "1 review that is due",
        "1 absence for which they cover",
    ):
        assert line in page
    assert person.surname not in page
    assert admin.post(f"/admin/users/{leaver.id}/suspend", data={"to": to.id}).status_code == 302
    assert db.session.get_one(User, leaver.id).suspended_at
    assert (person_now(person).police_om_id, person_now(person).probation_om_id) == (to.id, other.id)
    assert (of(sent).referrer_id, of(draft).referrer_id) == (to.id, to.id)
    assert db.session.scalars(sa.select(Absence.cover_id)).one() == to.id
    event = db.session.scalars(sa.select(Event).where(Event.kind == "passed_on")).one()
    assert event.data == {"from_id": leaver.id, "to_id": to.id}
    assert not count_work(leaver.id, london_date(NOW))
    [mail] = db.session.scalars(sa.select(OutboxEmail).where(OutboxEmail.template == "work_given"))
    assert mail.address == to.email
    assert "2 referrals" in render(mail.email)[1]
    assert person.surname not in render(mail.email)[1]


def test_restricted_people_are_given_only_to_somebody_who_is_named_on_them() -> None:
    leaver, named, stranger = make_user(), make_user(), make_user()
    person = make_person(restricted=True, police_om_id=leaver.id)
    db.session.add_all(PersonReader(person_id=person.id, user_id=user.id) for user in (leaver, named))
    sent = make_sent(person=person, by=leaver)
    admin = make_user("administrator")
    assert give_work(leaver, stranger, admin, NOW).left == 2
    assert (person_now(person).police_om_id, of(sent).referrer_id) == (leaver.id, leaver.id)
    done = give_work(leaver, named, admin, NOW)
    assert (done.referrals, done.people, done.left) == (1, 1, 0)
    assert (person_now(person).police_om_id, of(sent).referrer_id) == (named.id, named.id)


def test_a_colleague_of_another_area_gets_nothing() -> None:
    leaver, elsewhere = make_user(), make_user(areas=[area(GWENT)])
    person, sent = make_person(police_om_id=leaver.id), make_sent(by=leaver)
    done = give_work(leaver, elsewhere, make_user("administrator"), NOW)
    assert (done.referrals, done.people, done.left) == (0, 0, 2)
    assert (person_now(person).police_om_id, of(sent).referrer_id) == (leaver.id, leaver.id)


def test_an_agency_workers_referrals_go_with_their_appointments_and_the_rest_to_nobody(
    client_for: Clients,
) -> None:
    agency = make_agency()
    first, second = make_service(agency), make_service(agency)
    leaver, manager = make_user("agency_worker", agency), make_user("agency_manager", agency)
    to = make_user("agency_worker", agency, every_service=False, services=[first])
    mine, beyond = make_sent(first, at=NOW), make_sent(second, at=NOW)
    for referral in (mine, beyond):
        actions.accept(referral, leaver, NOW, priority=True)
    offered = appointments.Offer(NOW + timedelta(days=3), 60, "in_person", leaver.id)
    appointment = appointments.offer(mine, leaver, NOW, offered, "one")
    client = client_for(manager)
    page = client.get(f"/access/leavers/{leaver.id}").text
    assert "2 open referrals they work on" in page
    assert "1 appointment" in page
    assert client.post(f"/access/leavers/{leaver.id}", data={"to": to.id}).status_code == 302
    assert (of(mine).worker_id, of(beyond).worker_id) == (to.id, None)
    assert db.session.get_one(Appointment, appointment.id).worker_id == to.id  # type: ignore[union-attr]
    assert "1 could not be given" in client.get("/access").text
    told = list(db.session.scalars(sa.select(OutboxEmail.template).where(OutboxEmail.user_id == to.id)))
    assert told.count("work_given") == 1
    assert "assigned" not in told


def test_nothing_is_given_where_nobody_is_chosen(client_for: Clients) -> None:
    manager, leaver = make_user("iom_manager"), make_user()
    sent = make_sent(by=leaver)
    assert client_for(manager).post(f"/access/leavers/{leaver.id}", data={"to": ""}).status_code == 422
    admin = client_for(make_user("administrator"))
    assert admin.post(f"/admin/users/{leaver.id}/suspend", data={"to": "999999"}).status_code == 422
    assert db.session.get_one(User, leaver.id).suspended_at is None
    assert admin.post(f"/admin/users/{leaver.id}/suspend", data={"to": ""}).status_code == 302
    assert of(sent).referrer_id == leaver.id
    assert leaver.name in client_for(manager).get("/access").text


def test_only_those_who_answer_for_them_give_their_work(client_for: Clients) -> None:
    agency = make_agency()
    worker, officer = make_user("agency_worker", agency), make_user()
    make_sent(by=officer)
    foreign = client_for(make_user("iom_manager", areas=[area(GWENT)]))
    assert foreign.get(f"/access/leavers/{officer.id}").status_code == 404
    assert client_for(make_user("agency_manager")).get(f"/access/leavers/{worker.id}").status_code == 404
    assert client_for(make_user("iom_manager")).get(f"/access/leavers/{worker.id}").status_code == 404
    assert client_for(worker).get(f"/access/leavers/{worker.id}").status_code == 403


def test_a_manager_counts_only_what_they_may_see() -> None:
    leaver = make_user()
    make_person(police_om_id=leaver.id, restricted=True)
    manager = make_user("iom_manager")
    enter_scope(scope_of(manager.id))
    assert count_work(leaver.id, london_date(NOW)) == Work()
    enter_scope(SYSTEM)
    assert count_work(leaver.id, london_date(NOW)).people == 1
