"""What became of referrals, worked out by hand. November 2026: the 2nd is a Monday, no bank holiday in the month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from portal.agencies.models import Service
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.turnaround.counting import merged, together
from portal.turnaround.declines import decline_counts, withdrawal_counts
from portal.turnaround.filters import Filter
from portal.turnaround.need_steps import need_counts, need_days
from portal.turnaround.outcomes import Outcome, outcome_counts
from portal.turnaround.pressing import answer_days, beside_counts, chase_counts
from tests.factories import GWENT, area, make_agency, make_person, make_service
from tests.turnaround.flow_rows import make_appointment, make_chase, make_event, make_need
from tests.turnaround.rows import make_row, noon

pytestmark = pytest.mark.usefixtures("database")
NOVEMBER = Filter(date(2026, 11, 1), date(2026, 11, 30), as_of=date(2026, 11, 30))


def day(number: int) -> date:
    return date(2026, 11, number)


def some(counts: Any) -> dict[str, int]:
    """Those that are not 0."""
    return {name: number for name, number in counts.items() if number}


@pytest.fixture
def service(database: None) -> Service:
    return make_service()


def make_ended(service: Service, how: str, **values: Any) -> Any:
    """A decline of the 3rd that became final on the 10th."""
    return make_row(
        service, sent=day(2), declined=day(3), final=day(10), closed_at=noon(day(10)), close_reason=how, **values
    )  # fmt: skip


def make_closed(service: Service, outcome: str, *, started: date | None = None, **values: Any) -> Any:
    return make_row(
        service, sent=day(2), standard=day(3), status="closed", ended_from="accepted", outcome=outcome,
        close_reason="completed", closed_at=noon(day(20)), started_at=noon(started), **values,
    )  # fmt: skip


@pytest.fixture
def declines(service: Service) -> Service:
    """Six declines, one of each end, among nine sent; two are left out."""
    make_ended(service, "decline_agreed", reason="no_capacity")
    make_ended(service, "decline_lapsed", reason="no_capacity")
    upheld = make_ended(service, "decline_upheld", reason="no_local_connection")
    make_event(upheld, "challenged", on=day(5), side="iom")
    turned = make_row(
        service, sent=day(2), declined=day(3), status="accepted", decision="accepted_standard",
        decline_reason="offence_excluded", reversed_at=noon(day(11)), accepted_at=noon(day(11)),
    )  # fmt: skip
    make_event(turned, "challenged", on=day(5), side="iom")
    make_row(
        service,
        sent=day(2),
        declined=day(3),
        withdrawn=day(12),
        why="met_another_way",
        reason="wrong_service",
    )
    make_row(service, sent=day(2), declined=day(24), status="declined", reason="other")
    make_row(service, sent=day(2), standard=day(3))
    make_row(service, sent=day(2), withdrawn=day(9), why="no_answer")
    make_row(service, sent=day(2))
    make_row(service, sent=day(2), withdrawn=day(4), why="sent_in_error")
    make_ended(service, "decline_agreed", reason="duplicate")
    return service


def test_each_decline_has_one_end_and_reversals_are_counted_apart(declines: Service) -> None:
    total = together(decline_counts(NOVEMBER, SYSTEM))
    assert total == {
        "sent": 9, "declined": 6, "waiting": 1, "challenged": 2, "final": 3, "agreed": 1, "lapsed": 1, "upheld": 1,
        "imported": 0, "reversed": 1, "withdrawn": 1, "left_out": 2,
    }  # fmt: skip
    by_reason = {each.part: each["declined"] for each in decline_counts(NOVEMBER, SYSTEM) if each.part}
    assert by_reason == {
        "no_capacity": 2, "no_local_connection": 1, "offence_excluded": 1, "wrong_service": 1, "other": 1,
    }  # fmt: skip


def test_withdrawals_by_reason(declines: Service) -> None:
    counted = {each.part: each["withdrawn"] for each in withdrawal_counts(NOVEMBER, SYSTEM) if each.part}
    assert counted == {"met_another_way": 1, "no_answer": 1}


def test_what_had_not_happened_by_as_of_is_not_counted(declines: Service) -> None:
    then = replace(NOVEMBER, as_of=day(4))
    assert some(together(decline_counts(then, SYSTEM))) == {
        "sent": 10,
        "declined": 6,
        "waiting": 6,
        "left_out": 1,
    }
    assert together(decline_counts(replace(NOVEMBER, as_of=day(5)), SYSTEM))["challenged"] == 2
    assert decline_counts(replace(NOVEMBER, as_of=day(1)), SYSTEM) == []


def one(asked: Filter = NOVEMBER) -> Outcome:
    [found] = outcome_counts(asked, SYSTEM)
    return found


def test_outcomes_count_each_referral_once(declines: Service) -> None:
    make_closed(declines, "met", started=day(5))
    make_closed(declines, "partly_met", started=day(5))
    make_closed(declines, "not_met")
    found = one().counts
    assert found == {
        "n": 12, "accepted": 5, "started": 2, "met": 1, "partly_met": 1, "not_met": 1, "closed_otherwise": 0,
        "withdrawn": 2, "declined": 3, "open": 4, "left_out": 2,
    }  # fmt: skip
    assert some(one(replace(NOVEMBER, as_of=day(2))).counts) == {"n": 14, "open": 14}


def test_what_became_of_appointments(service: Service) -> None:
    row = make_row(service, sent=day(2), standard=day(3))
    for state in (
        "kept",
        "kept_late",
        "missed",
        "missed_acceptable",
        "cancelled_by_agency",
        "cancelled_by_iom",
    ):
        make_appointment(row, offered=day(4), at=day(10), state=state)
    make_appointment(row, offered=day(4), at=day(12))
    later = make_appointment(row, offered=day(20), at=day(30))
    make_appointment(row, offered=day(4), at=day(20), state="moved", moved_to_id=later.id)
    asked = replace(NOVEMBER, as_of=day(21))
    assert some(one(asked).appointments) == {
        "offered": 9, "kept": 1, "kept_late": 1, "missed": 1, "missed_acceptable": 1, "cancelled_by_agency": 1,
        "cancelled_by_iom": 1, "cancelled": 2, "moved": 1, "unrecorded": 1, "to_come": 1,
    }  # fmt: skip
    assert some(one(replace(NOVEMBER, as_of=day(9))).appointments) == {"offered": 8, "to_come": 8}


@pytest.fixture
def chased(service: Service) -> Service:
    """Two referrals pressed for, of three: decided four days after the chase, and six after."""
    soon = make_row(service, sent=day(2), standard=day(13))
    make_chase(soon, at=day(9), answered=day(11), changed="answered")  # 4 days before the decision
    make_chase(soon, at=day(16), kind="advocacy", answered=day(17), changed="priority")  # after it
    late = make_row(service, sent=day(2), standard=day(17))
    make_chase(late, at=day(9))
    make_chase(late, at=day(12), kind="escalation")  # 3 working days before
    make_row(service, sent=day(2))
    return service


def test_chases_and_what_followed(chased: Service) -> None:
    counted = chase_counts(NOVEMBER, SYSTEM)
    [total] = merged(counted)
    assert total.counts == {
        "made": 4, "chase": 2, "advocacy": 1, "escalation": 1, "answered": 2, "judged": 3, "decided": 2,
    }  # fmt: skip
    assert {each.part: each["made"] for each in counted} == {"answered": 1, "priority": 1, None: 2}
    [days] = answer_days(NOVEMBER, SYSTEM).values()
    assert {int(at): int(days.event[at]) for at in days.event.nonzero()[0]} == {1: 1, 2: 1}
    assert int(days.censored.sum()) == 2


def test_a_chase_is_judged_only_once_its_five_days_are_over(chased: Service) -> None:
    [total] = merged(chase_counts(replace(NOVEMBER, as_of=day(16)), SYSTEM))
    assert (total["made"], total["judged"]) == (4, 0)
    [total] = merged(chase_counts(replace(NOVEMBER, as_of=day(17)), SYSTEM))
    assert (total["judged"], total["decided"]) == (2, 1)


def test_what_is_worth_knowing_beside_the_figures(chased: Service) -> None:
    make_closed(chased, "not_met")
    person = make_person()
    make_row(chased, sent=day(2), declined=day(3), status="declined", reason="wrong_service", person=person)
    again = make_row(make_service(), sent=day(5), person=person)
    late = make_row(chased, sent=day(2), standard=day(4))
    make_event(late, "accepted", on=day(4), written=day(10))  # 4 working days
    in_time = make_row(chased, sent=day(2), standard=day(4))
    make_event(in_time, "accepted", on=day(5), written=day(9))  # over a weekend: 2
    make_event(in_time, "chased", on=day(4), written=day(10), side="iom")
    counted = {each.key: each for each in beside_counts(NOVEMBER, SYSTEM)}
    assert some(counted[str(chased.agency_id)].counts) == {
        "sent": 7, "pressed": 2, "escalated": 1, "late_agency": 1, "late_iom": 1, "released": 1, "wrong_service": 1,
        "referred_again": 1,
    }  # fmt: skip
    assert some(counted[str(again.agency_id)].counts) == {"sent": 1}
    own = {each.key: each for each in beside_counts(NOVEMBER, SYSTEM, elsewhere=False)}
    assert own[str(chased.agency_id)]["referred_again"] == 0


@pytest.fixture
def needs(service: Service) -> Service:
    """Four people: one met, one in service, one only referred, one not wanting it; a fifth before the period."""
    met, helped, referred, unwanted, old = (make_person() for _ in range(5))
    for person in (met, helped, referred):
        make_need(person, on=day(2))
    make_need(unwanted, on=day(2), state="declined_by_person", changed=day(6))
    make_need(old, on=date(2026, 10, 1))
    make_closed(service, "met", started=day(5), person=met)
    make_row(
        service, sent=day(4), standard=day(9), started_at=noon(day(10)), status="in_service", person=helped
    )
    make_row(service, sent=day(3), person=referred)
    return service


def test_needs_from_identified_to_met(needs: Service) -> None:
    [need] = need_counts(NOVEMBER)
    assert (need.identified, need.referred, need.accepted, need.started, need.met, need.over) == (
        4,
        3,
        2,
        2,
        1,
        1,
    )
    [need] = need_counts(replace(NOVEMBER, as_of=day(4)))
    assert (need.identified, need.referred, need.accepted, need.started, need.met, need.over) == (
        4,
        3,
        1,
        0,
        0,
        0,
    )
    [need] = need_counts(replace(NOVEMBER, agency_id=needs.agency_id))
    assert need.identified == 3
    assert need_counts(replace(NOVEMBER, need="health")) == []


def test_days_between_the_steps(needs: Service) -> None:
    days = need_days(NOVEMBER)
    ended = {
        step: (counts.event.tolist(), int(counts.competing.sum()), int(counts.censored.sum()))
        for (_need, step), counts in days.items()
    }
    assert ended["referred"][0][:3] == [1, 1, 1]
    assert ended["referred"][1:] == (1, 0)
    assert ended["accepted"][0][:4] == [0, 1, 0, 1]
    assert ended["accepted"][1:] == (0, 1)
    assert [sum(ended["started"][0]), *ended["started"][1:]] == [2, 0, 0]
    assert [sum(ended["met"][0]), *ended["met"][1:]] == [1, 0, 1]


def test_a_referral_that_was_over_before_the_need_was_identified_is_of_another_time(service: Service) -> None:
    person = make_person()
    make_closed(service, "met", started=day(5), person=person)
    make_need(person, on=day(24))
    [need] = need_counts(NOVEMBER)
    assert (need.identified, need.referred, need.met) == (1, 0, 0)


def scopes(agency_id: int) -> Iterable[tuple[Scope, int, int]]:
    """Each with how many needs and marked events it may be given."""
    here, there = (area().id,), (area(GWENT).id,)
    yield SYSTEM, 6, 1
    yield Scope("figures", 1, area_ids=None), 6, 1
    yield Scope("figures", 1, area_ids=there), 0, 0
    yield Scope("iom", 1, area_ids=here), 5, 1
    yield Scope("iom", 1, area_ids=there), 0, 0
    yield Scope("agency", 1, agency_id=agency_id, area_ids=None, service_ids=None), 0, 1
    yield Scope("agency", 1, agency_id=agency_id + 1, area_ids=None, service_ids=None), 0, 0
    yield Scope("none"), 0, 0


def test_the_database_gives_each_scope_no_more_than_its_own(needs: Service) -> None:
    hidden = make_person(restricted=True)
    make_need(hidden, on=day(2))
    make_event(make_row(needs, sent=day(2)), "challenged", on=day(5))
    for scope, people, events in scopes(needs.agency_id):
        enter_scope(scope)
        steps = db.session.execute(
            sa.text("SELECT * FROM need_steps('2026-11-01', '2026-11-30', NULL, NULL)")
        ).all()
        marks = db.session.execute(sa.text("SELECT * FROM marked_events('2026-11-01', '2026-11-30')")).all()
        enter_scope(SYSTEM)
        assert (len(steps), len(marks)) == (people, events), scope


def test_the_check_of_the_application_alone_keeps_each_scope_to_its_own(declines: Service) -> None:
    make_row(make_service(make_agency()), sent=day(2))
    own = Scope("agency", 1, agency_id=declines.agency_id, area_ids=None, service_ids=None)
    assert {each.key for each in decline_counts(NOVEMBER, own)} == {str(declines.agency_id)}
    assert decline_counts(NOVEMBER, Scope("figures", 1, area_ids=(area(GWENT).id,))) == []
