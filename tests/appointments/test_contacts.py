"""Contacts of a person by week: what counts as offered and as kept, and in which week."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from portal.accounts.queries import scope_of
from portal.appointments import actions
from portal.appointments.contacts import Week, weeks_of
from portal.db import SYSTEM, enter_scope
from portal.i18n import LONDON
from tests.appointments.conftest import OFFERED_AT, Scene, make_offer
from tests.factories import GWENT, area, make_sent, make_service, make_user

TODAY = date(2026, 11, 23)  # a Monday
THIS, LAST, BEFORE = (TODAY - timedelta(weeks=n) for n in range(3))


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)


def weeks(scene: Scene, number: int = 3) -> list[Week]:
    return weeks_of(scene.referral.person_id, TODAY, number)


def test_weeks_without_appointments_are_there_with_nothing_in_them(scene: Scene) -> None:
    assert weeks(scene) == [Week(THIS, 0, 0, 0), Week(LAST, 0, 0, 0), Week(BEFORE, 0, 0, 0)]


@pytest.mark.parametrize(
    ("state", "kept"), [("kept", 1), ("kept_late", 1), ("missed", 0), ("missed_acceptable", 0)]
)
def test_kept_on_time_or_late_is_kept_and_missed_for_whatever_reason_is_not(
    scene: Scene, state: str, kept: int
) -> None:
    made = scene.offered(at(LAST))
    actions.record_attendance(made, scene.worker, at(LAST, 12), state=state)
    assert weeks(scene)[1] == Week(LAST, 1, kept, 0)


@pytest.mark.parametrize("whose", ["agency", "person", "iom"])
def test_a_cancelled_one_was_offered_and_not_kept(scene: Scene, whose: str) -> None:
    actions.cancel(scene.offered(at(LAST)), scene.worker, OFFERED_AT, whose=whose)
    assert weeks(scene)[1] == Week(LAST, 1, 0, 0)


def test_one_that_is_moved_counts_once_in_its_last_week(scene: Scene) -> None:
    old = scene.offered(at(BEFORE))
    later = actions.Offer(at(LAST), 60, "telephone", scene.worker.id)
    moved = actions.move(old, scene.worker, OFFERED_AT, later, "later")
    assert moved is not None
    assert [week.offered for week in weeks(scene)] == [0, 1, 0]


def test_a_week_runs_from_monday_to_sunday_in_london(scene: Scene) -> None:
    sunday, monday = LAST + timedelta(days=6), at(THIS, 0)
    scene.offered(at(sunday, 23))
    scene.offered(monday)
    assert [(week.offered, week.to_come) for week in weeks(scene)] == [(1, 1), (1, 1), (0, 0)]


def test_what_lies_before_or_after_the_weeks_is_not_counted(scene: Scene) -> None:
    scene.offered(at(BEFORE - timedelta(days=1)))
    scene.offered(at(THIS + timedelta(days=7)))
    assert [week.offered for week in weeks(scene)] == [0, 0, 0]


def test_all_referrals_of_the_person_count_and_nobody_elses(scene: Scene) -> None:
    service = make_service(needs=("finance",))
    worker = make_user("agency_worker", service.agency)
    second = make_sent(service, scene.referral.person, scene.officer, at=OFFERED_AT)
    make_offer(second, worker, at(LAST))
    scene.offered(at(LAST))
    foreign = make_sent(service, by=scene.officer, at=OFFERED_AT)
    make_offer(foreign, worker, at(LAST))
    assert weeks(scene)[1].offered == 2


def test_an_officer_of_another_area_counts_nothing(scene: Scene) -> None:
    scene.offered(at(LAST))
    enter_scope(scope_of(make_user("iom_officer", areas=[area(GWENT)]).id))
    assert weeks(scene)[1].offered == 0
    enter_scope(SYSTEM)
