"""Unusual reading: what the rules say, who is asked about whom, and what a manager answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import Absence, User
from portal.accounts.queries import scope_of
from portal.db import SYSTEM, db, enter_scope
from portal.people.models import PersonReader
from portal.trace.unusual_finding import find_unusual
from portal.trace.unusual_models import UnusualReading
from portal.trace.unusual_rules import LIMITS, Attempt, Finding, Opening, Readings, find
from portal.trace.unusual_wording import RULES, sentence
from tests.factories import GWENT, area, make_agency, make_person, make_user

Clients = Callable[[User], FlaskClient]
DAY = date(2026, 3, 11)  # a Wednesday


def at(hour: float, days_ago: int = 0) -> datetime:
    return datetime.combine(DAY, datetime.min.time()) + timedelta(hours=hour) - timedelta(days=days_ago)


def rules(
    openings: list[Opening] | None = None, refused: list[Attempt] | None = None, elsewhere: list[Attempt] | None = None,
    role: str = "iom_officer",
) -> dict[str, Finding]:  # fmt: skip
    roles = dict.fromkeys(range(100), role)
    read = Readings(openings or [], refused or [], elsewhere or [], roles, lambda day: day.weekday() > 4)
    return {one.rule: one for one in find(read, DAY)}


def usual(people: int, user: int = 1, *, own: bool = True) -> list[Opening]:
    """Twenty working days, each with so many people opened from nine to five."""
    days = [ago for ago in range(1, 29) if (DAY - timedelta(ago)).weekday() < 5]
    return [Opening(user, 1000 + n, at(9 + n % 8, ago), own) for ago in days for n in range(people)]


def today(people: int, *, own: bool = True, hours: int = 8, start: int = 9, step: int = 3) -> list[Opening]:
    return [Opening(1, 2000 + step * n, at(start + n % hours), own) for n in range(people)]


def test_an_ordinary_day_is_nothing() -> None:
    assert rules([*usual(12), *today(14), *today(3, own=False)]) == {}


def test_many_in_a_day_against_their_own_and_others_weeks() -> None:
    found = rules([*usual(8), *usual(9, user=2), *today(LIMITS["day"]["people"])])
    assert found["day"].facts == {"people": 30, "own": 8, "peers": 9}
    assert "day" not in rules([*usual(8), *today(29)])
    assert "day" not in rules([*usual(10), *today(30)])
    assert "day" not in rules([*usual(3), *usual(12, user=2), *today(33)])


def test_many_in_an_hour() -> None:
    assert rules([*usual(8), *today(18, hours=1)])["hour"].facts["people"] == 18
    assert "hour" not in rules([*usual(8), *today(18, hours=2)])


def test_many_who_are_not_their_own() -> None:
    assert rules([*usual(8), *today(12, own=False)])["not_own"].facts == {"people": 12, "own": 0}
    assert "not_own" not in rules([*usual(8), *today(12)])
    assert "not_own" not in rules([*usual(6, own=False), *today(13, own=False)])


def test_at_night_unless_that_is_their_shift() -> None:
    night = today(5, own=False, start=22, hours=1)
    assert rules(night)["night"].facts == {"people": 5, "usual": 0}
    after_midnight = [Opening(1, 3000 + n, at(26)) for n in range(5)]
    assert "night" in rules(after_midnight)
    shifts = [Opening(1, n, at(22, ago), own=True) for ago in (7, 8, 9) for n in range(3)]
    assert "night" not in rules([*shifts, *night])
    strange = [Opening(1, n, at(22, ago), own=False) for ago in (7, 8, 9) for n in range(3)]
    assert "night" in rules([*strange, *night])


def test_the_same_person_again_without_work() -> None:
    looks = [Opening(1, 5, at(10, ago)) for ago in (0, 3, 9)]
    found = rules(looks)["repeat"]
    assert (found.person_id, found.facts) == (5, {"times": 3, "days": 3})
    assert "repeat" in rules([Opening(1, 5, at(hour)) for hour in (9, 11, 13, 15)])
    assert "repeat" not in rules([Opening(1, 5, at(9 + n / 10)) for n in range(5)])
    assert "repeat" not in rules([Opening(1, 5, one.at, own=True) for one in looks])
    assert "repeat" not in rules([Opening(1, 5, one.at, worked=True) for one in looks])
    assert "repeat" not in rules([Opening(1, 5, at(10, ago)) for ago in (0, 3, 10)])
    assert "repeat" not in rules(looks, role="iom_manager")


def test_one_after_another() -> None:
    assert rules(today(6, own=False, hours=1, step=1))["run"].facts == {"people": 6}
    assert "run" not in rules(today(6, own=False, hours=1, step=2))
    assert "run" not in rules(today(6, hours=1, step=1))


def test_refused_by_number() -> None:
    assert rules(refused=[Attempt(1, at(9), 7 * n) for n in range(1, 6)])["refused"].facts == {"times": 5}
    assert "refused" in rules(refused=[Attempt(1, at(9), n) for n in (7, 8, 9)])
    assert rules(refused=[Attempt(1, at(9), n) for n in (7, 9, 11, 13)]) == {}


def test_looks_into_other_areas() -> None:
    assert "elsewhere" in rules(elsewhere=[Attempt(1, at(9), found=True)] * 6)
    assert "elsewhere" in rules(
        elsewhere=[Attempt(1, at(9, n), found=True) for n in range(5) for _twice in (1, 2)]
    )
    assert "elsewhere" in rules(elsewhere=[Attempt(1, at(9))] * 3)
    assert rules(elsewhere=[Attempt(1, at(9), found=True)] * 5) == {}


def test_one_person_read_by_many() -> None:
    found = rules([Opening(user, 5, at(10)) for user in range(1, 6)])["many"]
    assert (found.person_id, found.user_id, found.facts) == (5, None, {"readers": 5})
    assert "many" not in rules([Opening(user, 5, at(10), own=user == 1) for user in range(1, 6)])


def test_every_rule_has_a_sentence(app: object) -> None:
    facts = {"people": 2, "times": 2, "readers": 2, "week": 3, "nobody": 1, "own": 1, "peers": 1}
    with app.app_context():  # type: ignore[attr-defined]
        for rule in RULES:
            assert "2" in sentence(rule, facts), rule
        assert sentence("day", {"people": 40}) == "Opened the records of 40 people in one day."


def log(user: User, action: str, subject: str, number: int) -> None:
    db.session.execute(
        sa.text("SELECT write_audit(:who, :what, :about, ARRAY[:id]::bigint[], NULL, NULL, '{}')"),
        {"who": user.id, "what": action, "about": subject, "id": number},
    )


@pytest.mark.usefixtures("database")
def test_the_worker_finds_it_in_the_log_and_says_it_once() -> None:
    officer, colleague = make_user(), make_user()
    for _n in range(12):
        log(officer, "person.read", "person", make_person().id)
        log(officer, "person.read", "person", make_person(police_om_id=officer.id).id)
        log(colleague, "person.read", "person", make_person(probation_om_id=colleague.id).id)
    log(colleague, "person.refused", "refused_person", 7)
    db.session.commit()
    noon = datetime.now(UTC) + timedelta(minutes=5)
    assert find_unusual(noon) == len(flags()) > 0
    assert find_unusual(noon) == 0
    kinds = {(flag.rule, flag.user_id, flag.facts["people"]) for flag in flags() if flag.rule == "not_own"}
    assert kinds == {("not_own", officer.id, 12)}
    assert {flag.area_ids[0] for flag in flags()} == {area().id}


@pytest.mark.usefixtures("database")
def test_cover_for_a_colleague_and_work_on_the_person_make_it_their_own() -> None:
    officer, away = make_user(), make_user()
    days = {"from_on": date.today() - timedelta(3), "to_on": date.today() + timedelta(3)}  # noqa: DTZ011
    db.session.add(Absence(user_id=away.id, cover_id=officer.id, **days))
    for _n in range(12):
        log(officer, "person.read", "person", make_person(police_om_id=away.id).id)
    db.session.commit()
    find_unusual(datetime.now(UTC) + timedelta(minutes=5))
    assert [flag for flag in flags() if flag.rule == "not_own"] == []


def flags() -> list[UnusualReading]:
    return list(db.session.scalars(sa.select(UnusualReading).order_by(UnusualReading.id)))


def make_flag(user: User | None = None, **values: object) -> UnusualReading:
    where = {"area_ids": [one.id for one in user.areas], "agency_id": user.agency_id} if user else {}
    flag = UnusualReading(
        **{
            "rule": "day",
            "on_day": DAY,
            "facts": {"people": 40},
            "user_id": user.id if user else None,
            **where,
        }
        | values  # type: ignore[arg-type]
    )
    db.session.add(flag)
    db.session.commit()
    return flag


def seen_by(user: User) -> set[int]:
    enter_scope(scope_of(user.id))
    found = set(db.session.scalars(sa.select(UnusualReading.id)))
    enter_scope(SYSTEM)
    return found


@pytest.mark.usefixtures("database")
def test_managers_are_asked_about_their_own_staff_and_nobody_about_themselves() -> None:
    agency = make_agency()
    officer, manager, head = make_user(), make_user(Role.IOM_MANAGER), make_user("agency_manager", agency)
    worker = make_user("agency_worker", agency)
    hidden, person = make_person(restricted=True), make_person()
    named = make_user(Role.IOM_MANAGER)
    db.session.add(PersonReader(person_id=hidden.id, user_id=named.id))
    about_officer, about_worker, about_manager = map(make_flag, (officer, worker, manager))
    crowd = make_flag(rule="many", person_id=person.id, area_ids=[area().id])
    hidden_crowd = make_flag(rule="many", person_id=hidden.id, area_ids=[area().id])
    assert seen_by(manager) == {about_officer.id, crowd.id}
    assert seen_by(named) == {about_officer.id, about_manager.id, crowd.id, hidden_crowd.id}
    assert seen_by(head) == {about_worker.id}
    assert seen_by(make_user(Role.ADMINISTRATOR)) == {flag.id for flag in flags()}
    for other in (
        officer,
        worker,
        make_user(Role.IOM_MANAGER, areas=[area(GWENT)]),
        make_user("agency_manager"),
        make_user(Role.ANALYST),
    ):
        assert seen_by(other) == set(), other.role


@pytest.mark.usefixtures("database")
def test_a_manager_answers_and_it_is_written_down(client_for: Clients) -> None:
    officer, manager = make_user(name="Nia Swyddog"), make_user(Role.IOM_MANAGER)
    flag = make_flag(officer)
    client, path = client_for(manager), f"/access/unusual/{flag.id}"
    assert "Unusual reading" in client.get("/").text
    assert "Nia Swyddog" in client.get("/access/unusual").text
    version = str(flag.version)
    for wrong in ({}, {"answer": "explained"}, {"answer": "x", "words": "y"}):
        assert client.post(path, data=wrong | {"version": version}).status_code == 422
    answer = {"answer": "explained", "words": "Cyfarfod", "version": version}
    assert client.post(path, data=answer).status_code == 302
    assert (flag.answer, flag.words, flag.answered_by_id) == ("explained", "Cyfarfod", manager.id)
    assert client.post(path, data=answer | {"answer": "talk"}).status_code == 409
    assert "Nia Swyddog" not in client.get("/access/unusual").text
    assert "Nia Swyddog" in client.get("/access/unusual?show=answered").text
    logged = sa.text("SELECT detail FROM audit_entry WHERE action = 'unusual.answered'")
    assert db.session.scalars(logged).all() == [{"answer": "explained", "rule": "day"}]
    assert "/access/unusual" not in client.get("/").text.split("<main")[1]


@pytest.mark.usefixtures("database")
def test_an_administrator_sees_who_but_no_person(client_for: Clients) -> None:
    officer, person = make_user(name="Nia Swyddog"), make_person(surname="Cyfrinach")
    flag = make_flag(officer, rule="repeat", person_id=person.id, facts={"times": 4})
    about_manager = make_flag(make_user(Role.IOM_MANAGER))
    client = client_for(make_user(Role.ADMINISTRATOR))
    for path in ("/access/unusual", f"/access/unusual/{flag.id}"):
        page = client.get(path).text
        assert "Nia Swyddog" in page
        assert "Cyfrinach" not in page
        assert f"/people/{person.id}" not in page
    said = {"answer": "talk", "words": "Siarad", "version": "1"}
    assert client.post(f"/access/unusual/{flag.id}", data=said).status_code == 403
    assert client.post(f"/access/unusual/{about_manager.id}", data=said).status_code == 302


@pytest.mark.usefixtures("database")
def test_others_find_nothing(client_for: Clients) -> None:
    flag = make_flag(make_user())
    for user, code in (
        (make_user(), 403),
        (make_user("agency_worker"), 403),
        (make_user("agency_manager"), 404),
        (make_user(Role.IOM_MANAGER, areas=[area(GWENT)]), 404),
    ):
        assert client_for(user).get(f"/access/unusual/{flag.id}").status_code == code
