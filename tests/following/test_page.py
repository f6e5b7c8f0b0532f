"""The page of one referral: whose turn it is, its clock, its parts, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.appointments import actions as appointments
from portal.appointments.actions import Offer
from portal.chasing import actions as chasing
from portal.clocks.clock import london_date
from portal.db import db
from portal.promises.models import Agreement
from portal.referrals import actions, pause_actions, review_actions
from portal.referrals.models import Referral
from tests.factories import area, make_person, make_sent, make_service, make_user

Clients = Callable[[User], FlaskClient]
NOW = datetime.now(UTC)


class Scene:
    """A service that promised 1, 5 and 10 days, its staff, and IOM's."""

    def __init__(self) -> None:
        self.service = make_service()
        self.worker = make_user("agency_worker", self.service.agency, name="Example Gweithiwr")
        self.agency_manager = make_user("agency_manager", self.service.agency)
        self.officer, self.manager = (
            make_user("iom_officer"),
            make_user("iom_manager", name="Example Rheolwr"),
        )
        self.agreement = Agreement(
            service_id=self.service.id, acknowledge_days=1, decide_days=5, offer_days=10,
            from_on=date(2020, 1, 1), areas=[area()], proposed_by_id=self.manager.id,
            signed_at=NOW, signed_by_id=self.agency_manager.id,
        )  # fmt: skip
        db.session.add(self.agreement)
        db.session.flush()

    def sent(self, days_ago: int = 0) -> Referral:
        return make_sent(self.service, by=self.officer, at=NOW - timedelta(days=days_ago))


@pytest.fixture
def scene(database: None) -> Scene:
    return Scene()


def page(client: FlaskClient, referral: Referral) -> str:
    response = client.get(f"/referrals/{referral.reference}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.text)


def test_the_page_holds_the_clock_against_the_promise_and_says_who_signed_it(
    scene: Scene, client_for: Clients
) -> None:
    referral = scene.sent(30)
    text = page(client_for(scene.officer), referral)
    agency = scene.service.agency.name
    assert re.search(rf"Day \d+ of 1: \d+ days past what {agency} agreed\.", text)
    assert "It was to be acknowledged by" in text
    assert f"Signed for the agency by {scene.agency_manager.name}" in text
    assert "Proposed for IOM by Example Rheolwr" in text
    assert f'href="/agreements/{scene.agreement.id}"' in text
    for words in ("Acknowledge within 1 working day", "Decide within 5 working days", "working days past"):
        assert words in text


def test_a_referral_without_a_promise_says_so_and_that_it_was_sent_today_once(
    database: None, client_for: Clients
) -> None:
    referral = make_sent()
    text = page(client_for(referral.referrer), referral)
    assert "Nothing was agreed for this service when the referral was sent." in text
    assert text.count("Sent today.") == 1
    assert "Sent on" not in text
    assert "Waiting for 0" not in text


def test_an_open_question_stands_out_and_is_answered_on_the_page(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent(2)
    actions.ask(referral, scene.worker, NOW - timedelta(days=1), words="Which town?")
    officer = client_for(scene.officer)
    text = page(officer, referral)
    assert text.index("The agency asks") < text.index("Which town?") < text.index("Send answer")
    assert "It is IOM’s turn to answer" in text
    version = re.search(r'name="version"[^>]* value="(\d+)"', text)
    assert version
    data = {"version": version[1], "words": "Cardiff or Barry"}
    assert officer.post(f"/referrals/{referral.reference}/answer", data=data).status_code == 302
    text = page(client_for(scene.worker), referral)
    assert "The agency asks" not in text
    assert text.index("Questions and answers") < text.index("Which town?") < text.index("Cardiff or Barry")


def test_only_iom_is_given_the_form_that_answers(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent(2)
    actions.ask(referral, scene.worker, NOW, words="Which town?")
    text = page(client_for(scene.worker), referral)
    assert "Which town?" in text
    assert "Send answer" not in text
    assert "You have asked a question." in text


def test_two_forms_on_the_page_have_no_id_in_common(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent(2)
    actions.ask(referral, scene.worker, NOW, words="Which town?")
    main = page(client_for(scene.officer), referral).split("<main", 1)[1]
    ids = [found for found in re.findall(r' id="([^"]+)"', main) if not found.startswith("question")]
    assert len(ids) == len(set(ids))


def test_a_fact_of_the_release_stands_on_the_page_once(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent()
    main = page(client_for(scene.worker), referral).split("<main", 1)[1]
    assert main.count(referral.person.name) == 1
    assert main.count(scene.officer.email) == 1
    assert "Needed by; Available from" in main


def test_where_it_stands_is_said_to_each_side_in_each_state(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent(5)
    actions.decline(referral, scene.worker, NOW - timedelta(days=4), reason="no_capacity")
    assert "Agree or challenge by" in page(client_for(scene.manager), referral)
    assert "An IOM manager has until" in page(client_for(scene.officer), referral)
    assert "You declined. IOM has until" in page(client_for(scene.worker), referral)
    review_actions.challenge(referral, scene.manager, NOW - timedelta(days=3), words="He is 24")
    assert "Accept the referral, or uphold the decline." in page(client_for(scene.agency_manager), referral)
    assert "A manager of your agency is to answer." in page(client_for(scene.worker), referral)
    review_actions.uphold(referral, scene.agency_manager, NOW - timedelta(days=2), words="No")
    assert "Decline upheld." in page(client_for(scene.officer), referral)


def test_the_reason_of_a_decline_stands_beside_the_choice_and_goes_once_it_is_made(
    scene: Scene, client_for: Clients
) -> None:
    referral = scene.sent(5)
    actions.decline(referral, scene.worker, NOW - timedelta(days=4), reason="no_capacity", words="Full.")
    card = "Who and when"  # the heading of the column beside it says the same
    assert page(client_for(scene.manager), referral).count(card) == 2
    review_actions.challenge(referral, scene.manager, NOW - timedelta(days=3), words="Ask again.")
    shown = page(client_for(scene.agency_manager), referral)
    assert (shown.count(card), shown.count("Full."), shown.count("Ask again.")) == (3, 2, 2)
    review_actions.uphold(referral, scene.agency_manager, NOW - timedelta(days=2), words="No.")
    assert page(client_for(scene.manager), referral).count(card) == 1


def test_a_paused_referral_says_since_when_and_why_and_that_its_clock_rests(
    scene: Scene, client_for: Clients
) -> None:
    referral = scene.sent(2)
    pause_actions.pause(referral, scene.officer, NOW, reason="hospital")
    text = page(client_for(scene.worker), referral)
    assert "This referral has been paused since" in text
    assert "Person in hospital." in text
    assert "The clock is stopped while the referral is paused." in text


def test_every_kind_of_event_is_told_in_words(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent(20)
    actions.ask(referral, scene.worker, NOW - timedelta(days=19), words="Which town?")
    actions.send_answer(referral, scene.officer, NOW - timedelta(days=18), words="Cardiff")
    pause_actions.pause(referral, scene.officer, NOW - timedelta(days=17), reason="hospital")
    pause_actions.resume(referral, scene.officer, NOW - timedelta(days=16))
    actions.decline(referral, scene.worker, NOW - timedelta(days=15), reason="no_capacity")
    review_actions.challenge(referral, scene.manager, NOW - timedelta(days=14), words="Why?")
    review_actions.reverse(
        referral, scene.agency_manager, NOW - timedelta(days=13), priority=True, worker_id=scene.worker.id
    )
    chasing.chase(
        referral, scene.officer, NOW - timedelta(days=12), kind="escalation", level="manager", channel="phone",
        words="Rang", token="c",
    )  # fmt: skip
    actions.start(referral, scene.worker, NOW - timedelta(days=11))
    actions.close(referral, scene.worker, NOW - timedelta(days=10), outcome="met", reason="completed")
    pause_actions.reopen(referral, scene.manager, NOW - timedelta(days=9), words="Closed in error")
    text = page(client_for(scene.officer), referral).split('id="timeline"', 1)[1]
    for words in (
        "Information requested", "Question answered", "Person in hospital", "Resumed", "IOM challenged the decline",
        "Decline reversed: accepted as priority", "Example Gweithiwr", "IOM escalated", "The agency’s manager",
        "By phone", "Service started", "Need met", "Reopened: it was closed in error",
    ):  # fmt: skip
        assert words in text, words
    kinds = r"(asked|answered|reversed|upheld|paused|resumed|reopened|escalated)</h3>"
    assert not re.search(rf">\s*{kinds}", text)


def test_the_waiting_list_and_the_expected_date_are_shown_to_iom(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent(3)
    expected = london_date(NOW) + timedelta(days=30)
    actions.accept(referral, scene.worker, NOW, priority=True, expected_on=expected)
    referral.waiting_position = 7
    text = page(client_for(scene.officer), referral)
    assert re.search(r"Position on the waiting list</dt> <dd>7</dd>", text)
    assert re.search(r"Help expected by</dt> <dd>\d", text)
    assert re.search(r"Worker</dt> <dd>Example Gweithiwr</dd>", text)


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def test_the_page_costs_the_same_however_much_has_happened(scene: Scene, client_for: Clients) -> None:
    referral = scene.sent(20)
    actions.accept(referral, scene.worker, NOW - timedelta(days=19), priority=True)
    client = client_for(scene.officer)
    counts = []
    for more in (1, 12):
        for number in range(more):
            key = f"{more}-{number}"
            actions.write_message(referral, scene.worker, NOW, "words", key)
            offer = Offer(NOW + timedelta(days=number + 1), 60, "telephone", scene.worker.id)
            appointments.offer(referral, scene.worker, NOW, offer, key)
            chasing.chase(
                referral,
                scene.officer,
                NOW,
                kind="chase",
                level="worker",
                channel="phone",
                words="",
                token=key,
            )
            make_sent(make_service(), person=referral.person, by=scene.officer)
        page(client, referral)
        with statements() as seen:
            page(client, referral)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 15, seen


def test_other_open_referrals_for_the_need_are_offered_for_withdrawal_once_one_is_accepted(
    scene: Scene, client_for: Clients
) -> None:
    person = make_person()
    referral = make_sent(scene.service, person=person, by=scene.officer, at=NOW)
    other = make_sent(make_service(), person=person, by=scene.officer)
    officer = client_for(scene.officer)
    assert other.reference not in page(officer, referral)
    actions.accept(referral, scene.worker, NOW, priority=True)
    assert other.reference in page(officer, referral)
    assert other.reference not in page(client_for(scene.worker), referral)
