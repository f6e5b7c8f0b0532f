"""The daily digest: who gets one, when, and that each count is what the list behind it shows."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal import jobs
from portal.access import Role
from portal.accounts.models import Absence, User
from portal.clocks.clock import london_date
from portal.db import SYSTEM, db, enter_scope
from portal.mail import Email, OutboxEmail, render
from portal.referrals import actions
from portal.referrals.review_actions import challenge
from portal.reminders.digest import write_digests
from portal.reminders.needs import NAMES
from tests.factories import GWENT, area, make_agency, make_person, make_sent, make_service, make_user
from tests.promises.rows import make_proposal
from tests.scene_parts import make_chase

pytestmark = pytest.mark.usefixtures("database")
ClientFor = Callable[[User], FlaskClient]
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
LINE = re.compile(r"^(\d+)\+? .*\nhttp://localhost:8000(/\S*)$", re.MULTILINE)


def staff(role: Role = Role.AGENCY_WORKER, **values: object) -> User:
    return make_user(role, created_at=datetime(2026, 1, 5, tzinfo=UTC), **values)  # type: ignore[arg-type]


def digests() -> list[Email]:
    enter_scope(SYSTEM)
    rows = db.session.scalars(sa.select(OutboxEmail).where(OutboxEmail.template == "digest"))
    return [row.email for row in rows]


def counts_in(email: Email) -> dict[str, int]:
    """Address to count, as the email says them."""
    return {path: int(count) for count, path in LINE.findall(render(email)[1])}


def test_what_needs_a_worker_reaches_them_in_the_morning(app: Flask) -> None:
    worker = staff()
    make_sent(make_service(worker.agency))
    assert write_digests(MONDAY) == 1
    (email,) = digests()
    assert (email.address, email.user_id) == (worker.email, worker.id)
    assert counts_in(email) == {"/referrals?tab=new": 1, "/referrals?tab=to_decide": 1}
    assert "this email names nobody" in render(email)[1]


def test_there_is_one_digest_a_day_however_often_the_worker_asks() -> None:
    worker = staff()
    make_sent(make_service(worker.agency))
    assert [write_digests(MONDAY), write_digests(MONDAY + timedelta(hours=3))] == [1, 0]
    assert write_digests(MONDAY + timedelta(days=1)) == 1
    assert [email.key for email in digests()] == [
        f"digest:2026-11-23:user:{worker.id}",
        f"digest:2026-11-24:user:{worker.id}",
    ]


def test_nothing_is_sent_to_whom_nothing_waits_for_not_even_later_that_day() -> None:
    worker = staff()
    assert write_digests(MONDAY) == 0
    make_sent(make_service(worker.agency))
    assert write_digests(MONDAY + timedelta(hours=1)) == 0
    assert digests() == []


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 7, 29, tzinfo=UTC),
        datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        datetime(2026, 12, 25, 9, 0, tzinfo=UTC),
        datetime(2026, 12, 28, 9, 0, tzinfo=UTC),
        datetime(2026, 7, 20, 6, 29, tzinfo=UTC),
    ],
    ids=["too early", "Saturday", "Sunday", "Christmas", "Boxing Day’s substitute", "too early in summer"],
)
def test_no_digest_leaves_before_half_past_seven_or_on_a_day_off(moment: datetime) -> None:
    make_sent(make_service(staff().agency))
    assert write_digests(moment) == 0


def test_summer_time_counts() -> None:
    make_sent(make_service(staff().agency))
    db.session.execute(sa.update(User).values(digested_on=None))
    assert write_digests(datetime(2026, 7, 20, 6, 30, tzinfo=UTC)) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"digest": False},
        {"suspended_at": MONDAY - timedelta(days=3)},
        {"created_at": MONDAY + timedelta(hours=1)},
    ],
    ids=["switched off", "left", "came after it went out"],
)
def test_who_does_not_get_one(values: dict[str, object]) -> None:
    worker = make_user(Role.AGENCY_WORKER, **{"created_at": MONDAY - timedelta(days=30)} | values)  # type: ignore[arg-type]
    make_sent(make_service(worker.agency))
    assert write_digests(MONDAY + timedelta(hours=2)) == 0


def test_staff_of_a_closed_agency_get_none() -> None:
    worker = staff(agency=make_agency(closed_on=date(2026, 11, 20)))
    make_sent(make_service(worker.agency))
    assert write_digests(MONDAY) == 0


def test_who_is_away_gets_none_until_they_are_back() -> None:
    worker = staff()
    make_sent(make_service(worker.agency))
    db.session.add(Absence(user_id=worker.id, from_on=date(2026, 11, 20), to_on=date(2026, 11, 23)))
    db.session.flush()
    assert write_digests(MONDAY) == 0
    assert write_digests(MONDAY + timedelta(days=1)) == 1


def test_a_digest_speaks_its_readers_language() -> None:
    worker = staff(language="cy")
    service = make_service(worker.agency)
    for _n in range(2):
        make_sent(service)
    write_digests(MONDAY)
    subject, text, _html = render(digests()[0])
    assert subject == "Beth sydd angen eich sylw heddiw"
    assert "2 atgyfeiriad newydd\n" in text
    assert "new referral" not in text


def make_work(officer: User, sergeant: User, worker: User) -> None:
    """Something of everything that a digest counts, some of it more than once."""
    service = make_service(worker.agency)
    today = london_date(datetime.now(UTC))
    for late_from in (today - timedelta(days=1), today, None):
        make_sent(service, by=officer).late_from = late_from
    for by in (officer, officer, sergeant):
        actions.decline(make_sent(service, by=by), worker, datetime.now(UTC), reason="no_capacity")
    for by in (officer, sergeant):
        actions.ask(make_sent(service, by=by), worker, datetime.now(UTC), words="«Ble?»")
    challenged = make_sent(service, by=officer)
    actions.decline(challenged, worker, datetime.now(UTC), reason="no_capacity")
    challenge(challenged, sergeant, datetime.now(UTC), words="«Pam?»")
    make_proposal(service, by=sergeant)
    actions.write_message(challenged, worker, datetime.now(UTC), "«Helo»", "told")
    make_chase(make_sent(service, by=officer), officer, "«Pryd?»")
    for days in (10, 15):
        make_person(police_om_id=officer.id).spells[0].review_on = today - timedelta(days=days)
    db.session.flush()


def test_each_count_is_what_the_list_behind_it_shows(client_for: ClientFor) -> None:
    agency = make_agency()
    worker, manager = staff(agency=agency), staff(Role.AGENCY_MANAGER, agency=agency)
    officer, sergeant = staff(Role.IOM_OFFICER), staff(Role.IOM_MANAGER)
    make_work(officer, sergeant, worker)
    assert write_digests(MONDAY) == 4
    readers = {user.id: user for user in (worker, manager, officer, sergeant)}
    told: set[str] = set()
    for email in digests():
        assert email.user_id is not None
        client = client_for(readers[email.user_id])
        for path, count in counts_in(email).items():
            assert _shown(client, path) == count, path
        told |= {name for name, count in email.params.items() if count}
    assert told >= set(NAMES) - {"due", "ending", "today", "unrecorded", "stranded", "access"}


def _shown(client: FlaskClient, path: str) -> int:
    if path == "/#chases":
        return len(re.findall(r'href="/referrals/[A-Z2-9]{8}/chases/', client.get("/").text))
    if path == "/access":
        reviews = re.findall(r'href="(/access/reviews/[a-z0-9-]+)"', client.get(path).text)
        return sum(client.get(review).text.count('name="users"') for review in reviews)
    links = re.findall(
        r'href="(/referrals/[A-Z2-9]{8}|/agreements/[0-9]+|/people/[0-9]+/review)"', client.get(path).text
    )
    return len(set(links))


def test_whoever_covers_has_the_colleagues_work_beside_their_own(client_for: ClientFor) -> None:
    away, cover = staff(Role.IOM_OFFICER), staff(Role.IOM_OFFICER)
    worker = make_user(Role.AGENCY_WORKER, digest=False)
    for by in (away, cover):
        actions.ask(make_sent(make_service(worker.agency), by=by), worker, datetime.now(UTC), words="«Ble?»")
    for day in {MONDAY.date(), london_date(datetime.now(UTC))}:
        db.session.add(Absence(user_id=away.id, cover_id=cover.id, from_on=day, to_on=day))
    db.session.flush()
    assert write_digests(MONDAY) == 1
    (email,) = digests()
    assert email.user_id == cover.id
    assert counts_in(email) == {"/referrals?tab=asked&mine=1": 2}
    assert _shown(client_for(cover), "/referrals?tab=asked&mine=1") == 2


def test_restricted_and_foreign_cases_are_not_counted() -> None:
    agency = make_agency()
    housing, health = make_service(agency), make_service(agency, needs=("mental_health",))
    staff(agency=agency, every_service=False, services=[housing])
    sergeant = staff(Role.IOM_MANAGER)
    decider, referrer = make_user(Role.AGENCY_WORKER, agency=agency, digest=False), make_user(digest=False)
    for person in (make_person(area=area(GWENT)), make_person(restricted=True), make_person()):
        sent = make_sent(health, person=person, by=referrer)
        actions.decline(sent, decider, datetime.now(UTC), reason="no_capacity")
    make_sent(health, by=referrer)
    assert write_digests(MONDAY) == 1
    (email,) = digests()
    assert email.user_id == sergeant.id
    assert counts_in(email) == {"/referrals?tab=declined": 1}


def test_the_worker_knows_the_work_of_this_room(app: Flask) -> None:
    assert "portal.reminders.digest.write_digests" in jobs._works


def test_two_workers_at_once_write_one_digest_for_each(committed_app: Flask) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        agency = make_agency()
        for _n in range(30):
            staff(agency=agency)
        make_sent(make_service(agency))
        db.session.commit()
        db.session.remove()
    begin, written = threading.Barrier(2), []

    def work() -> None:
        with committed_app.app_context():
            enter_scope(SYSTEM)
            begin.wait()
            written.append(write_digests(MONDAY))

    threads = [threading.Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with committed_app.app_context():
        keys = [email.key for email in digests()]
        db.session.remove()
    assert sum(written) == len(keys) == len(set(keys)) == 30
