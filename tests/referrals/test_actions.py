"""What each action writes: the row, the event, the trace and the mails agree, in one transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.db import db
from portal.mail import OutboxEmail
from portal.referrals import actions
from portal.referrals.models import Event, Referral, Release
from portal.referrals.reference import PATTERN, new_reference
from portal.referrals.states import TransitionRefused, fold
from tests.factories import make_agency, make_draft, make_person, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def events_of(referral: Referral) -> list[Event]:
    return list(
        db.session.scalars(sa.select(Event).where(Event.referral_id == referral.id).order_by(Event.id))
    )


def mails() -> list[tuple[str, str]]:
    rows = db.session.execute(sa.select(OutboxEmail.template, OutboxEmail.address).order_by(OutboxEmail.key))
    return [(row.template, row.address) for row in rows]


def test_sending_starts_the_clock_releases_the_chosen_sections_and_tells_the_agency() -> None:
    agency = make_agency()
    service = make_service(agency, intake_email="intake@agency.example")
    person = make_person(cohort="flex")
    draft = make_draft(person)
    draft.detail.risk_words = "a canary that stays here"
    actions.send(draft, service, draft.referrer, AT)

    assert (draft.status, draft.sent_at, draft.cohort) == ("sent", AT, "flex")
    assert draft.sent_on == date(2026, 11, 2)
    release = db.session.scalars(sa.select(Release).where(Release.referral_id == draft.id)).one()
    assert release.initials == person.initials
    assert release.content["identity"]["name"] == person.name
    assert "risk" not in release.content
    assert "canary" not in str(release.content)
    assert mails() == [("sent", "intake@agency.example")]


def test_an_agency_without_an_intake_mailbox_is_told_through_its_staff_of_that_service_and_area() -> None:
    agency = make_agency()
    service, another = make_service(agency), make_service(agency)
    for_all = make_user("agency_worker", agency)
    for_this = make_user("agency_worker", agency, every_service=False)
    for_this.services = [service]
    for_another = make_user("agency_worker", agency, every_service=False)
    for_another.services = [another]
    make_user("agency_worker", agency, suspended_at=AT)
    make_sent(service, at=AT)
    assert mails() == [("sent", for_all.email), ("sent", for_this.email)]


def test_a_second_live_referral_of_the_same_person_service_and_need_is_refused() -> None:
    service, person = make_service(), make_person()
    first = make_sent(service, person, at=AT)
    second = make_draft(person)
    with pytest.raises(actions.AlreadyLive) as refused:
        actions.send(second, service, second.referrer, AT)
    assert refused.value.reference == first.reference


def test_the_database_itself_refuses_a_second_live_referral() -> None:
    first = make_sent(at=AT)
    row = {
        "person_id": first.person_id, "service_id": first.service_id, "agency_id": first.agency_id,
        "need_code": first.need_code, "area_id": first.area_id, "referrer_id": first.referrer_id,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="uq_referral_live"), db.session.begin_nested():
        db.session.execute(
            sa.insert(Referral).values(reference=new_reference(), status="sent", sent_at=AT, **row)
        )


@pytest.mark.parametrize(
    "values",
    [
        {"acknowledged_at": AT - timedelta(days=1)},
        {"decided_at": AT - timedelta(days=1), "decision": "accepted_priority"},
        {"decision": "accepted_priority"},
        {"withdrawn_at": AT},
        {"status": "lost"},
        {"decision": "declined", "decided_at": AT, "decline_reason": "no such reason"},
        {"reference": "AB1234CD"},
    ],
)
def test_the_database_refuses_dates_out_of_order_and_codes_it_does_not_know(
    values: dict[str, object],
) -> None:
    referral = make_sent(at=AT)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.update(Referral).where(Referral.id == referral.id).values(**values))


def test_a_whole_life_leaves_dates_in_order_and_events_that_fold_to_its_state() -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    referral = make_sent(service, at=AT)
    actions.acknowledge(referral, worker, AT + timedelta(hours=1))
    actions.accept(referral, worker, AT + timedelta(days=1), priority=True, expected_on=date(2026, 11, 9))
    actions.start(referral, worker, AT + timedelta(days=5))
    actions.close(
        referral, worker, AT + timedelta(days=30), outcome="met", reason="completed", words="Housed"
    )

    events = events_of(referral)
    assert [e.kind for e in events] == ["sent", "acknowledged", "accepted", "started", "closed"]
    assert fold((e.kind, e.to_status) for e in events) == referral.status == "closed"
    moments = [
        referral.sent_at,
        referral.acknowledged_at,
        referral.decided_at,
        referral.started_at,
        referral.closed_at,
    ]
    assert moments == sorted(moments)
    assert (referral.decision, referral.outcome, referral.worker_id) == (
        "accepted_priority",
        "met",
        worker.id,
    )
    assert [template for template, _ in mails()] == ["sent", "acknowledged", "accepted", "started", "closed"]


def test_names_close_to_the_agency_thirty_days_after_the_end_and_at_once_where_agreement_is_withdrawn() -> (
    None
):
    for reason, days in (("met_another_way", 30), ("agreement_withdrawn", 0)):
        referral = make_sent(at=AT)
        actions.withdraw(referral, referral.referrer, AT + timedelta(days=2), reason=reason)
        release = db.session.scalars(sa.select(Release).where(Release.referral_id == referral.id)).one()
        db.session.refresh(release)
        assert release.closes_at == AT + timedelta(days=2 + days)


def test_a_decision_acknowledges_and_the_first_decision_keeps_its_date() -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    referral = make_sent(service, at=AT)
    actions.decline(referral, worker, AT + timedelta(days=3), reason="no_capacity")
    assert referral.acknowledged_at == referral.responded_at == referral.decided_at == AT + timedelta(days=3)
    with pytest.raises(TransitionRefused):
        actions.accept(referral, worker, AT + timedelta(days=4), priority=True)


def test_whoever_withdraws_tells_the_worker_as_well_as_the_intake() -> None:
    service = make_service(intake_email="intake@agency.example")
    worker = make_user("agency_worker", service.agency)
    referral = make_sent(service, at=AT)
    actions.accept(referral, worker, AT, priority=False)
    actions.withdraw(referral, referral.referrer, AT + timedelta(days=1), reason="moved_away")
    told = [address for template, address in mails() if template == "withdrawn"]
    assert sorted(told) == sorted(["intake@agency.example", worker.email])


def test_a_message_is_written_once_however_often_it_is_sent_and_an_agencys_first_one_is_a_response() -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    referral = make_sent(service, at=AT)
    assert actions.write_message(referral, worker, AT + timedelta(days=1), "Which town?", "one") is not None
    assert actions.write_message(referral, worker, AT + timedelta(days=2), "Which town?", "one") is None
    assert referral.responded_at == AT + timedelta(days=1)
    assert ("message", referral.referrer.email) in mails()


def test_mails_carry_the_reference_and_the_agency_and_nobodys_name() -> None:
    person = make_person(surname="Canarymorgan", forenames="Canaryrhys")
    make_sent(person=person, at=AT)
    stored = str([vars(mail) for mail in db.session.scalars(sa.select(OutboxEmail))])
    assert "Canary" not in stored


def test_references_are_as_people_read_them_aloud() -> None:
    assert all(PATTERN.fullmatch(new_reference()) for _ in range(1000))
