"""What goes by itself: in its time, and not before; nothing but the worker makes it go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal import audit, jobs
from portal.accounts.models import OneTimeLink, SignInFailure, UserSession
from portal.db import Scope, db, enter_scope
from portal.keeping import actions, periods
from portal.keeping.models import PersonCopy
from portal.keeping.sweeping import sweep
from portal.mail import OutboxEmail
from portal.referrals import actions as referrals
from portal.referrals.models import Message
from portal.trace import chain
from tests.factories import area, make_person, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def count(model: Any) -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


@pytest.mark.parametrize(("at", "kept"), [(ago(0.9), 1), (ago(1.1), 0)])
def test_a_failed_sign_in_is_kept_for_a_day(at: datetime, kept: int) -> None:
    db.session.add(SignInFailure(account_hash=b"hash", address="192.0.2.1", at=at))
    sweep(NOW)
    assert count(SignInFailure) == kept


@pytest.mark.parametrize(
    ("created", "ended", "kept"),
    [(29.4, 29, 1), (31.4, 31, 0), (30.4, None, 1), (31, None, 0)],
    ids=["ended lately", "ended long ago", "expired lately", "expired long ago"],
)
def test_a_session_is_kept_for_a_month_after_its_end(created: float, ended: float | None, kept: int) -> None:
    end = ago(ended) if ended else None
    user = make_user()
    db.session.add(UserSession(token_hash=b"t", user_id=user.id, created_at=ago(created), ended_at=end))
    sweep(NOW)
    assert count(UserSession) == kept


@pytest.mark.parametrize(
    ("expires", "used", "kept"),
    [(29, None, 1), (31, None, 0), (-1, None, 1), (29, 31, 0)],
    ids=["expired lately", "expired long ago", "open", "used long ago"],
)
def test_a_link_is_kept_for_a_month_after_its_end(expires: float, used: float | None, kept: int) -> None:
    user = make_user()
    link = OneTimeLink(token_hash=b"t", user_id=user.id, purpose="reset", expires_at=ago(expires))
    link.used_at = ago(used) if used else None
    db.session.add(link)
    sweep(NOW)
    assert count(OneTimeLink) == kept


@pytest.mark.parametrize(("days", "kept"), [(2190, 1), (2193, 0)])
def test_messages_go_six_years_after_the_referral_ended(days: int, kept: int) -> None:
    referral = make_sent(make_service(), at=ago(days + 10))
    officer = referral.referrer
    referrals.write_message(referral, officer, ago(days + 5), "«Neges»", "sweep")
    referrals.withdraw(referral, officer, ago(days), reason="moved_away")
    still_open = make_sent(make_service(), at=ago(4000))
    referrals.write_message(still_open, officer, ago(3999), "«Neges»", "sweep too")
    sweep(NOW)
    assert count(Message) == kept + 1


def test_emails_go_once_they_were_sent_or_given_up_long_ago() -> None:
    make_sent(make_service(intake_email="mewnflwch@test.example"))
    db.session.execute(
        sa.insert(OutboxEmail),
        [
            {"key": key, "template": "sent", "address": "a@test.example", "language": "en", **when}
            for key, when in {
                "long ago": {"sent_at": ago(91)},
                "given up": {"dead_at": ago(91)},
                "lately": {"sent_at": ago(89)},
            }.items()
        ],
    )
    waiting = count(OutboxEmail) - 3
    sweep(NOW)
    assert waiting
    assert count(OutboxEmail) == waiting + 1


def test_the_access_log_outlives_the_records() -> None:
    """Up to a signed head: tests/trace has the rest."""
    audit.record("person.read", "person", [1])
    chain.sign_head(NOW)
    assert chain.sweep_log(NOW + timedelta(days=2557))["access_log"] == 0
    assert chain.sweep_log(NOW + timedelta(days=2558))["access_log"] == 1
    left = db.session.scalars(sa.text("SELECT action FROM audit_entry")).all()
    assert left == ["access_log.swept"]


def test_a_copy_is_remembered_for_three_years() -> None:
    person, manager = make_person(), make_user("iom_manager")
    for number, at in enumerate((ago(1095), ago(1098))):
        db.session.add(
            PersonCopy(
                person_id=person.id,
                asked_as="«1»",
                reason="subject",
                language="en",
                at=at,
                by_id=manager.id,
                token=f"{number}",
            )
        )
    sweep(NOW)
    assert count(PersonCopy) == 1


def test_a_period_that_was_set_holds_within_its_bounds() -> None:
    admin = make_user("administrator")
    actions.set_period("failures", 20, admin.id)
    db.session.add(SignInFailure(account_hash=b"hash", address="192.0.2.1", at=ago(10)))
    sweep(NOW)
    assert count(SignInFailure) == 1
    actions.set_period(
        "failures", 9999, admin.id
    )  # bounds that were tightened since hold for what was set before
    assert periods.days_of("failures") == 30


def test_nobody_but_the_worker_sweeps() -> None:
    enter_scope(Scope("iom", make_user("iom_manager").id, area_ids=(area().id,)))
    with pytest.raises(DBAPIError, match="only the worker"), db.session.begin_nested():
        db.session.execute(sa.select(sa.func.sweep_expired("sessions", NOW)))


def test_the_worker_knows_this_work() -> None:
    assert {"portal.keeping.sweeping.sweep", "portal.keeping.erasing.erase_due"} <= set(jobs._works)
