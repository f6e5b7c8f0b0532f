"""Each trick by which an agency's figures might be made to look better, tried once: it stands beside the figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.caseload.actions import assign
from portal.clocks.clock import london_date
from portal.db import SYSTEM, db
from portal.referrals import actions
from portal.referrals.models import Event, Referral
from portal.referrals.review_actions import challenge, reverse
from portal.turnaround.filters import Filter
from portal.turnaround.pressing import beside_counts
from tests.factories import make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)
TODAY = london_date(NOW)
QUARTER = Filter(TODAY - timedelta(days=90), TODAY, as_of=TODAY)
TRICKS = ("late_agency", "late_iom", "released", "reassigned", "reversed")


@pytest.fixture
def service() -> Service:
    return make_service()


@pytest.fixture
def worker(service: Service) -> User:
    return make_user("agency_worker", service.agency)


@contextmanager
def written_at_once() -> Iterator[None]:
    """What happens within is recorded as it happens, whenever that is."""

    def note(_mapper: object, _connection: object, happened: Event) -> None:
        happened.recorded_at = happened.happened_at

    sa.event.listen(Event, "before_insert", note)
    try:
        yield
    finally:
        sa.event.remove(Event, "before_insert", note)


def sent(service: Service) -> Referral:
    with written_at_once():
        return make_sent(service, at=NOW - timedelta(days=40))


def accepted(service: Service, worker: User) -> Referral:
    """30 days ago, and written down then."""
    referral = sent(service)
    with written_at_once():
        actions.accept(referral, worker, NOW - timedelta(days=30), priority=True)
    return referral


def seen(service: Service) -> dict[str, int]:
    """Of the tricks, those that the table of the agency counts."""
    db.session.flush()
    [of_agency] = [each for each in beside_counts(QUARTER, SYSTEM) if each.key == str(service.agency_id)]
    return {trick: of_agency[trick] for trick in TRICKS if of_agency[trick]}


def test_nothing_is_said_of_an_agency_that_answers_and_writes_it_down(service: Service, worker: User) -> None:
    referral = sent(service)
    actions.accept(referral, worker, NOW, priority=True)
    actions.start(referral, worker, NOW)
    assert seen(service) == {}


def test_a_start_given_an_earlier_date_is_marked(service: Service, worker: User) -> None:
    referral = accepted(service, worker)
    actions.start(referral, worker, NOW - timedelta(days=20))
    assert seen(service) == {"late_agency": 1}


def test_up_to_two_working_days_are_no_backdating(service: Service, worker: User) -> None:
    referral = accepted(service, worker)
    actions.start(referral, worker, NOW - timedelta(days=2))
    assert seen(service) == {}


def test_accepted_and_closed_before_help_started_is_counted(service: Service, worker: User) -> None:
    referral = sent(service)
    actions.accept(referral, worker, NOW, priority=True)
    actions.close(referral, worker, NOW, outcome="not_met", reason="other")
    assert seen(service) == {"released": 1}


def test_another_worker_changes_no_date_and_is_counted(service: Service, worker: User) -> None:
    referral = sent(service)
    assign(referral, worker, NOW, worker)
    assert seen(service) == {}
    before = (referral.sent_at, referral.responded_at, referral.decided_at, referral.late_from)
    assign(referral, worker, NOW, make_user("agency_worker", service.agency))
    assert seen(service) == {"reassigned": 1}
    assert (referral.sent_at, referral.responded_at, referral.decided_at, referral.late_from) == before


def test_a_decline_taken_back_keeps_the_first_decisions_date_and_is_counted(
    service: Service, worker: User
) -> None:
    referral = sent(service)
    declined_at = NOW - timedelta(days=10)
    with written_at_once():
        actions.decline(referral, worker, declined_at, reason="no_capacity")
        challenge(referral, make_user("iom_manager"), NOW - timedelta(days=9), words="«Pam?»")
    reverse(referral, make_user("agency_manager", service.agency), NOW, priority=True, words="«Iawn»")
    assert seen(service) == {"reversed": 1}
    assert referral.decided_at == declined_at
