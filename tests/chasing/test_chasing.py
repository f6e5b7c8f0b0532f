"""IOM presses, the agency answers: what is kept, who is told, and who may not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.chasing import queries
from portal.chasing.actions import chase
from portal.chasing.models import Chase
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from portal.people.models import PersonReader
from portal.referrals import actions
from portal.referrals.models import Event, Referral
from tests.conftest import sign_in_client
from tests.factories import GWENT, area, give_reason, make_person, make_sent, make_service, make_user
from tests.referrals.test_pages import HOSTILE, quoted
from tests.referring.test_statements import count

Clients = Callable[[User], FlaskClient]
ASKED = {"kind": "chase", "channel": "portal", "words": "When will you decide?", "token": "t1"}


class Scene:
    def __init__(self, client_for: Clients, **service: object) -> None:
        self.service = make_service(**service)
        self.officer, self.iom_manager = make_user("iom_officer"), make_user("iom_manager")
        self.worker = make_user("agency_worker", self.service.agency)
        self.manager = make_user("agency_manager", self.service.agency)
        self.referral = make_sent(self.service, by=self.officer, at=datetime.now(UTC) - timedelta(days=9))
        self.path = f"/referrals/{self.referral.reference}"
        self.client = client_for(self.officer)
        self.client_for = client_for

    def press(self, how: str = "chase", **data: str):
        return self.client.post(f"{self.path}/{how}", data=ASKED | data)

    def the_chase(self) -> Chase:
        return db.session.scalars(sa.select(Chase).order_by(Chase.id.desc()).limit(1)).one()


@pytest.fixture
def scene(database: None, client_for: Clients) -> Scene:
    return Scene(client_for)


def mailed(template: str) -> set[str]:
    return set(db.session.scalars(sa.select(OutboxEmail.address).where(OutboxEmail.template == template)))


def events(kind: str) -> list[Event]:
    return list(db.session.scalars(sa.select(Event).where(Event.kind == kind)))


def dated(day: datetime) -> dict[str, str]:
    return {"day-day": str(day.day), "day-month": str(day.month), "day-year": str(day.year)}


def test_a_chase_reaches_whoever_may_answer_and_stands_in_the_history(scene: Scene) -> None:
    assert scene.press().status_code == 302
    assert mailed("chased") == {scene.worker.email, scene.manager.email}
    (event,) = events("chased")
    assert event.data == {"chase_id": scene.the_chase().id, "level": "worker", "channel": "portal"}
    assert event.words == "When will you decide?"
    assert (event.by_id, event.to_status) == (scene.officer.id, None)


def test_once_somebody_works_on_it_the_chase_goes_to_them_alone(scene: Scene) -> None:
    actions.accept(scene.referral, scene.worker, datetime.now(UTC), priority=True, worker_id=scene.worker.id)
    scene.press(kind="advocacy")
    assert mailed("advocated") == {scene.worker.email}
    assert len(events("advocated")) == 1


def test_an_unassigned_referral_is_chased_at_the_intake_where_there_is_one(client_for, database) -> None:
    scene = Scene(client_for, intake_email="intake@agency.example")
    scene.press()
    assert mailed("chased") == {"intake@agency.example"}


def test_an_escalation_reaches_the_agencys_managers_or_those_of_both_sides(scene: Scene) -> None:
    make_user("agency_manager", scene.service.agency, every_area=False, areas=[area(GWENT)])
    make_user("iom_manager", areas=[area(GWENT)])
    assert scene.press("escalate", level="manager").status_code == 302
    assert mailed("escalated") == {scene.manager.email}
    scene.press("escalate", level="managers", token="t2")
    assert mailed("escalated") == {scene.manager.email, scene.iom_manager.email}
    assert [event.data["level"] for event in events("escalated")] == ["manager", "managers"]


def test_a_manager_of_iom_who_may_not_see_a_restricted_person_gets_no_mail_about_them(scene: Scene) -> None:
    person = make_person()
    person.restricted = True
    named = make_user("iom_manager")
    db.session.add_all(
        [PersonReader(person_id=person.id, user_id=user.id) for user in (scene.officer, named)]
    )
    give_reason(person.id, scene.officer)
    referral = make_sent(scene.service, person, scene.officer)
    page = scene.client.post(
        f"/referrals/{referral.reference}/escalate", data=ASKED | {"level": "managers", "token": "t"}
    )
    assert page.status_code == 302
    assert mailed("escalated") == {scene.manager.email, named.email}


def test_no_mail_of_chasing_names_anybody(scene: Scene) -> None:
    scene.press(words="Siân has nowhere to sleep")
    scene.press("escalate", level="managers", token="t2", words="Siân has nowhere to sleep")
    for row in db.session.scalars(sa.select(OutboxEmail)):
        for part in render(row.email):
            for name in ("Siân", scene.referral.person.surname, scene.officer.name, scene.worker.name):
                assert name not in (part or "")


def test_a_form_sent_twice_chases_once(scene: Scene) -> None:
    assert [scene.press().status_code for _ in range(3)] == [302] * 3
    assert len(events("chased")) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Chase)) == 1


def test_a_call_is_kept_with_its_day_who_answered_and_what_it_changed_and_mails_nobody(scene: Scene) -> None:
    day = datetime.now(UTC) - timedelta(days=3)
    page = scene.press(channel="phone", answered_by="Duty desk", changed="sooner", **dated(day))
    assert page.status_code == 302
    chase = scene.the_chase()
    assert (chase.at.date(), chase.answered_at) == (day.date(), chase.at)
    assert (chase.answered_by, chase.changed, chase.answered_by_id) == (
        "Duty desk",
        "sooner",
        scene.officer.id,
    )
    assert mailed("chased") == mailed("chase_answered") == set()
    (event,) = events("chase_answered")
    assert event.data == {"chase_id": chase.id, "level": "worker", "channel": "phone", "changed": "sooner"}
    assert scene.referral.responded_at is None, "only the agency's own answer is its response"


def test_a_call_that_nobody_answered_waits_for_its_answer(scene: Scene) -> None:
    scene.press(channel="phone", **dated(datetime.now(UTC)))
    assert scene.the_chase().answered_at is None
    assert queries.count_open() == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"words": ""}, "Enter what you say, or what was said"),
        ({"kind": ""}, "Select what you ask for"),
        ({"channel": ""}, "Select how"),
        ({"channel": "pigeon"}, "Select an answer from the list"),
        ({"channel": "phone", "answered_by": "Duty desk"}, "Enter the date"),
        ({"channel": "phone", "answered_by": "Duty desk"}, "Select what it changed"),
        ({"channel": "meeting", "changed": "nothing"}, "Enter who answered"),
        ({"channel": "phone", "day-day": "1", "day-month": "1", "day-year": "2999"}, "today or in the past"),
        ({"channel": "phone", "day-day": "1", "day-month": "1", "day-year": "2020"}, "on or after the day"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(
    scene: Scene, data, message
) -> None:
    page = scene.press(**({"words": "Kept <words>"} | data))
    assert page.status_code == 422
    assert page.text.count(message) >= 2
    assert data.get("words") == "" or "Kept &lt;words&gt;" in page.text
    assert not events("chased")


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_refused_in_words_or_taken_as_text_and_never_fail(
    scene: Scene, value: str
) -> None:
    names = (
        "kind",
        "level",
        "channel",
        "words",
        "token",
        "day-day",
        "answered_by",
        "changed",
        "version",
        "answer",
    )
    body = "&".join(f"{name}={quoted(value)}" for name in names)
    scene.press()
    for path in ("chase", "escalate", f"chases/{scene.the_chase().id}/answer"):
        url = f"{scene.path}/{path}"
        page = scene.client.post(url, data=body, content_type="application/x-www-form-urlencoded")
        assert page.status_code in (302, 409, 422), page.text
    assert scene.client.get(f"{scene.path}/escalate?level={quoted(value)}").status_code == 200
    assert scene.client.get(f"{scene.path}/chases/{'9' * 30}/answer").status_code in (400, 404)


def test_the_agencys_answer_counts_as_its_response_and_is_told_to_whoever_chased(scene: Scene) -> None:
    scene.press()
    chase = scene.the_chase()
    client = scene.client_for(scene.worker)
    url = f"{scene.path}/chases/{chase.id}/answer"
    assert "When will you decide?" in client.get(url).text
    data = {"version": chase.version, "answer": "By Friday", "changed": "answered"}
    assert client.post(url, data=data).status_code == 302
    chase, referral = scene.the_chase(), db.session.get_one(Referral, scene.referral.id)
    assert (chase.answer, chase.changed, chase.answered_by_id) == ("By Friday", "answered", scene.worker.id)
    assert (referral.status, referral.responded_at is not None) == ("acknowledged", True)
    assert mailed("chase_answered") == {scene.officer.email}
    assert queries.count_open() == 0
    assert "You have answered. IOM is told." in client.get(scene.path).text


def test_of_two_answers_the_second_is_refused_with_what_was_typed(scene: Scene) -> None:
    scene.press()
    chase = scene.the_chase()
    url, data = f"{scene.path}/chases/{chase.id}/answer", {"version": chase.version, "changed": "nothing"}
    assert scene.client_for(scene.worker).post(url, data=data | {"answer": "First"}).status_code == 302
    second = scene.client_for(scene.manager).post(url, data=data | {"answer": "Second words"})
    assert (second.status_code, "Second words" in second.text) == (409, True)
    assert scene.client_for(scene.manager).get(url).status_code == 409
    assert scene.the_chase().answer == "First"


def test_an_agency_cannot_say_that_it_decided_what_it_has_not(scene: Scene) -> None:
    scene.press()
    chase = scene.the_chase()
    client = scene.client_for(scene.worker)
    url = f"{scene.path}/chases/{chase.id}/answer"
    data = {"version": chase.version, "answer": "Yes", "changed": "priority"}
    assert client.post(url, data=data).status_code == 422
    accepted = client.post(f"{scene.path}/accept-as-priority", data={"worker": scene.worker.id})
    assert accepted.status_code == 302
    offered = client.get(url).text
    assert ('value="priority"' in offered, 'value="reversed"' in offered) == (True, False)


def test_iom_writes_down_an_answer_got_by_phone(scene: Scene) -> None:
    scene.press()
    url = f"{scene.path}/chases/{scene.the_chase().id}/answer"
    data = {"answered_by": "Duty desk", "answer": "A bed on Monday", "changed": "offered"}
    assert scene.client.post(url, data=data).status_code == 422
    assert scene.client.post(url, data=data | dated(datetime.now(UTC))).status_code == 302
    chase = scene.the_chase()
    assert (chase.answered_by, chase.changed, chase.answered_by_id) == (
        "Duty desk",
        "offered",
        scene.officer.id,
    )
    assert mailed("chase_answered") == set()


def test_the_referrals_page_shows_what_was_asked_and_who_said_what(scene: Scene) -> None:
    scene.press()
    agencys = scene.client_for(scene.worker).get(scene.path).text
    assert f"{scene.path}/chases/{scene.the_chase().id}/answer" in agencys
    assert "No answer yet" in agencys
    day = datetime.now(UTC)
    scene.press(
        "escalate",
        level="managers",
        channel="phone",
        answered_by="Duty desk",
        changed="sooner",
        token="t2",
        **dated(day),
    )
    page = scene.client.get(scene.path).text
    for words in (
        "IOM wrote down the agency’s answer",
        "Duty desk",
        "An earlier date was given",
        "IOM chased for an answer",
    ):
        assert words in page


def test_past_its_promise_the_referrals_page_suggests_the_next_step_to_iom_alone(scene: Scene) -> None:
    suggested = "You could chase the agency’s worker"
    assert suggested not in scene.client.get(scene.path).text
    scene.referral.late_from = datetime.now(UTC).date()
    db.session.commit()
    assert suggested in scene.client.get(scene.path).text
    assert suggested not in scene.client_for(scene.worker).get(scene.path).text
    scene.press()
    assert "You could" not in scene.client.get(scene.path).text


def test_what_has_ended_is_not_chased(scene: Scene) -> None:
    actions.withdraw(scene.referral, scene.officer, datetime.now(UTC), reason="other", words="Gone")
    for how in ("chase", "escalate"):
        assert scene.client.get(f"{scene.path}/{how}").status_code == 409
        page = scene.press(how, level="manager", words="Typed words")
        assert (page.status_code, "Typed words" in page.text) == (409, True)
    assert not events("chased")
    assert queries.list_open() == []


def test_agencies_never_chase_and_strangers_find_nothing(scene: Scene) -> None:
    scene.press()
    url = f"{scene.path}/chases/{scene.the_chase().id}/answer"
    for path in (f"{scene.path}/chase", f"{scene.path}/escalate"):
        assert scene.client_for(scene.manager).get(path).status_code == 403
        assert scene.client_for(scene.manager).post(path, data=ASKED).status_code == 403
    for stranger in (make_user("agency_worker"), make_user("iom_officer", areas=[area(GWENT)])):
        client = scene.client_for(stranger)
        assert client.get(url).status_code == 404
        assert client.post(url, data={"answer": "x", "changed": "nothing"}).status_code == 404
    for role in ("analyst", "administrator"):
        assert scene.client_for(make_user(role)).get(url).status_code == 403
    other = make_sent(scene.service, by=scene.officer)
    foreign = f"/referrals/{other.reference}/chases/{scene.the_chase().id}/answer"
    assert scene.client.get(foreign).status_code == 404


def test_open_chases_are_listed_within_the_viewers_scope_and_as_narrowed(scene: Scene) -> None:
    scene.press()
    scene.press("escalate", level="manager", token="t2")
    assert [row.level for row in queries.list_open(agency_id=scene.service.agency_id)] == [
        "worker",
        "manager",
    ]
    assert [row.reference for row in queries.list_open(1)] == [scene.referral.reference]
    assert queries.count_open(by_id=scene.officer.id, area_id=scene.referral.area_id) == 2
    assert queries.count_open(by_id=scene.iom_manager.id) == 0
    assert queries.count_open(worker_id=scene.worker.id) == 0


def test_the_form_asks_as_often_for_many_chases_as_for_none(scene: Scene) -> None:
    few = count(scene.client, f"{scene.path}/chase")
    for number in range(6):
        scene.press(token=f"more {number}")
    assert count(scene.client, f"{scene.path}/chase") == few


def test_one_form_sent_several_times_at_once_chases_once(committed_app: Flask) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        officer = make_user()
        referral = make_sent(make_service(intake_email="intake@agency.example"), by=officer)
        db.session.commit()
        path = f"/referrals/{referral.reference}/chase"
        client = sign_in_client(committed_app, officer)
    pages, start = [], threading.Barrier(6)

    def press() -> None:
        start.wait()
        pages.append(client.post(path, data=ASKED).status_code)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages == [302] * 6
    with committed_app.app_context():
        enter_scope(SYSTEM)
        assert len(events("chased")) == 1
        assert mailed("chased") == {"intake@agency.example"}


def test_a_chase_waits_no_longer_once_the_agency_has_done_what_it_asks_for(scene: Scene) -> None:
    scene.press()
    assert queries.count_open() == 1
    referral = db.session.get_one(Referral, scene.referral.id)
    actions.accept(referral, scene.worker, datetime.now(UTC) + timedelta(minutes=1), priority=False)
    assert queries.count_open() == 0
    advocacy = {"kind": "advocacy", "level": "worker", "channel": "phone", "words": "", "token": "advocacy"}
    chase(referral, scene.officer, datetime.now(UTC), **advocacy)
    assert queries.count_open() == 1
    actions.start(referral, scene.worker, datetime.now(UTC) + timedelta(minutes=2))
    assert queries.count_open() == 0
