"""The number of SQL statements of a page does not depend on how much there is to show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.codes import NEEDS
from portal.people.models import Person, PersonNeed
from tests import TODAY
from tests.factories import CARDIFF, area, make_draft, make_person, make_sent, make_service, make_user
from tests.promises.rows import make_agreement, make_session, make_wait
from tests.referrals.test_lists import statements
from tests.referring.journey import answer_all, start

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
MOST = 25


def count(client: FlaskClient, address: str) -> int:
    client.get(address)  # what is read once a process is read now
    with statements() as seen:
        page = client.get(address)
    assert page.status_code == 200
    return len(seen)


def fill_record(person: Person, officer: User) -> None:
    held = {need.need_code for need in person.needs}
    person.needs += [
        PersonNeed(need_code=code, identified_on=TODAY, changed_on=TODAY)
        for code in NEEDS
        if code not in held
    ]
    for _ in range(6):
        make_sent(make_service(), person, officer)
        make_draft(person, officer)


def test_a_persons_page_asks_as_often_for_a_long_history_as_for_none(client_for: Clients) -> None:
    officer, person = make_user(), make_person()
    make_sent(make_service(), person, officer)
    client = client_for(officer)
    for address in (f"/people/{person.id}", f"/people/{person.id}/refer", "/"):
        few = count(client, address)
        fill_record(person, officer)
        assert count(client, address) == few, address
        assert few <= MOST


def test_choosing_a_service_asks_as_often_among_many_as_among_one(client_for: Clients) -> None:
    def add_service() -> None:
        service = make_service(delivery=["outreach"])
        make_agreement(service)
        make_wait(service)
        make_session(service)
        make_session(service, area(CARDIFF), service_id=service.id)

    add_service()
    client = client_for(make_user())
    draft = start(client, make_person(local_authority_id=area(CARDIFF).id).id)
    few = count(client, f"{draft}/service")
    for _ in range(12):
        add_service()
        make_service()
        make_service(accepts_female=False)
    assert count(client, f"{draft}/service") == few
    assert few <= MOST


def test_no_page_of_the_journey_asks_more_than_a_few_times(client_for: Clients) -> None:
    service = make_service()
    client = client_for(make_user())
    draft = start(client, make_person().id)
    answer_all(client, draft, service.id)
    for page in ("", "/need", "/request", "/contact", "/share", "/check", "/discard"):
        assert count(client, f"{draft}{page}") <= MOST, page


def test_an_agencys_first_page_asks_as_often_for_many_as_for_one(client_for: Clients) -> None:
    service = make_service()
    make_sent(service)
    client = client_for(make_user("agency_worker", service.agency))
    few = count(client, "/")
    for _ in range(8):
        make_sent(service)
    assert count(client, "/") == few
