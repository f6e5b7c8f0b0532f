"""Where an accepted referral stands on its service's waiting list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.referrals import actions
from portal.referrals.models import Referral
from tests.caseload.test_giving import Scene, mailed
from tests.chasing.test_chasing import events
from tests.factories import make_person, make_sent, make_service, make_user
from tests.referring.test_statements import count

Clients = Callable[[User], FlaskClient]
SOON = datetime.now(UTC).date() + timedelta(days=40)
DATED = {"expected_on-day": SOON.day, "expected_on-month": SOON.month, "expected_on-year": SOON.year}


@pytest.fixture
def scene(database: None, client_for: Clients) -> Scene:
    scene = Scene(client_for)
    accept(scene.referral, scene.worker)
    return scene


def accept(referral: Referral, worker: User) -> Referral:
    actions.accept(referral, worker, datetime.now(UTC), priority=True)
    return referral


def test_the_referrer_is_told_of_each_change_and_of_nothing_else(scene: Scene) -> None:
    client, url = scene.client_for(scene.worker), f"{scene.path}/waiting-list"
    for data in ({"position": "4"} | DATED, {"position": "4"} | DATED, {"position": "2"} | DATED):
        assert client.post(url, data=data).status_code == 302
    assert [event.data for event in events("waiting_list")] == [
        {"position": 4, "expected_on": SOON.isoformat()},
        {"position": 2, "expected_on": SOON.isoformat()},
    ]
    assert mailed("waiting_list") == [scene.referral.referrer.email] * 2
    referral = db.session.get_one(Referral, scene.referral.id)
    assert (referral.waiting_position, referral.expected_on) == (2, SOON)


def test_a_position_that_is_none_or_a_date_that_has_passed_is_refused(scene: Scene) -> None:
    client, url = scene.client_for(scene.worker), f"{scene.path}/waiting-list"
    for data, message in (
        ({"position": "0"}, "Enter a number from 1 to 9999"),
        ({"position": "two"}, "Enter a whole number"),
        ({"expected_on-day": "1", "expected_on-month": "1", "expected_on-year": "2026"}, "today or later"),
    ):
        page = client.post(url, data=data)
        assert (page.status_code, page.text.count(message)) == (422, 2)


def test_a_date_that_has_passed_meanwhile_may_stay_when_the_position_changes(scene: Scene) -> None:
    passed = datetime.now(UTC).date() - timedelta(days=2)
    scene.referral.expected_on = passed
    data = {"expected_on-day": passed.day, "expected_on-month": passed.month, "expected_on-year": passed.year}
    url = f"{scene.path}/waiting-list"
    assert scene.client_for(scene.worker).post(url, data=data | {"position": "1"}).status_code == 302


def test_only_an_accepted_referral_has_a_place_and_an_older_page_gives_none(scene: Scene) -> None:
    client, url = scene.client_for(scene.worker), f"{scene.path}/waiting-list"
    shown = scene.referral.version
    actions.start(scene.referral, scene.colleague, datetime.now(UTC))
    db.session.commit()
    for data in ({"position": "1"}, {"position": "1", "version": shown}):
        assert client.post(url, data=data).status_code == 409
    undecided = make_sent(scene.service)
    assert client.get(f"/referrals/{undecided.reference}/waiting-list").status_code == 409
    assert events("waiting_list") == []


def test_each_service_shows_its_list_in_order_and_setting_one_moves_no_other(scene: Scene) -> None:
    other = make_service(scene.service.agency, name="Aaa first service")
    second, elsewhere = accept(make_sent(scene.service), scene.worker), accept(make_sent(other), scene.worker)
    foreign = accept(make_sent(), make_user("agency_worker"))
    for referral, position in ((scene.referral, 7), (second, 3), (elsewhere, 9), (foreign, 1)):
        referral.waiting_position = position
    page = scene.client_for(scene.worker).get("/caseload/waiting").text
    order = [elsewhere.reference, second.reference, scene.referral.reference]
    assert sorted(order, key=page.index) == order
    assert foreign.reference not in page
    scene.client_for(scene.worker).post(f"{scene.path}/waiting-list", data={"position": "3"})
    assert db.session.get_one(Referral, second.id).waiting_position == 3
    assert scene.client_for(make_user("iom_manager")).get("/caseload/waiting").status_code == 403


def test_a_long_list_asks_as_often_as_a_short_one(scene: Scene) -> None:
    scene.referral.waiting_position = 1
    client = scene.client_for(scene.worker)
    few = count(client, "/caseload/waiting")
    for number in range(6):
        accept(make_sent(scene.service, make_person()), scene.worker).waiting_position = number + 2
    assert count(client, "/caseload/waiting") == few
