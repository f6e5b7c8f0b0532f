"""At first sign-in each account of the contract finds one of each thing that needs it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.agencies.calendar import working_days
from portal.appointments.models import Appointment
from portal.chasing.advice import advise
from portal.chasing.models import Chase
from portal.clocks.clock import london_date
from portal.db import db
from portal.meetings.models import Meeting
from portal.promises.models import Agreement
from portal.referrals.models import Referral
from portal.referrals.unread import unread_for
from tests import TODAY
from tests.demo.conftest import Histories

pytestmark = pytest.mark.usefixtures("demo")


def account(name: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == f"{name}@demo.example")).one()


def own(user: User, *conditions: sa.ColumnElement[bool]) -> list[Referral]:
    """Referrals that an officer sent, or of an agency's user's agency."""
    whose = Referral.agency_id == user.agency_id if user.agency_id else Referral.referrer_id == user.id
    return list(db.session.scalars(sa.select(Referral).where(whose, *conditions)))


def status(name: str) -> sa.ColumnElement[bool]:
    return Referral.status == name


@pytest.mark.parametrize("waits", ["information_requested", "declined", "draft", "challenged", "paused"])
def test_the_officer_finds_a_referral_of_each_kind_that_waits_for_iom(waits: str) -> None:
    assert own(account("officer"), status(waits))


def test_the_officer_finds_a_referral_past_its_promise_that_is_to_be_escalated() -> None:
    late = own(account("officer"), Referral.late_from <= TODAY)
    steps = set()
    for referral in late:
        chases = list(
            db.session.scalars(sa.select(Chase).where(Chase.referral_id == referral.id).order_by(Chase.at))
        )
        advice = advise(referral, chases, TODAY, working_days())
        steps.add(advice.step if advice else None)
    assert "escalate" in steps


@pytest.mark.parametrize("name", ["officer", "housing", "mentalhealth", "substance"])
def test_messages_wait_for_both_sides_but_not_all_of_them(name: str) -> None:
    user = account(name)
    unread = own(user, unread_for(scope_of(user.id), [user.id]))
    assert 1 <= len(unread) < 10


def test_the_housing_worker_finds_what_is_new_due_overdue_answered_and_chased(events: Histories) -> None:
    worker, calendar = account("housing"), working_days()
    assert own(worker, status("sent"))
    assert own(worker, Referral.late_from == calendar.add(TODAY, 1)), "due today"
    assert own(worker, Referral.late_from <= TODAY)
    acknowledged = own(worker, status("acknowledged"))
    assert any(event.kind == "answered" for referral in acknowledged for event in events[referral.id])
    chased = sa.select(Chase).where(Chase.agency_id == worker.agency_id, Chase.answered_at.is_(None))
    assert db.session.scalars(chased).all()


@pytest.mark.parametrize("name", ["housing", "mentalhealth", "substance"])
def test_the_workers_day_has_appointments_today_and_tomorrow(name: str) -> None:
    offered = Appointment.state == "offered"
    query = sa.select(Appointment.at).where(Appointment.worker_id == account(name).id, offered)
    days = {london_date(at) for at in db.session.scalars(query)}
    assert {TODAY, TODAY + timedelta(days=1)} <= days


def test_the_housing_manager_finds_a_challenge_an_agreement_to_sign_and_work_to_give_out() -> None:
    manager = account("housing.manager")
    assert own(manager, status("challenged"))
    assert own(manager, status("sent"), Referral.worker_id.is_(None))
    assert own(manager, status("accepted"), Referral.waiting_position.is_not(None))
    waiting = [
        agreement
        for agreement in db.session.scalars(sa.select(Agreement))
        if agreement.service.agency_id == manager.agency_id
        and not (agreement.signed_at or agreement.refused_at)
    ]
    assert waiting


def test_the_iom_manager_finds_a_decline_to_review_an_answered_escalation_and_a_coming_meeting() -> None:
    (area,) = account("manager").areas
    assert db.session.scalars(
        sa.select(Referral).where(Referral.area_id == area.id, status("declined"))
    ).all()
    query = sa.select(Chase).join(Referral, Referral.id == Chase.referral_id)
    query = query.where(Chase.area_id == area.id, Chase.kind == "escalation", Chase.answered_at.is_not(None))
    assert db.session.scalars(query.where(Referral.status == "acknowledged")).all()
    assert db.session.scalars(
        sa.select(Meeting).where(Meeting.area_id == area.id, Meeting.held_on > TODAY)
    ).all()
