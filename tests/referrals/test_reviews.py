"""What follows a decline, a pause or an end: dates that stand, rests of the clock, names that open again, silence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range

from portal.access import Role
from portal.accounts.models import User
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.mail import OutboxEmail
from portal.referrals import actions, pause_actions, review_actions
from portal.referrals.lapsing import lapse_declines, last_day_to_challenge
from portal.referrals.models import Event, Referral, Release
from tests.factories import make_agency, make_draft, make_person, make_sent, make_service, make_user
from tests.referrals.paper import ACT, AGENCY, bring

pytestmark = pytest.mark.usefixtures("database")
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
People = dict[str, User]


@pytest.fixture
def people(database: None) -> People:
    agency = make_agency()
    return {
        role.value: make_user(role, agency if role.value in AGENCY else None)
        for role in (Role.IOM_OFFICER, Role.IOM_MANAGER, Role.AGENCY_WORKER, Role.AGENCY_MANAGER)
    }


@pytest.fixture
def referral(people: People) -> Referral:
    service = make_service(people["agency_worker"].agency, intake_email="intake@agency.example")
    return make_sent(service, by=people["iom_officer"], at=AT)


def newest_event(referral: Referral) -> Event:
    of_it = sa.select(Event).where(Event.referral_id == referral.id)
    return db.session.scalars(of_it.order_by(Event.id.desc())).first()  # type: ignore[return-value]


def test_a_reversal_accepts_and_leaves_the_first_decision_its_date_and_reason(referral, people) -> None:
    actions.decline(referral, people["agency_worker"], AT + DAY, reason="no_capacity")
    review_actions.challenge(referral, people["iom_manager"], AT + 2 * DAY, words="There was a room")
    review_actions.reverse(
        referral, people["agency_manager"], AT + 3 * DAY, priority=True,
        worker_id=people["agency_worker"].id, expected_on=date(2026, 11, 9), words="You are right",
    )  # fmt: skip
    assert (referral.status, referral.decision) == ("accepted", "accepted_priority")
    assert (referral.decided_at, referral.decline_reason) == (AT + DAY, "no_capacity")
    assert referral.accepted_at == referral.reversed_at == AT + 3 * DAY
    event = newest_event(referral)
    assert (event.kind, event.words) == ("reversed", "You are right")
    worker_id = people["agency_worker"].id
    assert event.data == {
        "decision": "accepted_priority", "worker_id": worker_id, "expected_on": "2026-11-09",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "role", "reason"),
    [
        ("agree_decline", "iom_manager", "decline_agreed"),
        ("uphold", "agency_manager", "decline_upheld"),
    ],
)
def test_agreeing_and_upholding_make_a_decline_final(referral, people, action, role, reason) -> None:
    bring(referral, "challenged" if action == "uphold" else "declined", people, AT + DAY)
    ACT[action](referral, people[role], AT + 2 * DAY)
    assert (referral.status, referral.close_reason) == ("closed", reason)
    assert referral.decline_final_at == referral.closed_at == AT + 2 * DAY


@pytest.mark.parametrize(
    ("declined", "last_day"),
    [
        (AT, date(2026, 11, 16)),
        (datetime(2026, 11, 7, 12, tzinfo=UTC), date(2026, 11, 23)),  # a Saturday
        (
            datetime(2026, 12, 18, 12, tzinfo=UTC),
            date(2027, 1, 6),
        ),  # two holidays of Christmas, one of New Year
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), date(2026, 11, 9)),  # Sunday already in summer time
    ],
)
def test_silence_agrees_after_the_tenth_working_day_and_not_before(
    referral, people, declined, last_day
) -> None:
    referral.sent_at = referral.status_since = declined
    actions.decline(referral, people["agency_worker"], declined, reason="no_capacity")
    db.session.commit()
    assert last_day_to_challenge(declined) == last_day
    end = datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC) + DAY
    assert lapse_declines(end - timedelta(minutes=1)) == 0
    assert db.session.get_one(Referral, referral.id).status == "declined"
    assert lapse_declines(end) == 1
    assert lapse_declines(end + DAY) == 0
    assert (referral.status, referral.close_reason) == ("closed", "decline_lapsed")
    event = newest_event(referral)
    assert (event.kind, event.side, event.by_id) == ("decline_lapsed", "system", None)
    told = db.session.scalars(sa.select(OutboxEmail.address).where(OutboxEmail.template == "decline_lapsed"))
    assert sorted(told) == sorted([people["iom_officer"].email, "intake@agency.example"])


def test_a_decline_that_was_challenged_or_paused_does_not_lapse(referral, people) -> None:
    bring(referral, "challenged", people, AT)
    other = make_sent(referral.service, by=people["iom_officer"], at=AT)
    bring(other, "declined", people, AT)
    pause_actions.pause(other, people["iom_officer"], AT + DAY, reason="custody")
    db.session.commit()
    assert lapse_declines(AT + 60 * DAY) == 0


def rests(referral: Referral) -> list[Any]:
    db.session.flush()
    db.session.refresh(referral)
    return list(referral.rests)


def test_the_net_clock_rests_from_a_question_to_its_answer_and_once_however_the_pauses_overlap(
    referral, people
) -> None:
    worker, officer = people["agency_worker"], people["iom_officer"]
    actions.ask(referral, worker, AT, words="Which town?")
    pause_actions.pause(referral, officer, AT + DAY, reason="hospital")
    pause_actions.resume(referral, worker, AT + 3 * DAY)
    assert referral.status == "information_requested"
    assert rests(referral) == [Range(AT.date(), None)]
    actions.send_answer(referral, officer, AT + 4 * DAY, words="Cardiff")
    assert rests(referral) == [Range(AT.date(), (AT + 4 * DAY).date())]
    pause_actions.pause(referral, officer, AT + 4 * DAY, reason="custody")
    assert list(referral.rests) == [Range(AT.date(), None)]  # before the database has merged them as well
    assert rests(referral) == [Range(AT.date(), None)]
    pause_actions.resume(referral, officer, AT + 5 * DAY)
    assert rests(referral) == [Range(AT.date(), (AT + 5 * DAY).date())]
    assert referral.rest_count == 2


def test_a_question_answered_on_the_same_day_takes_nothing_off(referral, people) -> None:
    actions.ask(referral, people["agency_worker"], AT, words="Which town?")
    actions.send_answer(referral, people["iom_officer"], AT + timedelta(hours=2), words="Cardiff")
    assert (rests(referral), referral.rest_count) == ([], 1)


def test_an_agencys_pause_acknowledges_and_resuming_goes_on_as_acknowledged(referral, people) -> None:
    pause_actions.pause(referral, people["agency_worker"], AT + DAY, reason="out_of_contact")
    assert referral.responded_at == referral.acknowledged_at == AT + DAY
    assert pause_actions.resume(referral, people["iom_officer"], AT + 2 * DAY).to_status == "acknowledged"


def test_a_message_in_a_pause_is_a_response_and_after_the_end_it_is_none(referral, people) -> None:
    pause_actions.pause(referral, people["iom_officer"], AT, reason="custody")
    actions.write_message(referral, people["agency_worker"], AT + DAY, "We have it", "one")
    assert (referral.status, referral.responded_at) == ("paused", AT + DAY)
    assert pause_actions.resume(referral, people["iom_officer"], AT + 2 * DAY).to_status == "acknowledged"
    ended = make_sent(referral.service, by=people["iom_officer"], at=AT)
    actions.withdraw(ended, people["iom_officer"], AT, reason="moved_away")
    actions.write_message(ended, people["agency_worker"], AT + DAY, "Thank you", "two")
    assert ended.responded_at is None


@pytest.mark.parametrize("status", ["closed", "withdrawn"])
def test_reopening_restores_the_state_before_and_takes_the_end_away(referral, people, status) -> None:
    bring(referral, status, people, AT + DAY)
    before = referral.ended_from
    pause_actions.reopen(referral, people["iom_manager"], AT + 2 * DAY, words="Wrong one")
    db.session.refresh(referral)
    assert referral.status == before
    ends = (
        referral.ended_from, referral.closed_at, referral.withdrawn_at, referral.close_reason,
        referral.withdrawal_reason, referral.outcome, referral.decline_final_at,
    )  # fmt: skip
    assert ends == (None,) * 7
    assert referral.sent_at == AT
    assert closing_of(referral) is None


def closing_of(referral: Referral) -> datetime | None:
    return db.session.scalar(sa.select(Release.closes_at).where(Release.referral_id == referral.id))


def test_names_stay_closed_where_the_person_withdrew_their_agreement(referral, people) -> None:
    actions.withdraw(referral, people["iom_officer"], AT + DAY, reason="agreement_withdrawn")
    pause_actions.reopen(referral, people["iom_manager"], AT + 2 * DAY, words="Wrong one")
    assert closing_of(referral) == AT + DAY


def test_an_agency_cannot_open_names_that_have_closed_to_it(referral, people) -> None:
    bring(referral, "closed", people, AT)
    db.session.execute(sa.update(Release).values(closes_at=AT))
    db.session.commit()
    manager = people["agency_manager"]
    enter_scope(Scope("agency", manager.id, agency_id=manager.agency_id, area_ids=None, service_ids=None))
    pause_actions.reopen(referral, manager, AT + DAY, words="Wrong one")
    db.session.commit()
    enter_scope(SYSTEM)
    assert closing_of(referral) == AT
    assert referral.status == "accepted"


def test_reopening_is_refused_while_another_is_live_or_a_draft_of_one(people, client_for) -> None:
    service, person = make_service(people["agency_worker"].agency), make_person()
    first = make_sent(service, person, people["iom_officer"], AT)
    actions.withdraw(first, people["iom_officer"], AT + DAY, reason="moved_away")
    second = make_sent(service, person, people["iom_officer"], AT + 2 * DAY)
    db.session.commit()
    address, said = f"/referrals/{first.reference}/reopen", {"words": "Ended by mistake"}
    for role in ("iom_manager", "agency_manager"):
        page = client_for(people[role]).post(address, data=said)
        assert page.status_code == 409
        assert second.reference in page.text
        assert "Ended by mistake" in page.text
    actions.withdraw(second, people["iom_officer"], AT + 3 * DAY, reason="moved_away")
    draft = make_draft(person, people["iom_officer"])
    draft.service_id, draft.agency_id = service.id, service.agency_id
    db.session.commit()
    page = client_for(people["agency_manager"]).post(address, data=said)
    assert page.status_code == 409
    assert draft.reference not in page.text
    assert "a draft of one" in page.text
    assert db.session.get_one(Referral, first.id).status == "withdrawn"


def test_the_page_of_agreeing_says_what_it_means_shows_the_reason_and_leads_to_challenging(
    referral, people, client_for
) -> None:
    actions.decline(referral, people["agency_worker"], AT + DAY, reason="no_capacity", words="Full until May")
    db.session.commit()
    page = client_for(people["iom_manager"]).get(f"/referrals/{referral.reference}/agree-decline")
    assert page.status_code == 200
    for words in ("the decline is final", "No capacity", "Full until May", "Agree with decline"):
        assert words in page.text
    assert f'href="/referrals/{referral.reference}/challenge"' in page.text
    assert db.session.get_one(Referral, referral.id).status == "declined"
