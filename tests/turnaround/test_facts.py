"""What is counted, worked out by hand. November 2026: the 2nd is a Monday, no bank holiday in the month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.agencies.calendar import working_days
from portal.agencies.models import Service
from portal.db import SYSTEM, Scope, as_owner, db, enter_scope
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.facts import Group, day_counts
from portal.turnaround.filters import Filter, months_before, period
from tests.factories import CARDIFF, GWENT, area, make_agency, make_person, make_service, make_user
from tests.turnaround.rows import make_row

pytestmark = pytest.mark.usefixtures("database")

NOVEMBER = Filter(date(2026, 11, 1), date(2026, 11, 30), as_of=date(2026, 11, 30))


def day(number: int) -> date:
    return date(2026, 11, number)


def count(measure: str = "M1", asked: Filter = NOVEMBER, scope: Scope = SYSTEM) -> Group:
    """The one group there is."""
    [group] = day_counts(asked, BY_CODE[measure], scope)
    return group


def endings(group: Group) -> dict[str, dict[int, int]]:
    """The days on which referrals ended, and how many."""
    return {
        name: {
            int(at): int(getattr(group.counts, name)[at]) for at in getattr(group.counts, name).nonzero()[0]
        }
        for name in ("event", "competing", "censored")
    }


@pytest.fixture
def service(database: None) -> Service:
    return make_service()


def test_an_answer_is_counted_on_its_working_day(service: Service) -> None:
    make_row(service, sent=day(2), priority=day(5))
    make_row(service, sent=day(6), standard=day(9))  # Friday to Monday
    make_row(service, sent=day(7), declined=day(9))  # Saturday to Monday
    assert endings(count())["event"] == {3: 1, 1: 1, 0: 1}


def test_calendar_days_count_weekends(service: Service) -> None:
    make_row(service, sent=day(6), standard=day(9))
    assert endings(count(asked=replace(NOVEMBER, days="calendar")))["event"] == {3: 1}


def test_bank_holidays_of_wales_do_not_count(service: Service) -> None:
    make_row(service, sent=date(2026, 8, 28), priority=date(2026, 9, 1))  # 31 August is a bank holiday
    asked = Filter(date(2026, 8, 1), date(2026, 8, 31), as_of=date(2026, 9, 30))
    assert endings(count(asked=asked))["event"] == {1: 1}


def test_an_open_referral_is_censored_at_as_of_and_a_withdrawn_one_competes(service: Service) -> None:
    make_row(service, sent=day(23))
    make_row(service, sent=day(2), withdrawn=day(4))
    found = count()
    assert endings(found) == {"event": {}, "competing": {2: 1}, "censored": {5: 1}}
    assert (found.open_now, found.oldest_sent) == (1, day(23))


def test_what_happened_after_as_of_has_not_happened_yet(service: Service) -> None:
    make_row(service, sent=day(2), priority=day(5))
    make_row(service, sent=day(2), withdrawn=day(6))
    make_row(service, sent=day(2), withdrawn=day(6), why="sent_in_error")
    make_row(service, sent=day(5), priority=day(5))
    found = count(asked=replace(NOVEMBER, as_of=day(4)))
    assert endings(found) == {"event": {}, "competing": {}, "censored": {2: 3}}
    assert (found.open_now, found.excluded) == (3, 0)
    on_the_day = count(asked=replace(NOVEMBER, as_of=day(5)))
    assert endings(on_the_day)["event"] == {3: 1, 0: 1}


def test_both_ends_of_the_period_are_london_dates_and_count(service: Service) -> None:
    make_row(service, sent=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    make_row(service, sent=datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    make_row(service, sent=datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert count().counts.total == 2
    june = Filter(date(2026, 6, 1), date(2026, 6, 30), as_of=date(2026, 7, 31))
    make_row(service, sent=datetime(2026, 5, 31, 22, 59, tzinfo=UTC))
    make_row(service, sent=datetime(2026, 5, 31, 23, 0, tzinfo=UTC))  # summer time: the 1st of June
    make_row(service, sent=datetime(2026, 6, 30, 23, 0, tzinfo=UTC))  # the 1st of July
    assert count(asked=june).counts.total == 1


def test_a_referral_sent_before_the_period_still_waits_now(service: Service) -> None:
    make_row(service, sent=date(2026, 3, 2))
    make_row(service, sent=date(2026, 3, 2), priority=date(2026, 3, 4))
    found = count()
    assert (found.counts.total, found.open_now, found.oldest_sent) == (0, 1, date(2026, 3, 2))
    before = replace(NOVEMBER, as_of=date(2026, 3, 3))
    assert count(asked=before).open_now == 2
    assert count(asked=replace(before, as_of=date(2026, 3, 4))).open_now == 1


def test_errors_and_final_duplicates_are_left_out_and_counted(service: Service) -> None:
    make_row(service, sent=day(2), withdrawn=day(3), why="sent_in_error")
    make_row(service, sent=day(2), priority=day(3), withdrawn=day(9), why="sent_in_error")
    make_row(service, sent=day(2), declined=day(4), final=day(10), reason="duplicate")
    make_row(service, sent=day(2), declined=day(4), reason="duplicate")
    found = count()
    assert (found.excluded, endings(found)["event"]) == (3, {2: 1})
    assert [count(asked=replace(NOVEMBER, as_of=day(n))).excluded for n in (9, 10)] == [2, 3]


def test_a_stop_before_sent_is_left_out_and_counted(committed_app: Flask) -> None:
    with committed_app.app_context(), as_owner():
        db.session.execute(sa.text("ALTER TABLE referral DROP CONSTRAINT ck_referral_end_order"))
        make_row(sent=day(9), withdrawn=day(6))
        found = count()
        assert (found.counts.total, found.excluded, found.open_now) == (0, 1, 0)


def test_a_day_that_the_working_calendar_does_not_hold_is_never_guessed(service: Service) -> None:
    make_row(service, sent=date(2014, 6, 2), priority=date(2015, 6, 2))
    asked = Filter(date(2014, 1, 1), date(2014, 12, 31), as_of=day(30))
    found = count(asked=asked)
    assert (found.counts.total, found.excluded) == (0, 1)


def test_priority_waits_until_a_decline_is_final(service: Service) -> None:
    make_row(service, sent=day(2), priority=day(4))
    make_row(service, sent=day(2), standard=day(5))
    make_row(service, sent=day(2), declined=day(6))
    make_row(service, sent=day(2), declined=day(6), final=day(13))
    make_row(service, sent=day(2), withdrawn=day(3))
    make_row(service, sent=day(2), declined=day(6), withdrawn=day(12))
    found = count("M4")
    assert endings(found) == {"event": {2: 1}, "competing": {3: 1, 9: 1, 1: 1, 8: 1}, "censored": {20: 1}}
    assert found.open_now == 1
    assert endings(count("M1"))["event"] == {2: 1, 3: 1, 4: 3}


def test_a_reversed_decline_was_first_decided_then_and_is_accepted_now(service: Service) -> None:
    make_row(service, sent=day(2), declined=day(4), reversed_to_priority=day(18))
    assert endings(count("M1"))["event"] == {2: 1}
    assert endings(count("M4"))["event"] == {12: 1}
    assert endings(count("M4", replace(NOVEMBER, as_of=day(17))))["censored"] == {11: 1}


def test_a_referral_accepted_and_then_withdrawn_was_answered(service: Service) -> None:
    make_row(service, sent=day(2), priority=day(4), withdrawn=day(4))
    for measure in ("M1", "M4"):
        assert endings(count(measure)) == {"event": {2: 1}, "competing": {}, "censored": {}}


def test_priority_granted_is_judged_after_twenty_working_days(service: Service) -> None:
    sent = date(2026, 11, 2)  # 20 working days before the 30th
    make_row(service, sent=sent, priority=day(30))  # within 20
    make_row(service, sent=sent, standard=day(4))
    make_row(service, sent=sent)
    make_row(service, sent=sent, withdrawn=day(30))  # undecided within 20: not judged
    make_row(service, sent=sent, declined=day(4), withdrawn=day(9))  # decided first: judged
    make_row(service, sent=day(3), priority=day(4))  # too recent
    for days in ("working", "calendar"):
        found = count("M4", replace(NOVEMBER, days=days))
        assert (found.in_time, found.due) == (1, 4)
    early = Filter(date(2026, 10, 1), date(2026, 10, 31), as_of=day(30))
    make_row(service, sent=date(2026, 10, 1), priority=date(2026, 10, 30))  # on day 21
    make_row(service, sent=date(2026, 10, 1), withdrawn=date(2026, 10, 30))  # after 20 days: judged
    found = count("M4", early)
    assert (found.in_time, found.due) == (0, 2)


def test_answered_in_time_is_judged_once_the_fifth_day_is_over(service: Service) -> None:
    make_row(service, sent=day(20), priority=day(27))  # day 5 of 6
    make_row(service, sent=day(20), priority=day(30))  # day 6
    make_row(service, sent=day(20), withdrawn=day(23))
    make_row(service, sent=day(23), priority=day(24))  # day 5 is not over
    found = count()
    assert (found.in_time, found.due) == (1, 3)


def test_other_measures_run_to_their_own_events(service: Service) -> None:
    at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    row = make_row(
        service,
        sent=day(2),
        priority=day(5),
        available_from=day(9),
        first_offer_at=at + timedelta(days=8),
        started_at=at + timedelta(days=14),
    )
    row.acknowledged_at = row.responded_at = at
    db.session.flush()
    assert {code: endings(count(code))["event"] for code in ("M0", "M1", "M2", "M3")} == {
        "M0": {1: 1},
        "M1": {3: 1},
        "M2": {2: 1},
        "M3": {6: 1},
    }


def test_a_person_not_available_yet_is_on_day_0(service: Service) -> None:
    make_row(service, sent=day(2), priority=day(3), available_from=date(2040, 1, 1))
    assert endings(count("M3"))["censored"] == {0: 1}


def test_filters_narrow(service: Service) -> None:
    gwent = make_person(cohort=None, area=area(GWENT))
    make_row(service, sent=day(2), cohort="fixed", local_authority_id=area(CARDIFF).id)
    make_row(make_service(service.agency), sent=day(2), person=gwent)
    make_row(make_service(needs=("mental_health",)), sent=day(2))
    narrowed: list[tuple[dict[str, Any], int]] = [
        ({}, 3),
        ({"need": "mental_health"}, 1),
        ({"agency_id": service.agency_id}, 2),
        ({"service_id": service.id}, 1),
        ({"area_id": area(GWENT).id}, 1),
        ({"area_id": area(CARDIFF).id}, 1),
        ({"cohort": "fixed"}, 1),
        ({"cohort": "flex"}, 0),
        ({"agency_id": 2_000_000_000}, 0),
    ]
    for wanted, total in narrowed:
        found = day_counts(replace(NOVEMBER, **wanted), BY_CODE["M1"], SYSTEM)
        assert sum(group.counts.total for group in found) == total, wanted


def test_groups_are_those_asked_for(service: Service) -> None:
    make_row(service, sent=day(2), cohort="free")
    keys = {
        by: count(asked=replace(NOVEMBER, by=by)).key
        for by in ("agency", "need", "area", "cohort", "month", "service")
    }
    assert keys == {
        "agency": service.agency_id,
        "need": "housing",
        "area": area().id,
        "cohort": "free",
        "month": "2026-11",
        "service": service.id,
    }


def test_each_viewer_counts_what_they_may_see(service: Service) -> None:
    other_agency, other_service = make_agency(), make_service(service.agency)
    restricted = make_person(cohort=None, restricted=True)
    make_row(service, sent=day(2))
    make_row(service, sent=day(2), person=restricted)
    make_row(other_service, sent=day(2), person=make_person(cohort=None, area=area(GWENT)))
    here, there = area().id, area(GWENT).id
    viewers: list[tuple[Scope, int]] = [
        (SYSTEM, 3),
        (Scope("iom", 1, area_ids=(here,)), 1),
        (Scope("iom", 1, area_ids=(here, there)), 2),
        (Scope("iom", 1, area_ids=(here,), person_ids=(restricted.id,)), 2),
        (Scope("iom", 1, area_ids=()), 0),
        (Scope("agency", 1, agency_id=service.agency_id, area_ids=None, service_ids=None), 3),
        (Scope("agency", 1, agency_id=service.agency_id, area_ids=None, service_ids=(service.id,)), 2),
        (Scope("agency", 1, agency_id=service.agency_id, area_ids=(there,), service_ids=None), 1),
        (Scope("agency", 1, agency_id=other_agency.id, area_ids=None, service_ids=None), 0),
        (Scope("figures", 1, area_ids=None), 3),
        (Scope("figures", 1, area_ids=(here,)), 2),
        (Scope("figures", 1, area_ids=()), 0),
        (Scope("administrator", 1), 0),
        (Scope(), 0),
    ]
    for viewer, total in viewers:
        with_check = day_counts(NOVEMBER, BY_CODE["M1"], viewer)
        assert sum(group.counts.total for group in with_check) == total, viewer


def test_the_database_counts_no_more_than_the_check(service: Service) -> None:
    make_row(service, sent=day(2))
    make_row(service, sent=day(2), person=make_person(cohort=None, area=area(GWENT)))
    make_row(make_service(), sent=day(2), person=make_person(cohort=None, restricted=True))
    here = area().id
    for viewer in (
        Scope("iom", 1, area_ids=(here,)),
        Scope("agency", 1, agency_id=service.agency_id, area_ids=None, service_ids=None),
        Scope("figures", 1, area_ids=(here,)),
        Scope("administrator", 1),
    ):
        by_check = day_counts(NOVEMBER, BY_CODE["M1"], viewer)
        enter_scope(viewer)
        by_database = day_counts(NOVEMBER, BY_CODE["M1"], SYSTEM)  # the check lets everything through
        enter_scope(SYSTEM)
        assert {(g.key, g.counts.total) for g in by_check} == {(g.key, g.counts.total) for g in by_database}


@pytest.mark.parametrize("days", ["working", "calendar"])
def test_the_statement_counts_days_as_python_does(service: Service, days: str) -> None:
    random, first = Random(20261123), date(2024, 12, 20)  # noqa: S311
    by = make_user()
    expected: dict[int, int] = {}
    services = [make_service(service.agency) for _ in range(40)]
    for each in services * 5:
        sent = first + timedelta(days=random.randrange(500))
        answered = sent + timedelta(days=random.randrange(60))
        make_row(each, sent=sent, standard=answered, referrer_id=by.id)
        number = working_days().between(sent, answered) if days == "working" else (answered - sent).days
        expected[number] = expected.get(number, 0) + 1
    found = count(asked=Filter(first, date(2026, 11, 1), date(2026, 11, 1), days=days))
    assert endings(found)["event"] == expected


def test_one_statement_whatever_there_is(service: Service) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            day_counts(NOVEMBER, BY_CODE["M1"], SYSTEM)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return sum("set_config" not in one for one in seen)

    assert statements() == 1
    for _ in range(5):
        make_row(sent=day(2))
    assert statements() == 1


def test_the_period_is_six_months_up_to_as_of() -> None:
    assert period(day(22)) == (date(2026, 5, 22), day(22), day(22))
    assert period(day(22), as_of=date(2026, 8, 31)) == (
        date(2026, 2, 28),
        date(2026, 8, 31),
        date(2026, 8, 31),
    )
    assert period(day(22), to_on=day(1)) == (date(2026, 5, 1), day(1), day(22))
    assert period(day(22), from_on=day(1)) == (day(1), day(22), day(22))
    assert months_before(date(2026, 1, 15), 6) == date(2025, 7, 15)
