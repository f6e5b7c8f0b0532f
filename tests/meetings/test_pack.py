"""The pack on screen: each referral once for its agency, under the most urgent heading, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.referrals import actions
from tests.factories import make_agency, make_person, make_sent, make_service, make_user
from tests.meetings.scenes import NOW, TODAY, escalate, make_meeting, placed, set_late
from tests.referrals.test_lists import statements

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
LONG_AGO = NOW - timedelta(days=40)


@pytest.fixture
def service() -> Service:
    return make_service(make_agency("Asiantaeth"))


def test_each_referral_stands_once_under_the_most_urgent_heading(
    client_for: Clients, service: Service
) -> None:
    manager = make_user("iom_manager")
    worker = make_user("agency_worker", service.agency)
    late = set_late(make_sent(service, at=LONG_AGO), 0)
    both = set_late(make_sent(service, at=LONG_AGO), 3)
    escalated, answered, declined, question = (make_sent(service, at=NOW) for _ in range(4))
    working, well, started, withdrawn = (make_sent(service, at=NOW - timedelta(days=3)) for _ in range(4))
    actions.acknowledge(escalated, worker, NOW)
    actions.decline(declined, worker, NOW, reason="no_capacity", words="Llawn")
    actions.ask(question, worker, NOW, words="Pryd?")
    actions.accept(working, worker, NOW, priority=False)
    actions.accept(well, worker, NOW, priority=True)
    for referral in (started, withdrawn):
        actions.accept(referral, worker, NOW - timedelta(days=2), priority=False)
        actions.start(referral, worker, NOW - timedelta(days=1))
    actions.close(started, worker, NOW, outcome="met", reason="completed")
    actions.withdraw(withdrawn, manager, NOW, reason="other", words="Arall")
    for referral in (both, escalated, started):
        escalate(referral, manager)
    escalate(answered, manager, answered_at=NOW)
    page = client_for(manager).get(f"/meetings/{make_meeting(manager, service.agency).id}").text
    since = [title for title in placed(page) if title.startswith("What went well since")]
    assert placed(page) == {
        "Past what was promised": [both.reference, late.reference],
        "Escalated, and not answered yet": [escalated.reference],
        "Declines to discuss": [declined.reference],
        "Questions waiting for IOM’s answer": [question.reference],
        "Waiting for a decision, the longest first": [answered.reference],
        "Also open": [working.reference],
        since[0]: [well.reference, started.reference],
    }
    assert withdrawn.reference not in page
    assert "No capacity" in page
    row = page.split(f'id="{both.reference}"')[1].split("</tr>")[0]
    assert "govuk-tag--orange" in row


def test_the_waiting_stand_longest_first_and_only_the_first_ten(
    client_for: Clients, service: Service
) -> None:
    sent = [make_sent(service, at=NOW - timedelta(days=days)) for days in range(12)]
    manager = make_user("iom_manager")
    path = f"/meetings/{make_meeting(manager, service.agency).id}"
    client, expected = client_for(manager), [referral.reference for referral in reversed(sent)]
    page = client.get(path).text
    assert list(placed(page).values()) == [expected[:10]]
    assert "And 2 more" in page
    assert f"{path}?agency={service.agency_id}#waiting-{service.agency_id}" in page
    assert list(placed(client.get(f"{path}?agency={service.agency_id}").text).values()) == [expected]


def test_iom_reads_names_and_the_agency_the_initials_it_was_given(
    client_for: Clients, service: Service
) -> None:
    make_sent(service, make_person(surname="Ŵyr", forenames="Siân"))
    manager = make_user("iom_manager")
    path = f"/meetings/{make_meeting(manager, service.agency).id}"
    assert "Siân Ŵyr" in client_for(manager).get(path).text
    page = client_for(make_user("agency_worker", service.agency)).get(path).text
    assert "SŴ" in page
    assert "Siân" not in page


def test_what_went_well_is_counted_from_the_last_meeting(client_for: Clients, service: Service) -> None:
    manager = make_user("iom_manager")
    make_meeting(manager, service.agency, held_on=TODAY - timedelta(days=5))
    worker = make_user("agency_worker", service.agency)
    actions.accept(make_sent(service, at=LONG_AGO), worker, NOW - timedelta(days=20), priority=True)
    path = f"/meetings/{make_meeting(manager, service.agency).id}"
    assert list(placed(client_for(manager).get(path).text)) == ["Also open"]


def test_the_figures_are_those_of_the_turnaround_page_in_the_area(
    client_for: Clients, service: Service
) -> None:
    worker, manager = make_user("agency_worker", service.agency), make_user("iom_manager")
    for _ in range(10):
        referral = make_sent(service, at=NOW - timedelta(days=30))
        actions.accept(referral, worker, NOW - timedelta(days=29), priority=True)
    path = f"/meetings/{make_meeting(manager, service.agency).id}"
    sentence = "Asiantaeth answered 10 of 10 within 5 working days."
    assert f"Housing: {sentence}" in client_for(manager).get(path).text
    assert sentence in client_for(manager).get("/turnaround").text


def test_a_long_pack_begins_with_its_contents(client_for: Clients, service: Service) -> None:
    second, manager = make_service(make_agency("Elusen")), make_user("iom_manager")
    make_sent(service)
    page = (
        client_for(manager).get(f"/meetings/{make_meeting(manager, service.agency, second.agency).id}").text
    )
    contents = page.split('id="contents"')[1].split("</nav>")[0]
    assert contents.index("Asiantaeth</a>: 1 referral") < contents.index("Elusen</a>: 0 referrals")
    assert f'href="#agency-{second.agency_id}"' in contents
    assert "There are no open referrals to this agency in the area." in page


def test_the_pack_is_in_the_readers_language(client_for: Clients, service: Service) -> None:
    make_sent(service)
    manager = make_user("iom_manager", language="cy")
    page = client_for(manager).get(f"/meetings/{make_meeting(manager, service.agency).id}").text
    assert "Yn aros am benderfyniad" in page
    assert "Waiting for a decision" not in page


def test_it_asks_as_often_for_many_referrals_and_agencies_as_for_few(
    client_for: Clients, service: Service
) -> None:
    manager, other = make_user("iom_manager"), make_service()
    make_sent(service)
    path = f"/meetings/{make_meeting(manager, service.agency, other.agency).id}"
    client = client_for(manager)

    def count() -> int:
        client.get(path)
        with statements() as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    few = count()
    for number in range(8):
        escalate(set_late(make_sent((service, other)[number % 2]), 1), manager)
        make_sent(other)
    assert count() == few
    assert few <= 16
