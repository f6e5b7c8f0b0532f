"""What a meeting decides: beside the line, in the PDF and in the referral's timeline, once, and mailing nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.referrals import actions
from portal.referrals.models import Event
from portal.referrals.states import fold
from tests.factories import make_sent, make_service, make_user
from tests.meetings.scenes import NOW, TODAY, make_meeting, placed

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
WORDS = "Yr asiantaeth i ysgrifennu erbyn dydd Gwener."


def mails() -> int:
    return db.session.scalar(sa.text("SELECT count(*) FROM outbox"))  # type: ignore[return-value]


def test_a_decision_stands_beside_the_line_and_in_the_timeline_of_both_sides(client_for: Clients) -> None:
    service, manager = make_service(), make_user("iom_manager", name="Rheolwr Enghraifft")
    referral = make_sent(service, by=manager)
    meeting = make_meeting(manager, service.agency)
    client, path = client_for(manager), f"/meetings/{meeting.id}/decide/{referral.reference}"
    before = mails()
    answer = client.post(path, data={"words": WORDS, "token": "one"})
    assert answer.status_code == 302
    assert answer.location.endswith(f"/meetings/{meeting.id}?agency={service.agency_id}#{referral.reference}")
    assert mails() == before
    event = db.session.scalars(sa.select(Event).where(Event.kind == "discussed")).one()
    assert event.data == {"meeting_id": meeting.id, "held_on": meeting.held_on.isoformat()}
    assert (event.words, event.to_status, event.by_id) == (WORDS, None, manager.id)
    for user in (manager, make_user("agency_worker", service.agency)):
        reader = client_for(user)
        assert WORDS in reader.get(f"/meetings/{meeting.id}").text
        timeline = reader.get(f"/referrals/{referral.reference}").text
        assert WORDS in timeline
        assert "Discussed at a meeting" in timeline


def test_the_same_form_sent_twice_has_one_effect(client_for: Clients) -> None:
    service, manager = make_service(), make_user("iom_manager")
    referral = make_sent(service)
    meeting = make_meeting(manager, service.agency)
    client, path = client_for(manager), f"/meetings/{meeting.id}/decide/{referral.reference}"
    for _ in range(3):
        assert client.post(path, data={"words": WORDS, "token": "same"}).status_code == 302
    client.post(path, data={"words": "Ail benderfyniad", "token": "other"})
    events = list(
        db.session.scalars(sa.select(Event).where(Event.referral_id == referral.id).order_by(Event.id))
    )
    assert [event.words for event in events if event.kind == "discussed"] == [WORDS, "Ail benderfyniad"]
    assert fold((event.kind, event.to_status) for event in events) == referral.status


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001])
def test_an_answer_that_cannot_be_kept_is_shown_again(client_for: Clients, words: str) -> None:
    service, manager = make_service(), make_user("iom_manager")
    referral = make_sent(service)
    path = f"/meetings/{make_meeting(manager, service.agency).id}/decide/{referral.reference}"
    answer = client_for(manager).post(path, data={"words": words, "token": "one"})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert words.strip() in answer.text
    assert 'value="one"' in answer.text


def test_only_referrals_of_the_agencies_discussed_can_be_decided_on(client_for: Clients) -> None:
    service, manager = make_service(), make_user("iom_manager")
    referral = make_sent()
    path = f"/meetings/{make_meeting(manager, service.agency).id}/decide/{referral.reference}"
    assert client_for(manager).post(path, data={"words": WORDS}).status_code == 404


def test_a_past_meeting_keeps_what_it_decided_of_referrals_that_have_ended(client_for: Clients) -> None:
    service, manager = make_service(), make_user("iom_manager")
    referral = make_sent(service, at=NOW - timedelta(days=30))
    held_on = TODAY - timedelta(days=3)
    meeting = make_meeting(manager, service.agency, held_on=held_on)
    client = client_for(manager)
    client.post(f"/meetings/{meeting.id}/decide/{referral.reference}", data={"words": WORDS})
    event = db.session.scalars(sa.select(Event).where(Event.kind == "discussed")).one()
    assert event.happened_at.date() == held_on
    actions.withdraw(referral, manager, NOW, reason="no_answer")
    db.session.commit()
    page = client.get(f"/meetings/{meeting.id}").text
    assert placed(page) == {"Discussed at this meeting, and ended since": [referral.reference]}
    assert WORDS in page


def test_one_agency_reads_no_decision_about_anothers_referral(client_for: Clients) -> None:
    ours, theirs, manager = make_service(), make_service(), make_user("iom_manager")
    referral = make_sent(theirs)
    meeting = make_meeting(manager, ours.agency, theirs.agency)
    client_for(manager).post(f"/meetings/{meeting.id}/decide/{referral.reference}", data={"words": WORDS})
    assert (
        WORDS not in client_for(make_user("agency_manager", ours.agency)).get(f"/meetings/{meeting.id}").text
    )
