"""Who works on a referral: given, taken, handed back, and never twice at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Absence, User
from portal.caseload import actions as caseload
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail
from portal.referrals import actions
from portal.referrals.models import Event, Referral
from tests.conftest import sign_in_client
from tests.factories import GWENT, area, make_draft, make_sent, make_service, make_user
from tests.referrals.test_pages import HOSTILE, quoted

Clients = Callable[[User], FlaskClient]
LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Scene:
    def __init__(self, client_for: Clients) -> None:
        self.service = make_service(intake_email="intake@agency.example")
        agency = self.service.agency
        self.manager = make_user("agency_manager", agency)
        self.worker, self.colleague = make_user("agency_worker", agency), make_user("agency_worker", agency)
        self.referral = make_sent(self.service)
        self.path = f"/referrals/{self.referral.reference}"
        self.client_for = client_for

    def give(self, by: User, to: User | None, **data: object):
        chosen = str(to.id) if to else "nobody"
        return self.client_for(by).post(f"{self.path}/assign", data={"worker": chosen} | data)

    def worker_id(self) -> int | None:
        return db.session.get_one(Referral, self.referral.id).worker_id


@pytest.fixture
def scene(database: None, client_for: Clients) -> Scene:
    return Scene(client_for)


def assigned() -> list[dict[str, object]]:
    query = sa.select(Event.data).where(Event.kind == "assigned").order_by(Event.id)
    return list(db.session.scalars(query))


def mailed(template: str = "assigned") -> list[str]:
    query = sa.select(OutboxEmail.address).where(OutboxEmail.template == template)
    return list(db.session.scalars(query.order_by(OutboxEmail.created_at, OutboxEmail.key)))


def test_a_manager_gives_a_referral_and_gives_it_again_and_the_history_stays(scene: Scene) -> None:
    assert scene.give(scene.manager, scene.worker).status_code == 302
    assert scene.give(scene.manager, scene.colleague).status_code == 302
    assert scene.give(scene.manager, None).status_code == 302
    assert scene.worker_id() is None
    assert assigned() == [
        {"from_id": None, "to_id": scene.worker.id},
        {"from_id": scene.worker.id, "to_id": scene.colleague.id},
        {"from_id": scene.colleague.id, "to_id": None},
    ]
    assert mailed() == [scene.worker.email, scene.colleague.email]


def test_giving_it_to_whoever_has_it_already_is_no_event_and_no_mail(scene: Scene) -> None:
    for _ in range(2):
        assert scene.give(scene.manager, scene.worker).status_code == 302
    assert len(assigned()) == len(mailed()) == 1


def test_a_worker_takes_what_nobody_has_and_hands_it_back(scene: Scene) -> None:
    client = scene.client_for(scene.worker)
    assert "Take this referral" in client.get(f"{scene.path}/assign").text
    assert client.post(f"{scene.path}/assign").status_code == 302
    assert scene.worker_id() == scene.worker.id
    assert "Hand this referral back" in client.get(f"{scene.path}/assign").text
    assert client.post(f"{scene.path}/assign").status_code == 302
    assert (scene.worker_id(), len(assigned()), mailed()) == (None, 2, [])


def test_a_worker_touches_no_colleagues_work_and_gives_none_away(scene: Scene) -> None:
    scene.give(scene.worker, scene.colleague)
    assert scene.worker_id() == scene.worker.id, "what a worker chooses is not read: they take it themselves"
    for method in ("get", "post"):
        client = scene.client_for(scene.colleague)
        assert getattr(client, method)(f"{scene.path}/assign").status_code == 403
    assert scene.worker_id() == scene.worker.id


def test_only_staff_who_serve_the_service_and_area_are_offered_and_those_away_are_marked(
    scene: Scene,
) -> None:
    elsewhere = make_user("agency_worker", scene.service.agency, every_area=False, areas=[area(GWENT)])
    stranger = make_user("agency_worker")
    today = datetime.now(UTC).date()
    db.session.add(
        Absence(user_id=scene.worker.id, from_on=today, to_on=date(2099, 3, 27), cover_id=scene.colleague.id)
    )
    page = scene.client_for(scene.manager).get(f"{scene.path}/assign").text
    assert scene.worker.name in page
    assert f"Away until 27 March 2099; {scene.colleague.name} covers" in page
    for user in (elsewhere, stranger):
        assert user.name not in page
        refused = scene.give(scene.manager, user)
        assert (refused.status_code, "Select an answer from the list" in refused.text) == (422, True)
    nothing = scene.client_for(scene.manager).post(f"{scene.path}/assign")
    assert (nothing.status_code, nothing.text.count("Select a worker")) == (422, 2)


def test_an_older_page_assigns_nothing_and_says_what_happened(scene: Scene) -> None:
    shown = scene.referral.version
    actions.acknowledge(scene.referral, scene.colleague, datetime.now(UTC))
    db.session.commit()
    page = scene.give(scene.manager, scene.worker, version=shown)
    assert (page.status_code, scene.colleague.name in page.text) == (409, True)
    assert (scene.worker_id(), assigned()) == (None, [])


def test_what_has_ended_is_assigned_to_nobody(scene: Scene) -> None:
    actions.withdraw(scene.referral, make_user(), datetime.now(UTC), reason="other", words="Gone")
    assert scene.give(scene.manager, scene.worker).status_code == 409
    assert scene.client_for(scene.worker).get(f"{scene.path}/assign").status_code == 409


def test_the_referrals_page_says_who_had_the_work_and_offers_what_this_person_may_do(scene: Scene) -> None:
    scene.give(scene.manager, scene.worker)
    scene.give(scene.manager, scene.colleague)
    page = scene.client_for(scene.manager).get(scene.path).text
    for words in (
        "Assign to a worker",
        "Work given to a worker",
        f"Worker until then:</strong> {scene.worker.name}",
    ):
        assert words in page
    assert "Hand this referral back" in scene.client_for(scene.colleague).get(scene.path).text
    assert f"{scene.path}/assign" not in scene.client_for(scene.worker).get(scene.path).text
    scene.give(scene.manager, None)
    page = scene.client_for(scene.worker).get(scene.path).text
    assert "Work handed back" in page
    assert "Take this referral" in page


def test_another_agency_finds_nothing_and_iom_may_never(scene: Scene) -> None:
    draft = make_draft()
    for path in ("assign", "waiting-list"):
        stranger = scene.client_for(make_user("agency_manager"))
        assert stranger.get(f"{scene.path}/{path}").status_code == 404
        assert stranger.post(f"{scene.path}/{path}", data={"worker": "nobody"}).status_code == 404
        assert stranger.get(f"/referrals/{draft.reference}/{path}").status_code == 404
        for role in ("iom_officer", "iom_manager", "analyst", "administrator"):
            assert scene.client_for(make_user(role)).get(f"{scene.path}/{path}").status_code == 403
    assert scene.client_for(make_user("iom_manager")).post("/caseload/take-next").status_code == 403


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_refused_and_never_fail(scene: Scene, value: str) -> None:
    actions.accept(scene.referral, scene.worker, datetime.now(UTC), priority=True)
    names = ("worker", "version", "position", "expected_on-day", "expected_on-month", "expected_on-year")
    body = "&".join(f"{name}={quoted(value)}" for name in names)
    for path in ("assign", "waiting-list"):
        page = scene.client_for(scene.manager).post(
            f"{scene.path}/{path}", data=body, content_type="application/x-www-form-urlencoded"
        )
        assert page.status_code in (302, 409, 422), page.text


def test_the_next_is_the_longest_waiting_that_nobody_has_in_ones_own_services(scene: Scene) -> None:
    other = make_service(scene.service.agency)
    scene.worker.every_service, scene.worker.services = False, [scene.service]
    oldest, older = (
        make_sent(scene.service, at=LONG_AGO),
        make_sent(scene.service, at=LONG_AGO + timedelta(1)),
    )
    make_sent(other, at=LONG_AGO - timedelta(days=9))
    declined = make_sent(scene.service, at=LONG_AGO - timedelta(days=9))
    actions.decline(declined, scene.colleague, datetime.now(UTC), reason="no_capacity")
    make_sent(at=LONG_AGO - timedelta(days=9))
    caseload.assign(oldest, scene.colleague, datetime.now(UTC), scene.colleague)
    page = scene.client_for(scene.worker).post("/caseload/take-next")
    assert page.headers["Location"] == f"/referrals/{older.reference}"
    page = scene.client_for(scene.worker).post("/caseload/take-next")
    assert page.headers["Location"] == scene.path
    page = scene.client_for(scene.worker).post("/caseload/take-next", follow_redirects=True)
    assert "Somebody works on every referral" in page.text
    assert mailed() == []


def test_two_who_take_the_next_at_once_never_get_the_same(committed_app: Flask) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        service, officer = make_service(), make_user()
        workers = [make_user("agency_worker", service.agency) for _ in range(8)]
        made = {make_sent(service, by=officer, at=LONG_AGO + timedelta(days=n)).reference for n in range(30)}
        db.session.commit()
        clients = [sign_in_client(committed_app, worker) for worker in workers]
    taken, start = [], threading.Barrier(len(clients))

    def take(client: FlaskClient) -> None:
        start.wait()
        for _ in range(4):
            taken.append(client.post("/caseload/take-next").headers["Location"].removeprefix("/referrals/"))

    threads = [threading.Thread(target=take, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [reference for reference in taken if reference in made]
    assert len(got) == len(set(got)) == 30
    assert len(taken) == 32
    with committed_app.app_context():
        enter_scope(SYSTEM)
        assert len(assigned()) == 30


def test_one_that_a_colleague_is_taking_at_this_moment_is_passed_by_without_waiting(
    committed_app: Flask,
) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        service, officer = make_service(), make_user()
        first = make_sent(service, by=officer, at=LONG_AGO)
        second = make_sent(service, by=officer, at=LONG_AGO + timedelta(days=1)).reference
        worker = make_user("agency_worker", service.agency)
        db.session.commit()
        client = sign_in_client(committed_app, worker)
        db.session.scalar(sa.select(Referral).where(Referral.id == first.id).with_for_update())
        answered: list[str] = []
        asking = threading.Thread(
            target=lambda: answered.append(client.post("/caseload/take-next").headers["Location"])
        )
        asking.start()
        asking.join(20)
        db.session.rollback()
        assert answered == [f"/referrals/{second}"]
