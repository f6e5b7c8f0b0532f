"""Which step the portal suggests once an agency is past what it agreed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.agencies.calendar import working_days
from portal.chasing import actions, queries
from portal.chasing.advice import Advice, advise, next_step
from portal.chasing.wording import advice_href
from portal.referrals import actions as referral_actions
from tests.factories import make_sent, make_service, make_user

TODAY = date(2026, 3, 27)


@pytest.mark.parametrize(
    ("levels", "waited", "expected"),
    [
        ([], None, Advice("chase", "worker")),
        (["worker"], 0, None),
        (["worker"], 1, None),
        (["worker"], 2, Advice("escalate", "manager")),
        (["worker", "worker"], 9, Advice("escalate", "manager")),
        (["worker", "manager"], 2, Advice("escalate", "managers")),
        (["manager", "worker"], 2, Advice("escalate", "managers")),
        (["managers"], 30, None),
    ],
)
def test_each_step_goes_one_level_up_after_two_working_days(levels, waited, expected) -> None:
    assert next_step(levels, late=True, waited=waited) == expected
    assert next_step(levels, late=False, waited=waited) is None


def test_an_agency_that_accepted_without_priority_is_asked_for_quicker_access_first() -> None:
    assert next_step([], late=True, waited=None, as_standard=True) == Advice("advocate", "worker")
    assert next_step(["worker"], late=True, waited=2, as_standard=True) == Advice("escalate", "manager")


def test_advice_opens_the_form_that_it_names() -> None:
    assert advice_href(Advice("chase", "worker"), "AB2345CD") == "/referrals/AB2345CD/chase?kind=chase"
    assert advice_href(Advice("advocate", "worker"), "AB2345CD") == "/referrals/AB2345CD/chase?kind=advocacy"
    assert (
        advice_href(Advice("escalate", "managers"), "AB2345CD")
        == "/referrals/AB2345CD/escalate?level=managers"
    )


def test_a_referral_within_its_promise_or_waiting_for_iom_gets_no_advice(database: None) -> None:
    service, officer = make_service(), make_user()
    worker = make_user("agency_worker", service.agency)
    sent_at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    referral = make_sent(service, by=officer, at=sent_at)
    calendar = working_days()
    assert advise(referral, [], TODAY, calendar) is None
    referral.late_from = TODAY
    assert advise(referral, [], TODAY - timedelta(days=1), calendar) is None
    assert advise(referral, [], TODAY, calendar) == Advice("chase", "worker")
    asked_at = datetime(2026, 3, 25, 12, tzinfo=UTC)
    actions.chase(
        referral, officer, asked_at, kind="chase", level="worker", channel="portal", words="When?", token="1"
    )
    chases = queries.list_of(referral)
    assert advise(referral, chases, date(2026, 3, 26), calendar) is None
    assert advise(referral, chases, TODAY, calendar) == Advice("escalate", "manager")
    actions.answer(
        referral, chases[0], worker, asked_at + timedelta(days=1), actions.Answer("answered", "Soon")
    )
    assert advise(referral, chases, TODAY, calendar) is None, "an answer is given time as well"
    referral_actions.withdraw(referral, officer, datetime.now(UTC), reason="other", words="Gone")
    referral.late_from = TODAY
    assert advise(referral, chases, date(2026, 4, 30), calendar) is None
