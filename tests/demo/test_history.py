"""The history is one that the portal itself could have written: state by state, date by date, word by word."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from portal.access import Role
from portal.agencies.calendar import working_days
from portal.agencies.codes import DECLINE_REASONS, OUTCOMES, WITHDRAWAL_REASONS
from portal.clocks.clock import LONDON, london_date
from portal.db import db
from portal.people.models import PersonReader
from portal.referrals.forms import BY_REVIEW
from portal.referrals.lapsing import last_day_to_challenge
from portal.referrals.states import ENDED, EVENT_KINDS, Status, before, fold, move
from tests import TODAY
from tests.demo.conftest import REFERRALS

pytestmark = pytest.mark.usefixtures("demo")
ACTIONS = {kind: action for action, kind in EVENT_KINDS.items()}
FINAL = {"decline_agreed": "decline_agreed", "decline_lapsed": "decline_lapsed", "upheld": "decline_upheld"}


def test_every_referral_has_moved_only_as_the_table_of_transitions_allows(referrals, events) -> None:
    for referral in referrals:
        status, since, moves = Status.DRAFT, None, 0
        paused_from = ended_from = None
        for event in events[referral.id]:
            role = Role(event.by.role) if event.by else Role.SYSTEM
            assert event.side == role.side
            if event.kind not in ACTIONS:
                assert event.to_status is None
                assert status is not Status.DRAFT
                continue
            action, old = ACTIONS[event.kind], status
            status = move(action, status, role, before(action, paused_from, ended_from))
            assert event.to_status == status
            if action in ("pause", "resume"):
                paused_from = old if action == "pause" else None
            if (old in ENDED) != (status in ENDED):
                ended_from = old if status in ENDED else None
            since, moves = event.happened_at, moves + 1
        assert (referral.status, referral.status_since) == (status, since)
        assert (referral.paused_from, referral.ended_from) == (paused_from, ended_from)
        assert fold((event.kind, event.to_status) for event in events[referral.id]) == referral.status
        assert referral.version == moves + 1
    assert len(referrals) == REFERRALS


def test_every_status_that_a_page_can_show_is_there(referrals) -> None:
    assert {referral.status for referral in referrals} == {
        "draft", "sent", "acknowledged", "information_requested", "accepted", "in_service", "declined", "challenged",
        "paused", "closed", "withdrawn",
    }  # fmt: skip
    assert {referral.decision for referral in referrals} == {
        None, "accepted_priority", "accepted_standard", "declined",
    }  # fmt: skip


def test_the_dates_on_a_referral_are_those_of_its_events(sent, events) -> None:
    for referral in sent:
        first = {event.kind: event.happened_at for event in reversed(events[referral.id])}
        at = {event.kind: event.happened_at for event in events[referral.id]}
        if referral.status not in ENDED:
            at.pop("closed", None)
        decided = at.get("accepted", at.get("declined"))
        response = min(
            (at[kind] for kind in ("acknowledged", "asked", "accepted", "declined") if kind in at),
            default=None,
        )
        final = next(
            (at[kind] for kind in ("decline_agreed", "decline_lapsed", "upheld") if kind in at), None
        )
        assert referral.sent_at == at["sent"]
        assert referral.responded_at == referral.acknowledged_at == response
        assert referral.decided_at == decided
        assert referral.accepted_at == at.get("accepted", at.get("reversed"))
        assert referral.reversed_at == at.get("reversed")
        assert referral.first_offer_at == first.get("appointment_offered")
        assert referral.started_at == at.get("started")
        assert referral.closed_at == at.get("closed", final)
        assert referral.decline_final_at == final
        assert referral.withdrawn_at == at.get("withdrawn")


def test_events_follow_one_another_in_time_within_office_hours(sent, events) -> None:
    calendar = working_days()
    for referral in sent:
        moments = [referral.created_at] + [event.happened_at for event in events[referral.id]]
        assert moments == sorted(moments)
        moved = [event.happened_at for event in events[referral.id] if event.to_status]
        assert all(one < other for one, other in pairwise(moved))
        for moment in moments:
            local, day = moment.astimezone(LONDON), london_date(moment)
            assert time(9) <= local.time() < time(17)
            assert calendar.add(day, 0) == day, "a working day"
            assert day < TODAY


def test_the_history_is_a_year_and_a_half_long_and_reaches_the_last_day(sent) -> None:
    days = [london_date(referral.sent_at) for referral in sent]
    assert timedelta(days=530) < TODAY - min(days) < timedelta(days=570)
    assert max(days) >= date(2026, 11, 20), "the Friday before the Monday on which it ends"


def test_coded_reasons_stand_where_they_belong_and_nowhere_else(sent, events) -> None:
    for referral in sent:
        data = {event.kind: event.data for event in events[referral.id]}
        words = {event.kind: event.words for event in events[referral.id]}
        assert (referral.decline_reason in DECLINE_REASONS) == ("declined" in data)
        assert (referral.withdrawal_reason in WITHDRAWAL_REASONS) == (referral.status == "withdrawn")
        assert (referral.outcome in OUTCOMES) == (referral.status == "closed" and "closed" in data)
        if "declined" in data:
            assert data["declined"]["reason"] == referral.decline_reason
            assert data["declined"]["elsewhere"] or referral.decline_reason != "wrong_service"
            assert words["declined"] or referral.decline_reason != "other"
        if accepted := data.get("accepted", data.get("reversed")):
            handed, listed = data.get("assigned", {}), data.get("waiting_list", {})
            assert accepted["decision"] == referral.decision
            assert referral.worker_id == handed.get("to_id", accepted["worker_id"])
            kept = referral.expected_on.isoformat() if referral.expected_on else None
            assert kept == listed.get("expected_on", accepted["expected_on"])
            assert referral.waiting_position == listed.get("position")
        if "closed" in data and referral.status == "closed":
            assert data["closed"] == {"outcome": referral.outcome, "reason": referral.close_reason}
            assert referral.close_reason not in BY_REVIEW
        for kind, reason in FINAL.items():
            if kind in data:
                assert (referral.close_reason, referral.outcome) == (reason, None)
        assert all(words.get(kind, "-") for kind in ("asked", "answered", "challenged"))
        if "withdrawn" in data:
            assert data["withdrawn"] == {"reason": referral.withdrawal_reason}


def test_declines_are_answered_in_time_or_lapse_on_the_day_after(sent, events) -> None:
    calendar = working_days()
    for referral in sent:
        at = {event.kind: event.happened_at for event in events[referral.id]}
        if "declined" not in at:
            continue
        answered = next((at[kind] for kind in ("challenged", "decline_agreed") if kind in at), None)
        last_day = last_day_to_challenge(at["declined"])
        if answered:
            assert london_date(answered) <= last_day
        elif "decline_lapsed" in at:
            assert london_date(at["decline_lapsed"]) == calendar.add(last_day, 1)
        else:
            assert calendar.add(last_day, 1) >= TODAY, "the portal itself will see to it this morning"


def test_those_who_act_are_those_who_may(sent, events) -> None:
    readers = defaultdict(set)
    for reader in db.session.scalars(sa.select(PersonReader)):
        readers[reader.person_id].add(reader.user_id)
    for referral in sent:
        for event in events[referral.id]:
            if event.side == "system":
                assert event.by is None
                continue
            assert event.by.demo
            if event.side == "agency":
                assert event.by.agency_id == referral.agency_id
            else:
                assert referral.area_id in [area.id for area in event.by.areas]
        assert referral.referrer_id in (referral.person.police_om_id, referral.person.probation_om_id)
        assert referral.worker_id is not None or referral.accepted_at is None
        assert not referral.restricted or referral.referrer_id in readers[referral.person_id]
        assert referral.restricted == referral.person.restricted
