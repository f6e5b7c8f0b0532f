"""What an offer does to a referral, and what becomes of appointments: rows, events, clocks and emails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from portal.appointments import actions
from portal.appointments.actions import Offer
from portal.appointments.models import ATTENDED, Appointment
from portal.db import db
from portal.mail import OutboxEmail, render
from portal.referrals import actions as referrals
from portal.referrals.models import Event, Referral
from portal.referrals.states import Status, TransitionRefused
from tests.appointments.conftest import OFFERED_AT, SENT_AT, Scene
from tests.factories import make_agency, make_person, make_sent, make_service, make_user

LATER = OFFERED_AT + timedelta(days=3)
AT = datetime(2026, 11, 10, 14, 30, tzinfo=UTC)


def offer_at(scene: Scene, at: datetime = AT) -> Offer:
    return Offer(at=at, minutes=60, mode="telephone", worker_id=scene.worker.id, place="01792 000000")


def kinds(referral: Referral) -> list[str]:
    query = sa.select(Event.kind).where(Event.referral_id == referral.id).order_by(Event.id)
    return list(db.session.scalars(query))


def last_event(referral: Referral) -> Event:
    return db.session.scalars(
        sa.select(Event).where(Event.referral_id == referral.id).order_by(Event.id.desc()).limit(1)
    ).one()


def mails(template: str) -> list[OutboxEmail]:
    return list(db.session.scalars(sa.select(OutboxEmail).where(OutboxEmail.template == template)))


def test_a_first_offer_acknowledges_and_is_dated_once_and_for_ever(scene: Scene) -> None:
    referral = scene.referral
    first = scene.offered()
    assert (referral.status, referral.acknowledged_at, referral.responded_at) == (
        "acknowledged",
        OFFERED_AT,
        OFFERED_AT,
    )
    assert referral.first_offer_at == OFFERED_AT
    assert kinds(referral) == ["sent", "acknowledged", "appointment_offered"]
    moved = actions.move(first, scene.worker, LATER, offer_at(scene), "moved")
    scene.offered(offered_at=LATER)
    assert moved is not None
    assert referral.first_offer_at == OFFERED_AT
    assert db.session.get_one(Appointment, first.id).offered_at == OFFERED_AT


def test_an_offer_keeps_the_promise_to_offer(scene: Scene) -> None:
    referral = scene.referral
    referral.promise_offer = 2
    actions.respond(referral, scene.worker, OFFERED_AT, "message")
    assert referral.late_from == date(2026, 11, 5)
    scene.offered()
    assert referral.late_from is None


def test_the_same_token_offers_once_and_tells_once(scene: Scene) -> None:
    assert actions.offer(scene.referral, scene.worker, OFFERED_AT, offer_at(scene), "twice") is not None
    assert actions.offer(scene.referral, scene.worker, OFFERED_AT, offer_at(scene), "twice") is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Appointment)) == 1
    assert kinds(scene.referral).count("appointment_offered") == 1
    assert len(mails("appointment_offered")) == 1


@pytest.mark.parametrize("status", list(Status))
def test_an_offer_is_allowed_in_every_open_state_but_declined_challenged_and_paused(status: Status) -> None:
    allowed = {"sent", "acknowledged", "information_requested", "accepted", "in_service"}
    assert (status in actions.OFFERABLE) == (status.value in allowed)


def test_a_declined_referral_is_offered_nothing(scene: Scene) -> None:
    referrals.decline(scene.referral, scene.worker, OFFERED_AT, reason="no_capacity")
    db.session.commit()
    with pytest.raises(TransitionRefused):
        actions.offer(scene.referral, scene.worker, LATER, offer_at(scene), "late")
    assert scene.referral.first_offer_at is None


def test_iom_offers_no_appointments(scene: Scene) -> None:
    with pytest.raises(TransitionRefused):
        actions.offer(scene.referral, scene.officer, OFFERED_AT, offer_at(scene), "iom")


def test_an_offer_on_a_referral_that_has_changed_meanwhile_is_refused(scene: Scene) -> None:
    db.session.execute(
        sa.text("UPDATE referral SET version = version + 1 WHERE id = :id"), {"id": scene.referral.id}
    )
    with pytest.raises(StaleDataError):
        actions.offer(scene.referral, scene.worker, OFFERED_AT, offer_at(scene), "stale")


def test_moving_makes_a_new_row_and_keeps_the_old_one(scene: Scene) -> None:
    old = scene.offered(AT - timedelta(days=2))
    new = actions.move(old, scene.worker, LATER, offer_at(scene), "moved")
    assert new is not None
    assert (old.state, old.state_at, old.moved_to_id) == ("moved", LATER, new.id)
    assert (new.state, new.at, new.mode, new.moved_to_id) == ("offered", AT, "telephone", None)
    event = last_event(scene.referral)
    assert event.kind == "appointment_moved"
    assert (event.data["appointment_id"], event.data["moved_from_id"]) == (new.id, old.id)
    assert datetime.fromisoformat(event.data["at"]) == AT
    with pytest.raises(TransitionRefused):
        actions.move(old, scene.worker, LATER, offer_at(scene), "moved again")
    assert len(mails("appointment_moved")) == 1


@pytest.mark.parametrize("whose", ["agency", "person", "iom"])
def test_the_agency_says_whose_cancellation_it_was_and_the_referrer_is_told(scene: Scene, whose: str) -> None:
    appointment = scene.offered()
    actions.cancel(appointment, scene.worker, LATER, whose=whose, words="ill")
    assert (appointment.state, appointment.state_words) == (f"cancelled_by_{whose}", "ill")
    event = last_event(scene.referral)
    assert (event.kind, event.data["whose"], event.words) == ("appointment_cancelled", whose, "ill")
    assert [mail.user_id for mail in mails("appointment_cancelled")] == [scene.officer.id]


def test_iom_cancels_for_the_person_or_itself_and_the_worker_is_told(scene: Scene) -> None:
    appointment = scene.offered()
    with pytest.raises(TransitionRefused):
        actions.cancel(appointment, scene.officer, LATER, whose="agency")
    actions.cancel(appointment, scene.officer, LATER, whose="person")
    assert appointment.state == "cancelled_by_person"
    assert [mail.user_id for mail in mails("appointment_cancelled")] == [scene.worker.id]


def test_a_worker_who_has_left_is_not_written_to(scene: Scene) -> None:
    colleague = make_user("agency_worker", scene.referral.agency)
    appointment = scene.offered()
    scene.worker.suspended_at = OFFERED_AT
    actions.cancel(appointment, scene.officer, LATER, whose="person")
    assert [mail.user_id for mail in mails("appointment_cancelled")] == [colleague.id]


@pytest.mark.parametrize("state", ATTENDED)
def test_attendance_is_recorded_once_the_time_has_come_and_not_before(scene: Scene, state: str) -> None:
    appointment = scene.offered(AT)
    with pytest.raises(TransitionRefused):
        actions.record_attendance(appointment, scene.worker, AT - timedelta(minutes=1), state=state)
    actions.record_attendance(appointment, scene.worker, AT, state=state, words="as agreed")
    assert (appointment.state, appointment.state_at, appointment.state_by_id) == (state, AT, scene.worker.id)
    event = last_event(scene.referral)
    assert (event.kind, event.words) == (f"appointment_{state}", "as agreed")
    assert "corrects" not in event.data


def test_a_correction_is_an_event_of_its_own(scene: Scene) -> None:
    appointment = scene.offered(AT)
    actions.record_attendance(appointment, scene.worker, AT, state="missed")
    actions.record_attendance(appointment, scene.worker, AT + timedelta(hours=1), state="kept_late")
    assert appointment.state == "kept_late"
    assert kinds(scene.referral)[-2:] == ["appointment_missed", "appointment_kept_late"]
    assert last_event(scene.referral).data["corrects"] == "missed"


def test_what_was_cancelled_is_neither_recorded_nor_cancelled_again(scene: Scene) -> None:
    appointment = scene.offered(AT)
    actions.cancel(appointment, scene.worker, LATER, whose="person")
    with pytest.raises(TransitionRefused):
        actions.record_attendance(appointment, scene.worker, AT, state="kept")
    with pytest.raises(TransitionRefused):
        actions.cancel(appointment, scene.officer, AT, whose="iom")


def test_iom_records_no_attendance(scene: Scene) -> None:
    with pytest.raises(TransitionRefused):
        actions.record_attendance(scene.offered(AT), scene.officer, AT, state="kept")


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_emails_name_nobody(scene: Scene, language: str) -> None:
    person = make_person(surname="Enwog", forenames="Rhian")
    worker = make_user("agency_worker", make_agency("Tai Da"), name="Gwen Gweithiwr")
    service = make_service(worker.agency)
    referral = make_sent(service, person, make_user(language=language), at=SENT_AT)
    offered = replace(offer_at(scene), worker_id=worker.id, place="12 Heol Fawr", words="Ring Rhian first")
    first = actions.offer(referral, worker, OFFERED_AT, offered, "a")
    assert first is not None
    moved = actions.move(first, worker, LATER, offered, "b")
    assert moved is not None
    actions.cancel(moved, worker, LATER, whose="person", words="Rhian is ill")
    for template in ("appointment_offered", "appointment_moved", "appointment_cancelled"):
        (mail,) = mails(template)
        subject, text, _html = render(mail.email)
        assert referral.reference in subject
        assert "Tai Da" in text
        for word in ("Rhian", "Enwog", "Gwen", "Heol"):
            assert word not in subject + text
