"""Like with like, worked out by hand. November 2026: the 2nd is a Monday, no bank holiday in the month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.agencies.models import Area, Service
from portal.db import SYSTEM, db
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.facts import day_counts
from portal.turnaround.filters import Filter
from portal.turnaround.strata import Stratum, strata
from tests.factories import make_agency, make_service
from tests.turnaround.rows import make_row

pytestmark = pytest.mark.usefixtures("database")
NOVEMBER = Filter(date(2026, 11, 1), date(2026, 11, 30), as_of=date(2026, 11, 30))


def day(number: int) -> date:
    return date(2026, 11, number)


def authority(name: str) -> int:
    return db.session.scalars(sa.select(Area.id).where(Area.name_en == name)).one()


@pytest.fixture
def service(database: None) -> Service:
    return make_service(make_agency("Nacro"))


def only_one(asked: Filter = NOVEMBER) -> Stratum:
    [found] = strata(asked, SYSTEM)
    return found


def test_judged_are_those_sent_more_than_five_working_days_ago(service: Service) -> None:
    make_row(service, sent=day(2), priority=day(9))  # by day 5
    make_row(service, sent=day(2), standard=day(10))  # by day 6
    make_row(service, sent=day(20))  # 6 days old
    make_row(service, sent=day(23))  # 5 days old
    found = only_one()
    assert (found.sent, found.judged, found.in_time) == (4, 3, 1)


def test_calendar_days_are_counted_where_asked(service: Service) -> None:
    make_row(service, sent=day(2), priority=day(9))
    make_row(service, sent=day(24), priority=day(29))
    found = only_one(replace(NOVEMBER, days="calendar"))
    assert (found.judged, found.in_time) == (2, 1)


def test_a_withdrawn_referral_is_judged_and_was_not_answered(service: Service) -> None:
    make_row(service, sent=day(2), withdrawn=day(3))
    make_row(service, sent=day(2), withdrawn=day(3), why="sent_in_error")
    make_row(service, sent=day(2), declined=day(3), reason="duplicate", final=day(4))
    found = only_one()
    assert (found.sent, found.judged, found.in_time) == (1, 1, 0)


def test_strata_are_of_cohort_and_kind_of_area(service: Service) -> None:
    powys, cardiff = authority("Powys"), authority("Cardiff")
    for cohort, area in (
        ("fixed", powys),
        ("fixed", cardiff),
        ("flex", cardiff),
        (None, None),
        (None, cardiff),
    ):
        make_row(service, sent=day(2), cohort=cohort, local_authority_id=area)
    found = {(each.rural, each.cohort): each.sent for each in strata(NOVEMBER, SYSTEM)}
    assert found == {(True, "fixed"): 1, (False, "fixed"): 1, (False, "flex"): 1, (False, None): 2}


def test_an_administrator_changes_what_is_rural(service: Service) -> None:
    make_row(service, sent=day(2), local_authority_id=authority("Cardiff"))
    assert not only_one().rural
    db.session.get_one(Area, authority("Cardiff")).rural = True
    db.session.flush()
    assert only_one().rural


def test_declines_that_nobody_here_controls_are_counted_as_things_stood(service: Service) -> None:
    for reason in ("no_capacity", "no_capacity", "no_local_connection", "threshold_not_met"):
        make_row(service, sent=day(2), declined=day(12), reason=reason)
    found = only_one()
    assert (found.no_capacity, found.no_connection) == (2, 1)
    earlier = only_one(replace(NOVEMBER, as_of=day(11)))
    assert (earlier.sent, earlier.judged, earlier.no_capacity) == (4, 4, 0)


def test_it_counts_what_the_other_pages_count(service: Service) -> None:
    other = make_service(make_agency("Arall"), needs=("mental_health",))
    kinds: tuple[dict[str, Any], ...] = (
        {}, {"priority": 3}, {"standard": 6}, {"declined": 1}, {"withdrawn": 2}, {"priority": 0},
    )  # fmt: skip
    for number in range(60):
        sent = day(1) + timedelta(days=number % 27)
        kind = {name: sent + timedelta(days=after) for name, after in kinds[number % 6].items()}
        make_row(other if number % 4 == 0 else service, sent=sent, **kind)
    for asked in (
        NOVEMBER,
        replace(NOVEMBER, as_of=day(16)),
        replace(NOVEMBER, days="calendar", need="housing"),
    ):
        expected = {
            (group.key, group.need): (group.counts.total, group.due, group.in_time)
            for group in day_counts(asked, BY_CODE["M1"], SYSTEM)
            if group.counts.total
        }
        found: dict[tuple[Any, str], tuple[int, ...]] = {}
        for each in strata(asked, SYSTEM):
            before = found.get((each.agency_id, each.need), (0, 0, 0))
            more = each.sent, each.judged, each.in_time
            found[each.agency_id, each.need] = tuple(map(sum, zip(before, more, strict=True)))
        assert found == expected
