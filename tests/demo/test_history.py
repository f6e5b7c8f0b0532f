"""The history is one that the portal itself could have written: state by state, date by date, word by word."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.access import Role
from portal.agencies.calendar import working_days
from portal.agencies.codes import DECLINE_REASONS, OUTCOMES, PRIORITY_REASONS, WITHDRAWAL_REASONS
from portal.agencies.eligibility import PersonFacts, areas_touching, misfits
from portal.agencies.models import Area, Service
from portal.clocks.clock import LONDON, london_date
from portal.db import db
from portal.people.models import CohortSpell, Person, PersonNeed, PersonReader
from portal.referrals import sharing
from portal.referrals.forms import BY_REVIEW
from portal.referrals.models import Event, Message, Referral, ReferralDetail, Release
from portal.referrals.reference import PATTERN
from portal.referrals.states import ENDED, EVENT_KINDS, OPEN, Status, fold, move
from portal.referring.wording import BASES
from tests import TODAY
from tests.demo.conftest import REFERRALS

pytestmark = pytest.mark.usefixtures("demo")
ACTIONS = {kind: action for action, kind in EVENT_KINDS.items()}
Histories = dict[int, list[Event]]


@pytest.fixture
def referrals() -> list[Referral]:
    query = sa.select(Referral).options(
        joinedload(Referral.referrer),
        joinedload(Referral.worker),
        joinedload(Referral.detail),
        joinedload(Referral.person).selectinload(Person.spells),
    )
    return list(db.session.scalars(query.order_by(Referral.id)))


@pytest.fixture
def sent(referrals: list[Referral]) -> list[Referral]:
    return [referral for referral in referrals if referral.sent_at]


@pytest.fixture
def events() -> Histories:
    found: Histories = defaultdict(list)
    for event in db.session.scalars(sa.select(Event).options(joinedload(Event.by)).order_by(Event.id)):
        found[event.referral_id].append(event)
    return found


def test_every_referral_has_moved_only_as_the_table_of_transitions_allows(referrals, events) -> None:
    for referral in referrals:
        status, before = Status.DRAFT, None
        for event in events[referral.id]:
            before = None if status is Status.DRAFT else status
            status = move(ACTIONS[event.kind], status, Role(event.by.role))
            assert event.to_status == status
            assert event.side == Role(event.by.role).side
        assert referral.status == status
        assert referral.ended_from == (before if status in ENDED else None)
        assert fold((event.kind, event.to_status) for event in events[referral.id]) == referral.status
        assert referral.version == len(events[referral.id]) + 1
    assert len(referrals) == REFERRALS


def test_every_status_that_a_page_can_show_is_there(referrals) -> None:
    assert {referral.status for referral in referrals} == {
        "draft", "sent", "acknowledged", "accepted", "in_service", "declined", "closed", "withdrawn",
    }  # fmt: skip
    assert {referral.decision for referral in referrals} == {
        None, "accepted_priority", "accepted_standard", "declined",
    }  # fmt: skip


def test_the_dates_on_a_referral_are_those_of_its_events(sent, events) -> None:
    for referral in sent:
        at = {event.kind: event.happened_at for event in events[referral.id]}
        decided = at.get("accepted", at.get("declined"))
        response = min(
            (at[kind] for kind in ("acknowledged", "accepted", "declined") if kind in at), default=None
        )
        assert referral.sent_at == at["sent"]
        assert referral.responded_at == referral.acknowledged_at == response
        assert referral.decided_at == decided
        assert referral.accepted_at == at.get("accepted")
        assert referral.started_at == at.get("started")
        assert referral.closed_at == at.get("closed", at.get("decline_agreed"))
        assert referral.decline_final_at == at.get("decline_agreed")
        assert referral.withdrawn_at == at.get("withdrawn")


def test_events_follow_one_another_in_time_within_office_hours(sent, events) -> None:
    calendar = working_days()
    for referral in sent:
        moments = [referral.created_at] + [event.happened_at for event in events[referral.id]]
        assert all(one < other for one, other in pairwise(moments))
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
        assert (referral.decline_reason in DECLINE_REASONS) == (referral.decision == "declined")
        assert (referral.withdrawal_reason in WITHDRAWAL_REASONS) == (referral.status == "withdrawn")
        assert (referral.outcome in OUTCOMES) == ("closed" in data)
        if "declined" in data:
            assert data["declined"]["reason"] == referral.decline_reason
            assert data["declined"]["elsewhere"] or referral.decline_reason != "wrong_service"
            assert words["declined"] or referral.decline_reason != "other"
        if "accepted" in data:
            assert data["accepted"] == {
                "decision": referral.decision,
                "worker_id": referral.worker_id,
                "expected_on": referral.expected_on.isoformat() if referral.expected_on else None,
            }
        if "closed" in data:
            assert data["closed"] == {"outcome": referral.outcome, "reason": referral.close_reason}
            assert referral.close_reason not in BY_REVIEW
        if "decline_agreed" in data:
            assert (referral.close_reason, referral.outcome) == ("decline_agreed", None)
        if "withdrawn" in data:
            assert data["withdrawn"] == {"reason": referral.withdrawal_reason}


def test_declines_are_answered_before_they_would_lapse(sent) -> None:
    calendar = working_days()
    for referral in sent:
        if referral.decision == "declined":
            answered = london_date(referral.decline_final_at) if referral.decline_final_at else TODAY
            assert calendar.between(london_date(referral.decided_at), answered) <= 10


def test_those_who_act_are_those_who_may(sent, events) -> None:
    readers = defaultdict(set)
    for reader in db.session.scalars(sa.select(PersonReader)):
        readers[reader.person_id].add(reader.user_id)
    for referral in sent:
        for event in events[referral.id]:
            assert event.by.demo
            if event.side == "agency":
                assert event.by.agency_id == referral.agency_id
            else:
                assert referral.area_id in [area.id for area in event.by.areas]
        assert referral.referrer_id in (referral.person.police_om_id, referral.person.probation_om_id)
        assert (referral.worker_id is not None) == (referral.accepted_at is not None)
        assert not referral.restricted or referral.referrer_id in readers[referral.person_id]
        assert referral.restricted == referral.person.restricted


def test_people_fit_the_services_to_which_they_are_referred(sent) -> None:
    every_area = list(db.session.scalars(sa.select(Area)))
    query = sa.select(Service).options(selectinload(Service.needs), selectinload(Service.areas))
    services = {service.id: service for service in db.session.scalars(query)}
    for referral in sent:
        person, service = referral.person, services[referral.service_id]
        day = london_date(referral.sent_at)
        touching = areas_touching(person.local_authority_id, every_area)
        facts = PersonFacts(touching, person.sex, person.age_on(day), referral.need_code, day)
        assert misfits(service, facts) == []
        assert referral.agency_id == service.agency_id
        assert (referral.area_id, referral.local_authority_id) == (person.area_id, person.local_authority_id)


def test_nobody_has_two_live_referrals_to_one_service_at_any_time(referrals) -> None:
    spans: dict[Any, list[tuple[datetime, datetime]]] = defaultdict(list)
    for referral in referrals:
        end = referral.closed_at or referral.withdrawn_at or datetime.max.replace(tzinfo=UTC)
        spans[referral.person_id, referral.service_id, referral.need_code].append((referral.created_at, end))
    for held in spans.values():
        held.sort()
        assert all(one[1] < other[0] for one, other in pairwise(held))


def test_the_cohort_on_a_referral_is_the_persons_when_it_was_sent(sent) -> None:
    def cohort_on(spells: list[CohortSpell], day: date) -> list[str]:
        return [
            spell.cohort
            for spell in spells
            if spell.from_on <= day and (not spell.to_on or day < spell.to_on)
        ]

    for referral in sent:
        assert cohort_on(referral.person.spells, london_date(referral.sent_at)) == [referral.cohort]


def test_the_agency_reads_what_sending_would_have_released(sent) -> None:
    releases = {release.referral_id: release for release in db.session.scalars(sa.select(Release))}
    assert len(releases) == len(sent)
    for referral in sent:
        release, person = releases[referral.id], referral.person
        assert release.content == sharing.snapshot(referral, person, referral.detail, referral.referrer)
        assert (release.initials, release.number, release.current) == (person.initials, 1, True)
        assert (release.released_at, release.released_by_id) == (referral.sent_at, referral.referrer_id)
        ended = referral.closed_at or referral.withdrawn_at
        days = 0 if referral.withdrawal_reason == "agreement_withdrawn" else 30
        assert release.closes_at == (ended + timedelta(days=days) if ended else None)


def test_what_officers_wrote_would_pass_the_forms(sent) -> None:
    for referral in sent:
        detail: ReferralDetail = referral.detail
        day = london_date(referral.sent_at)
        assert detail.asked
        assert detail.contact
        assert detail.priority_reasons
        assert set(detail.priority_reasons) <= set(PRIORITY_REASONS)
        assert set(detail.sections) <= set(sharing.SECTIONS)
        assert ("release" in detail.priority_reasons) == (referral.available_from is not None)
        assert detail.risk_words or detail.visit_alone != "no"
        assert detail.basis in BASES
        assert (detail.basis, detail.person_agrees) not in {("agreement", "no"), ("agreement", "not_asked")}
        assert detail.agrees_words or detail.person_agrees == "yes"
        assert referral.needed_by is None or referral.needed_by >= (referral.available_from or day)
        assert referral.expected_on is None or referral.expected_on >= london_date(referral.accepted_at)
        assert referral.need_code not in referral.further_needs
        assert PATTERN.fullmatch(referral.reference)


def test_messages_come_from_the_referrer_and_from_an_agency_that_has_answered(sent) -> None:
    by_id = {referral.id: referral for referral in sent}
    messages = list(db.session.scalars(sa.select(Message).order_by(Message.id)))
    assert {message.side for message in messages} == {"iom", "agency"}
    last: dict[int, datetime] = {}
    for message in messages:
        referral = by_id[message.referral_id]
        ended = referral.closed_at or referral.withdrawn_at
        assert referral.sent_at < message.at < (ended or datetime.now(UTC))
        assert last.get(referral.id, referral.sent_at) < message.at
        last[referral.id] = message.at
        if message.side == "agency":
            assert message.at > referral.responded_at
        else:
            assert message.by_id == referral.referrer_id


def test_needs_on_the_register_are_what_the_last_referral_has_come_to(sent) -> None:
    last = {
        (referral.person_id, referral.need_code): referral
        for referral in sorted(sent, key=lambda r: r.sent_at)
    }
    needs = {(need.person_id, need.need_code): need for need in db.session.scalars(sa.select(PersonNeed))}
    assert set(last) <= set(needs)
    for key, referral in last.items():
        state = needs[key].state
        if referral.status == "in_service":
            assert state == "being_met"
        elif referral.status in OPEN:
            assert state == "referred"
        elif referral.outcome == "met":
            assert state == "met"
        assert needs[key].identified_on <= needs[key].changed_on


def test_agencies_differ_as_the_figures_should_show(sent) -> None:
    agencies = sorted({referral.agency_id for referral in sent})
    granted, decided = Counter(), Counter()
    for referral in sent:
        decided[referral.agency_id] += referral.decision is not None
        granted[referral.agency_id] += referral.decision == "accepted_priority"
    housing, mental_health, _substance, silent = agencies[:4]
    assert granted[housing] > 0.6 * decided[housing]
    assert granted[mental_health] < 0.3 * decided[mental_health]
    unanswered = sum(r.decided_at is None for r in sent if r.agency_id == silent)
    assert unanswered > 0.3 * sum(r.agency_id == silent for r in sent)
