"""What follows a referral: promises, rests, appointments, chases, meetings, all as the portal would have kept them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts.models import Absence, User
from portal.agencies.hub_models import HubSession
from portal.agencies.models import Area
from portal.appointments.actions import OFFERABLE
from portal.appointments.models import Appointment
from portal.chasing.actions import EVENTS
from portal.chasing.models import Chase
from portal.clocks.clock import london_date
from portal.db import db
from portal.meetings.models import Meeting, MeetingDecision
from portal.promises.models import Agreement, UsualWait
from portal.promises.queries import get_in_force
from portal.promises.standing import Standing, standings
from portal.referrals.lapsing import Portal
from portal.referrals.models import Event, Referral
from portal.referrals.moving import change_status, note_response, respond
from portal.referrals.states import EVENT_KINDS, Status, fold
from tests import TODAY

pytestmark = pytest.mark.usefixtures("demo")
ACTIONS = {kind: action for action, kind in EVENT_KINDS.items()}
PROMISES = ("promise_acknowledge", "promise_decide", "promise_offer")


def replay(referral: Referral, history: Sequence[Event]) -> Referral:
    """The same referral, moved again by the portal's own hand."""
    again = Referral(id=referral.id, area_id=referral.area_id, agency_id=referral.agency_id, status="draft")
    again.rests, again.rest_count, again.sent_at = [], 0, referral.sent_at
    for name in PROMISES:
        setattr(again, name, getattr(referral, name))
    for event in history:
        at, by = event.happened_at, event.by or Portal()
        if event.kind in ("acknowledged", "asked", "accepted", "declined"):
            note_response(again, at)
        if event.kind in ("accepted", "declined"):
            again.decided_at = at
        if event.kind == "started":
            again.started_at = at
        if event.kind == "appointment_offered":
            again.first_offer_at = again.first_offer_at or at
            respond(again, by, at, "appointment")
        if event.kind in ACTIONS:
            change_status(again, ACTIONS[event.kind], by, at)
    return again


def test_clocks_rest_and_run_late_as_if_the_portal_had_moved_each_referral_itself(sent, events) -> None:
    late = 0
    for referral in sent:
        if referral.agreement_id is None and not referral.rest_count:
            continue
        again = replay(referral, events[referral.id])
        assert (referral.rests, referral.rest_count) == (again.rests, again.rest_count), referral.reference
        assert referral.late_from == again.late_from, referral.reference
        late += referral.late_from is not None and referral.late_from <= TODAY
    assert late > 10
    assert sum(referral.rest_count > 0 for referral in sent) > 0.08 * len(sent)
    assert any(span.upper is None for referral in sent for span in referral.rests), "one rests now"


def test_each_referral_keeps_the_promise_that_was_in_force_when_it_was_sent(sent) -> None:
    promised = 0
    for referral in sent[::5]:
        found = get_in_force(referral.service_id, referral.area_id, london_date(referral.sent_at))
        assert referral.agreement_id == (found.id if found else None)
        days = (found.acknowledge_days, found.decide_days, found.offer_days) if found else (None, None, None)
        assert tuple(getattr(referral, name) for name in PROMISES) == days
        promised += found is not None
    assert 0.3 < promised / len(sent[::5]) < 0.9


def test_agreements_stand_in_every_way(demo) -> None:
    agreements = list(db.session.scalars(sa.select(Agreement)))
    found = Counter(standings(agreements, TODAY).values())
    assert set(found) >= {Standing.WAITING, Standing.IN_FORCE, Standing.ENDED, Standing.REFUSED}
    assert all(agreement.demo and agreement.areas for agreement in agreements)
    for agreement in agreements:
        assert agreement.signed_at is None or agreement.proposed_at < agreement.signed_at
        for signer in filter(None, (agreement.signed_by, agreement.refused_by)):
            assert (signer.role, signer.agency_id) == ("agency_manager", agreement.service.agency_id)


def test_usual_waits_are_dated_and_name_their_source(demo) -> None:
    waits = list(db.session.scalars(sa.select(UsualWait)))
    assert all(wait.source and wait.demo and wait.as_of < TODAY for wait in waits)
    assert max(Counter(wait.service_id for wait in waits).values()) == 2


def test_every_rural_local_authority_has_a_hub_session(demo) -> None:
    sessions = list(db.session.scalars(sa.select(HubSession)))
    rural = set(db.session.scalars(sa.select(Area.id).where(Area.rural, Area.kind == "local_authority")))
    assert rural <= {session.area_id for session in sessions}
    assert {session.week_of_month is None for session in sessions} == {True, False}


def test_appointments_are_what_the_events_tell(sent, events) -> None:
    appointments = list(db.session.scalars(sa.select(Appointment).order_by(Appointment.id)))
    by_id = {referral.id: referral for referral in sent}
    told: dict[int, list[str]] = {}
    for history in events.values():
        for event in history:
            if number := event.data.get("appointment_id"):
                told.setdefault(number, []).append(event.kind)
    for appointment in appointments:
        referral = by_id[appointment.referral_id]
        assert appointment.offered_at < appointment.at
        assert appointment.state_at is None or appointment.offered_at < appointment.state_at
        assert referral.first_offer_at <= appointment.offered_at
        first, *rest = told[appointment.id]
        assert first in ("appointment_offered", "appointment_moved")
        state = appointment.state
        expected = [] if state in ("offered", "moved") else [f"appointment_{state}"]
        assert [
            kind if kind != "appointment_cancelled" else f"appointment_{state}" for kind in rest
        ] == expected
        if state in ("kept", "kept_late", "missed", "missed_acceptable"):
            assert appointment.at <= appointment.state_at
    states = Counter(appointment.state for appointment in appointments)
    assert set(states) >= {"offered", "kept", "kept_late", "missed", "cancelled_by_person", "moved"}


def test_appointments_are_offered_only_where_the_portal_would_allow_it(events) -> None:
    for history in events.values():
        for number, event in enumerate(history):
            if event.kind in ("appointment_offered", "appointment_moved"):
                assert fold((one.kind, one.to_status) for one in history[:number]) in OFFERABLE


def test_chases_are_made_while_the_referral_is_open_and_answered_later(sent, events) -> None:
    by_id = {referral.id: referral for referral in sent}
    chases = list(db.session.scalars(sa.select(Chase)))
    for chase in chases:
        referral = by_id[chase.referral_id]
        ended = referral.closed_at or referral.withdrawn_at
        assert referral.sent_at < chase.at
        assert ended is None or chase.at < ended
        assert (chase.answered_at is None) == (chase.changed is None)
        assert chase.answered_at is None or chase.at < chase.answered_at
        if chase.answerer and chase.answerer.agency_id:
            assert referral.responded_at < chase.answered_at, "the agency's own answer would be its response"
        kinds = [event.kind for event in events[chase.referral_id] if event.data.get("chase_id") == chase.id]
        assert kinds == [EVENTS[chase.kind]] + ["chase_answered"] * (chase.answered_at is not None)
    assert {chase.kind for chase in chases} == set(EVENTS)
    assert any(chase.answered_at is None for chase in chases)
    assert {chase.level for chase in chases} == {"worker", "manager", "managers"}


def test_each_of_two_areas_has_held_a_meeting_and_awaits_one(demo) -> None:
    meetings = list(db.session.scalars(sa.select(Meeting)))
    held = {meeting.area_id for meeting in meetings if meeting.held_on < TODAY}
    coming = {meeting.area_id for meeting in meetings if TODAY < meeting.held_on < TODAY + timedelta(days=15)}
    assert held == coming
    assert len(held) == 2
    decided = list(db.session.scalars(sa.select(MeetingDecision)))
    assert {decision.area_id for decision in decided} == held
    discussed = db.session.scalars(sa.select(Event).where(Event.kind == "discussed")).all()
    assert len(discussed) == len(decided)


def test_one_worker_of_each_shown_agency_is_away_and_covered(demo) -> None:
    query = sa.select(Absence).join(User, User.id == Absence.user_id)
    away = list(db.session.scalars(query.where(Absence.from_on <= TODAY, Absence.to_on >= TODAY)))
    covered = {absence.cover.email for absence in away if absence.cover}
    assert covered == {"housing@demo.example", "mentalhealth@demo.example", "substance@demo.example"}


def test_status_is_one_that_the_table_knows(sent) -> None:
    assert {Status(referral.status) for referral in sent} == set(Status) - {Status.DRAFT}
