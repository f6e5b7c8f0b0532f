"""The day of a worker or officer: whose it is, what waits for a record, in London, in as many statements for any length."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal.accounts.absences import add_absence
from portal.accounts.queries import scope_of
from portal.appointments import actions, queries
from portal.db import SYSTEM, db, enter_scope
from portal.i18n import LONDON
from tests.appointments.conftest import OFFERED_AT, Scene, make_offer
from tests.factories import make_person, make_sent, make_user

NOW = datetime.now(LONDON).replace(microsecond=0)
TOMORROW = (NOW + timedelta(days=1)).replace(hour=10, minute=0, second=0)
YESTERDAY = NOW - timedelta(days=1)


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if "SAVEPOINT" not in statement and "set_config" not in statement:
            seen.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)


def day_page(scene: Scene, user: object, day: date, whose: str = "") -> str:
    page = scene.client_for(user).get(f"/appointments?day={day.isoformat()}&whose={whose}")  # type: ignore[arg-type]
    assert page.status_code == 200
    return page.text


def test_a_worker_sees_their_own_day_and_as_a_filter_that_of_the_agency(scene: Scene) -> None:
    colleague = make_user("agency_worker", scene.worker.agency)
    other = make_sent(scene.referral.service, by=scene.officer)
    scene.offered(TOMORROW)
    make_offer(other, colleague, TOMORROW, offered_at=datetime.now(UTC))
    mine = day_page(scene, scene.worker, TOMORROW.date())
    assert (scene.referral.reference in mine, other.reference in mine) == (True, False)
    every = day_page(scene, scene.worker, TOMORROW.date(), "all")
    assert (scene.referral.reference in every, other.reference in every) == (True, True)
    assert scene.referral.reference not in day_page(scene, scene.worker, TOMORROW.date() + timedelta(days=1))


def test_an_agency_reads_the_initials_and_iom_the_names(scene: Scene) -> None:
    scene.offered(TOMORROW)
    surname = scene.referral.person.surname
    assert surname not in day_page(scene, scene.worker, TOMORROW.date())
    assert scene.referral.person.initials in day_page(scene, scene.worker, TOMORROW.date())
    assert surname in day_page(scene, scene.officer, TOMORROW.date())


def test_an_officer_sees_the_appointments_of_their_own_referrals_and_as_a_filter_those_of_the_area(
    scene: Scene,
) -> None:
    colleague = make_user("iom_officer")
    scene.offered(TOMORROW)
    assert scene.referral.reference not in day_page(scene, colleague, TOMORROW.date())
    assert scene.referral.reference in day_page(scene, colleague, TOMORROW.date(), "all")


def test_whoever_covers_for_a_colleague_has_their_appointments_among_their_own(scene: Scene) -> None:
    colleague = make_user("agency_worker", scene.worker.agency)
    scene.offered(TOMORROW)
    scene.offered(YESTERDAY)
    for page in (NOW.date(), TOMORROW.date()):
        assert scene.referral.reference not in day_page(scene, colleague, page)
    add_absence(scene.worker.id, NOW.date(), TOMORROW.date(), colleague.id, colleague.id)
    db.session.commit()
    assert "1 appointment has passed without a record" in day_page(scene, colleague, NOW.date())
    assert scene.referral.reference in day_page(scene, colleague, TOMORROW.date())


def test_what_has_passed_without_a_record_stands_first_and_goes_once_it_is_recorded(scene: Scene) -> None:
    older, newer = scene.offered(YESTERDAY - timedelta(days=5)), scene.offered(YESTERDAY)
    page = day_page(scene, scene.worker, NOW.date())
    assert "2 appointments have passed without a record" in page
    assert page.index(f"/{older.id}/attendance") < page.index(f"/{newer.id}/attendance")
    assert "passed without a record" not in day_page(scene, scene.officer, NOW.date())
    actions.record_attendance(older, scene.worker, NOW, state="kept")
    db.session.commit()
    assert "1 appointment has passed without a record" in day_page(scene, scene.worker, NOW.date())


def test_a_moved_appointment_is_on_its_new_day_only(scene: Scene) -> None:
    old = scene.offered(TOMORROW)
    later = actions.Offer(TOMORROW + timedelta(days=2), 60, "video", scene.worker.id)
    actions.move(old, scene.worker, OFFERED_AT, later, "later")
    db.session.commit()
    assert scene.referral.reference not in day_page(scene, scene.worker, TOMORROW.date())
    assert scene.referral.reference in day_page(scene, scene.worker, later.at.date())


def test_a_day_begins_at_midnight_in_london_in_summer_as_well(scene: Scene) -> None:
    scene.offered(datetime.combine(date(2027, 7, 2), time(0, 15), LONDON))
    assert scene.referral.reference in day_page(scene, scene.worker, date(2027, 7, 2))
    assert scene.referral.reference not in day_page(scene, scene.worker, date(2027, 7, 1))


def test_a_day_that_cannot_be_read_is_today(scene: Scene) -> None:
    client = scene.client_for(scene.worker)
    for text in ("", "soon", "2026-13-45", "0001-01-01", "9999-12-31", "%00"):
        assert "Today, " in client.get(f"/appointments?day={text}").text


def test_the_counts_agree_with_the_lists(scene: Scene) -> None:
    for day in (YESTERDAY, YESTERDAY - timedelta(days=1), TOMORROW):
        scene.offered(day)
    for user in (scene.worker, scene.officer):
        enter_scope(scope_of(user.id))
        assert queries.count_unrecorded([user.id], NOW) == len(queries.list_unrecorded([user.id], NOW)) == 2
        tomorrow = TOMORROW.date()
        assert queries.count_day(tomorrow, [user.id]) == len(queries.list_day(tomorrow, [user.id])) == 1
        assert queries.count_day(tomorrow, [0]) == len(queries.list_day(tomorrow, [0])) == 0
        assert queries.count_day(tomorrow, None) == 1
    enter_scope(SYSTEM)


def test_the_statements_do_not_depend_on_the_number_of_appointments(scene: Scene) -> None:
    scene.offered(TOMORROW)
    scene.offered(YESTERDAY)
    client = scene.client_for(scene.worker)
    path = f"/appointments?day={TOMORROW.date()}"
    counts = []
    for _round in range(2):
        client.get(path)
        with statements() as seen:
            assert client.get(path).status_code == 200
        counts.append(len(seen))
        for number in range(6):
            other = make_sent(scene.referral.service, make_person(), scene.officer)
            for moment in (TOMORROW, YESTERDAY - timedelta(hours=number)):
                make_offer(other, scene.worker, moment, offered_at=datetime.now(UTC))
    assert counts[0] == counts[1] <= 10
