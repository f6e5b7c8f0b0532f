"""Whoever has left is told nothing more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from portal.db import db
from portal.mail import OutboxEmail
from portal.referrals import actions
from tests.factories import GWENT, area, make_sent, make_service, make_user


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("left", [False, True])
def test_an_officer_who_has_left_gets_no_email_of_their_referral(left: bool) -> None:
    officer, service = make_user(), make_service()
    referral = make_sent(service, by=officer)
    officer.suspended_at = datetime.now(UTC) if left else None
    db.session.flush()
    worker = make_user("agency_worker", service.agency)
    actions.acknowledge(referral, worker, datetime.now(UTC))
    told = sa.select(OutboxEmail.template).where(OutboxEmail.user_id == officer.id)
    assert db.session.scalars(told).all() == ([] if left else ["acknowledged"])


@pytest.mark.usefixtures("database")
def test_what_was_for_an_officer_who_has_left_reaches_a_manager_of_the_area() -> None:
    elsewhere, manager = make_user("iom_manager", areas=[area(GWENT)]), make_user("iom_manager")
    officer, service = make_user(), make_service()
    referral = make_sent(service, by=officer)
    officer.suspended_at = datetime.now(UTC)
    db.session.flush()
    actions.decline(
        referral, make_user("agency_worker", service.agency), datetime.now(UTC), reason="no_capacity"
    )
    told = sa.select(OutboxEmail.user_id).where(OutboxEmail.template == "declined")
    assert db.session.scalars(told).all() == [manager.id]
    assert elsewhere.id != manager.id
