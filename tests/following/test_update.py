"""Changing what the agency sees: previewed first, then released as a snapshot of its own, and told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.mail import OutboxEmail
from portal.referrals import actions
from portal.referrals.models import Event, Referral, Release
from tests.factories import make_sent, make_service, make_user

Clients = Callable[[User], FlaskClient]
ANSWERS = {
    "asked": "A room from Monday",
    "contact": "Through his mother",
    "visit_alone": "no",
    "risk_words": "A dog at the address",
    "sections": ["identity", "contact", "risk"],
}


@pytest.fixture
def scene(database: None) -> tuple[Referral, User]:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    referral = make_sent(service)
    return referral, worker


def posted(client: FlaskClient, referral: Referral, **more: object) -> tuple[int, str]:
    data = {"version": str(referral.version), **ANSWERS, **more}
    response = client.post(f"/referrals/{referral.reference}/update", data=data)
    return response.status_code, response.text


def seen(text: str) -> str:
    found = re.search(r'name="seen"[^>]* value="(\w+)"', text)
    assert found
    return found[1]


def releases() -> list[Release]:
    return list(db.session.scalars(sa.select(Release).order_by(Release.number)))


def test_nothing_is_released_before_its_preview_has_been_seen(scene, client_for: Clients) -> None:
    referral, worker = scene
    officer = client_for(referral.referrer)
    status, text = posted(officer, referral)
    assert (status, len(releases())) == (200, 1)
    assert "A dog at the address" in text.split("Send update")[0]
    status, again = posted(officer, referral, seen=seen(text), risk_words="Two dogs")
    assert (status, len(releases())) == (200, 1)
    assert posted(officer, referral, seen=seen(again), risk_words="Two dogs")[0] == 302
    first, second = releases()
    assert (first.current, second.current, second.number) == (False, True, 2)
    page = client_for(worker).get(f"/referrals/{referral.reference}").text
    assert "Two dogs" in page
    assert "A room from Monday" in page
    assert "Urgent: IOM changed what the agency sees" in page


def test_a_changed_risk_is_urgent_and_the_agency_is_told_once(scene, client_for: Clients) -> None:
    referral, _worker = scene
    officer = client_for(referral.referrer)
    for risk, urgent in (("A dog", True), ("A dog", False)):
        text = posted(officer, referral, risk_words=risk, contact=f"Call {urgent}")[1]
        assert posted(officer, referral, risk_words=risk, contact=f"Call {urgent}", seen=seen(text))[0] == 302
        db.session.expire_all()
    kinds = db.session.scalars(sa.select(Event.data).where(Event.kind == "updated").order_by(Event.id))
    assert list(kinds) == [{"urgent": True, "release": 2}, {"urgent": False, "release": 3}]
    mails = db.session.scalars(sa.select(OutboxEmail.template).where(OutboxEmail.template.like("updated%")))
    assert sorted(mails) == ["updated", "updated_urgent"]


def test_an_agency_that_read_the_old_one_is_stopped_before_it_acts_on_it(scene, client_for: Clients) -> None:
    referral, worker = scene
    before = referral.version
    officer = client_for(referral.referrer)
    text = posted(officer, referral)[1]
    assert posted(officer, referral, seen=seen(text))[0] == 302
    data = {"version": str(before), "worker": str(worker.id)}
    assert (
        client_for(worker).post(f"/referrals/{referral.reference}/accept-as-priority", data=data).status_code
        == 409
    )


def test_an_update_of_an_older_state_or_of_an_ended_referral_keeps_what_was_typed(
    scene, client_for: Clients
) -> None:
    referral, _worker = scene
    officer = client_for(referral.referrer)
    status, text = posted(officer, referral, version="0")
    assert status == 409
    assert "A dog at the address" in text
    actions.withdraw(referral, referral.referrer, datetime.now(UTC), reason="moved_away")
    assert posted(officer, referral)[0] == 409
    assert len(releases()) == 1


def test_an_error_stands_beside_the_field_and_an_agency_may_not(scene, client_for: Clients) -> None:
    referral, worker = scene
    status, text = posted(client_for(referral.referrer), referral, risk_words="", asked="")
    assert status == 422
    assert text.count("Enter the known risks to staff") == 2
    assert client_for(worker).get(f"/referrals/{referral.reference}/update").status_code == 403
