"""Who is told at once of what happens to a referral, and who has switched that off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from portal.access import Role
from portal.db import db
from portal.mail import OutboxEmail
from portal.referrals import actions
from tests.factories import make_agency, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")


def told() -> list[tuple[str, str]]:
    rows = db.session.execute(sa.select(OutboxEmail.template, OutboxEmail.address))
    return sorted((row.template, row.address) for row in rows)


@pytest.mark.parametrize("wants", [True, False])
def test_an_officer_is_told_of_an_answer_at_once_unless_they_switched_that_off(wants: bool) -> None:
    officer = make_user(mails_at_once=wants)
    worker = make_user(Role.AGENCY_WORKER)
    referral = make_sent(make_service(worker.agency, intake_email="intake@test.example"), by=officer)
    actions.accept(referral, worker, datetime.now(UTC), priority=True)
    assert (("accepted", officer.email) in told()) is wants


def test_a_new_referral_reaches_the_intake_mailbox_or_else_all_staff_whatever_they_switched_off() -> None:
    agency = make_agency()
    worker = make_user(Role.AGENCY_WORKER, agency, mails_at_once=False)
    make_sent(make_service(agency, intake_email="intake@test.example"))
    make_sent(make_service(agency))
    assert told() == [("sent", "intake@test.example"), ("sent", worker.email)]
