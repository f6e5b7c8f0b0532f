"""The emails of a referral: each can be written in both languages, leads to the referral and names nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from portal.db import db
from portal.mail import OutboxEmail, render
from portal.referrals import actions
from portal.referrals.models import Referral
from tests.factories import make_agency, make_person, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
TEMPLATES = {"sent", "acknowledged", "accepted", "declined", "started", "closed", "withdrawn", "message"}


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_email_of_a_referral_leads_to_it_and_names_nobody(language: str) -> None:
    agency = make_agency("O’Neill & Sons", language=language)
    service = make_service(agency, intake_email="intake@test.example")
    officer = make_user(language=language, name="Named Officer")
    worker = make_user("agency_worker", agency, language=language, name="Named Worker")
    now = datetime.now(UTC)

    def sent(surname: str) -> Referral:
        return make_sent(service, make_person(surname=surname), officer, now)

    through, declined, withdrawn = sent("Canaryone"), sent("Canarytwo"), sent("Canarythree")
    actions.acknowledge(through, worker, now)
    actions.write_message(through, worker, now, "Canarywords", "one")
    actions.accept(through, worker, now, priority=True, words="Canarywords")
    actions.start(through, worker, now)
    actions.close(through, worker, now, outcome="met", reason="completed", words="Canarywords")
    actions.decline(declined, worker, now, reason="no_capacity", words="Canarywords")
    actions.withdraw(withdrawn, officer, now, reason="custody", words="Canarywords")
    waiting = [row.email for row in db.session.scalars(sa.select(OutboxEmail))]
    assert {email.template for email in waiting} == TEMPLATES
    subjects = set()
    for email in waiting:
        subject, text, page = render(email)
        subjects.add(subject.replace(str(email.params["reference"]), ""))
        assert page is None
        assert str(email.params["reference"]) in subject
        assert f"/referrals/{email.params['reference']}\n" in text
        assert "O’Neill & Sons" in text
        for secret in ("Canary", "Siân", "Named", "ousing", "{", "&amp;"):
            assert secret not in subject + text, (email.template, secret)
    assert len(subjects) == len(TEMPLATES)
