"""A person added a second time by somebody who may not see them: their manager is told, once, and nobody is named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal import jobs
from portal.access import Role
from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from portal.people.models import Person, PersonReader
from portal.reminders.added_again import tell_of_people_added_again
from tests.factories import GWENT, area, make_person, make_user

pytestmark = pytest.mark.usefixtures("database")


def add_again(crn: str, officer: User | None = None) -> None:
    officer = officer or make_user(areas=[area(GWENT)])
    db.session.commit()
    enter_scope(scope_of(officer.id))
    db.session.execute(
        sa.insert(Person).values(
            area_id=officer.areas[0].id,
            surname="Enghraifft",
            forenames="Siân",
            crn=crn,
            sort_key="enghraifft sian",
        )
    )
    db.session.commit()
    enter_scope(SYSTEM)


def told() -> list[OutboxEmail]:
    query = sa.select(OutboxEmail).where(OutboxEmail.template == "added_again")
    return list(db.session.scalars(query.order_by(OutboxEmail.address)))


def test_the_managers_of_the_area_are_told_once_and_without_a_name() -> None:
    manager = make_user(Role.IOM_MANAGER, language="cy")
    make_user(Role.IOM_MANAGER, areas=[area(GWENT)])
    make_user(Role.IOM_OFFICER)
    person = make_person(crn="X123456")
    add_again("X123456")
    for _n in range(2):
        tell_of_people_added_again()
    (row,) = told()
    assert row.address == manager.email
    subject, text, _html = render(row.email)
    assert subject == "Ychwanegwyd person sydd ar y gofrestr eisoes"
    assert f"/people/{person.id}" in text
    assert person.surname not in subject + text


def test_of_a_restricted_person_only_those_named_are_told() -> None:
    named, _other = make_user(Role.IOM_MANAGER), make_user(Role.IOM_MANAGER)
    person = make_person(crn="X123456", restricted=True)
    db.session.add(PersonReader(person_id=person.id, user_id=named.id))
    add_again("X123456")
    tell_of_people_added_again()
    assert [row.address for row in told()] == [named.email]


def test_where_no_manager_may_see_the_person_the_offender_managers_are_told() -> None:
    constable = make_user()
    make_user(Role.IOM_MANAGER)
    make_person(crn="X123456", restricted=True, police_om_id=constable.id)
    add_again("X123456")
    tell_of_people_added_again()
    assert [row.address for row in told()] == [constable.email]


def test_nobody_is_told_where_whoever_added_them_sees_the_person() -> None:
    make_user(Role.IOM_MANAGER)
    make_person(crn="X123456")
    add_again("X123456", make_user())
    tell_of_people_added_again()
    assert told() == []


def test_the_worker_knows_this_work() -> None:
    assert "portal.reminders.added_again.tell_of_people_added_again" in jobs._works
