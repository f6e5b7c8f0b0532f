"""What the history holds fits the people and services, and is what the actions would have written, word by word."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.agencies.codes import PRIORITY_REASONS
from portal.agencies.eligibility import PersonFacts, areas_touching, misfits
from portal.agencies.models import Area, Service
from portal.clocks.clock import london_date
from portal.db import db
from portal.people.models import NEED_STATES, CohortSpell, NeedStatement, PersonNeed
from portal.referrals import sharing
from portal.referrals.models import Message, ReferralDetail, Release
from portal.referrals.reference import PATTERN
from portal.referrals.states import OPEN
from portal.referring.wording import BASES

pytestmark = pytest.mark.usefixtures("demo")


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


def test_needs_on_the_register_are_where_their_referrals_put_them(sent) -> None:
    needs = {(need.person_id, need.need_code): need for need in db.session.scalars(sa.select(PersonNeed))}
    assert {(referral.person_id, referral.need_code) for referral in sent} <= set(needs)
    for referral in sent:
        need = needs[referral.person_id, referral.need_code]
        if referral.status == "in_service":
            assert need.state == "being_met"
        elif referral.status in OPEN:
            assert need.state in ("referred", "being_met")
        assert need.identified_on <= need.changed_on
    assert {need.state for need in needs.values()} == set(NEED_STATES)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(NeedStatement)) > 5


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
