"""The pages of one referral: errors beside the field, nothing typed lost, refusals that explain themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.referrals import actions
from portal.referrals.models import Message, Referral
from tests.factories import make_sent, make_service, make_user

Clients = Callable[[User], FlaskClient]
HOSTILE = [
    "\x00",
    "\ud800",
    "\x1b[31m",
    "٣",
    "9" * 400,
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "x" * 5000,
]


@pytest.fixture
def scene(database: None, client_for: Clients) -> tuple[Referral, User, FlaskClient]:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    return make_sent(service), worker, client_for(worker)


def test_a_decline_without_a_reason_says_so_beside_the_field_and_keeps_the_words(scene) -> None:
    referral, _worker, client = scene
    page = client.post(f"/referrals/{referral.reference}/decline", data={"words": "We are <full> until May"})
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert page.text.count("Select a reason") == 2
    assert "We are &lt;full&gt; until May" in page.text


def test_other_needs_words_and_wrong_service_needs_the_right_one(scene) -> None:
    referral, _worker, client = scene
    for reason, message in (("other", "Explain the reason"), ("wrong_service", "Name the right service")):
        page = client.post(f"/referrals/{referral.reference}/decline", data={"reason": reason})
        assert (page.status_code, message in page.text) == (422, True)


@pytest.mark.parametrize("path", ["decline", "accept-as-priority", "accept-as-standard", "messages"])
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_refused_in_words_or_taken_as_text_and_never_fail(
    scene, path: str, value: str
) -> None:
    referral, _worker, client = scene
    names = (
        "reason",
        "words",
        "elsewhere",
        "worker",
        "expected_on-day",
        "expected_on-month",
        "expected_on-year",
    )
    body = "&".join(f"{name}={quoted(value)}" for name in (*names, "version"))
    page = client.post(
        f"/referrals/{referral.reference}/{path}", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert page.status_code in (302, 409, 422), page.text
    assert "<script>alert(1)" not in page.text


def quoted(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))


def test_only_staff_who_answer_for_this_service_can_be_given_the_work(scene) -> None:
    referral, worker, client = scene
    stranger = make_user("agency_worker")
    url = f"/referrals/{referral.reference}/accept-as-priority"
    assert client.post(url, data={"worker": str(stranger.id)}).status_code == 422
    assert client.post(url, data={"worker": str(worker.id)}).status_code == 302
    assert db.session.get_one(Referral, referral.id).worker_id == worker.id


def test_an_expected_date_in_the_past_is_refused(scene) -> None:
    referral, worker, client = scene
    data = {
        "worker": str(worker.id),
        "expected_on-day": "1",
        "expected_on-month": "1",
        "expected_on-year": "2026",
    }
    page = client.post(f"/referrals/{referral.reference}/accept-as-standard", data=data)
    assert page.status_code == 422
    assert "The date must be today or later" in page.text


def test_a_service_cannot_start_in_the_future_or_before_it_was_accepted(scene) -> None:
    referral, worker, client = scene
    actions.accept(referral, worker, datetime.now(UTC), priority=True)
    db.session.commit()
    url = f"/referrals/{referral.reference}/start"
    for year, words in (("2999", "today or in the past"), ("2020", "before the referral was accepted")):
        page = client.post(
            url, data={"started_on-day": "1", "started_on-month": "1", "started_on-year": year}
        )
        assert (page.status_code, words in page.text) == (422, True)
    assert client.post(url, data={}).status_code == 422


def test_an_answer_to_an_older_state_is_told_what_happened_and_keeps_what_was_typed(scene) -> None:
    referral, _worker, client = scene
    colleague = make_user("agency_worker", referral.agency, name="Example Colleague")
    url = f"/referrals/{referral.reference}/decline"
    shown = str(referral.version)
    actions.accept(referral, colleague, datetime.now(UTC), priority=True)
    db.session.commit()
    page = client.post(
        url, data={"version": shown, "reason": "no_capacity", "words": "Nothing until the summer"}
    )
    assert page.status_code == 409
    for words in ("Accepted as priority", "Example Colleague", "Nothing until the summer"):
        assert words in page.text


def test_the_page_in_welsh_says_the_same_in_welsh(scene) -> None:
    referral, _worker, client = scene
    page = client.get(f"/referrals/{referral.reference}?lang=cy").text
    for words in ("Derbyn â blaenoriaeth", "Cydnabod", "Gwrthod", "Atgyfeiriad", "Anfonwyd heddiw"):
        assert words in page
    assert 'lang="cy"' in page


def test_a_message_goes_to_the_other_side_once(scene) -> None:
    referral, _worker, client = scene
    for _ in range(2):
        page = client.post(
            f"/referrals/{referral.reference}/messages", data={"words": "Which town?", "token": "t1"}
        )
        assert page.status_code == 302
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1
    assert "Which town?" in client.get(f"/referrals/{referral.reference}").text


def test_a_manager_of_iom_agrees_with_a_decline_and_an_officer_may_not(scene, client_for: Clients) -> None:
    referral, worker, _client = scene
    actions.decline(referral, worker, datetime.now(UTC), reason="no_capacity")
    db.session.commit()
    url = f"/referrals/{referral.reference}/agree-decline"
    assert client_for(make_user("iom_officer")).post(url).status_code == 403
    assert client_for(make_user("iom_manager")).post(url).status_code == 302
    assert db.session.get_one(Referral, referral.id).status == "closed"
