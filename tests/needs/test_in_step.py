"""Where a need stands, worked out by hand for each thing that can happen to its referrals and each thing said of it."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError

from portal.access import Role
from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import SYSTEM, Scope, as_owner, db, enter_scope
from portal.needs import actions as needs
from portal.needs.upkeep import find_first_fault
from portal.people.models import NeedStatement, Person, PersonNeed
from portal.referrals import actions, states
from portal.referrals.models import Referral
from tests.factories import make_person, make_sent, make_service, make_user
from tests.referrals.paper import ACT, WAYS, bring

AGENCIES = ("agency_worker", "agency_manager")
MARCH = datetime(2026, 3, 2, 10, tzinfo=UTC)


def day(number: int) -> date:
    return date(2026, 3, number)


def at(number: int) -> datetime:
    return MARCH.replace(day=number)


@pytest.fixture
def service(database: None) -> Service:
    return make_service()


@pytest.fixture
def people(service: Service) -> dict[str, User]:
    agency = {role: make_user(role, service.agency) for role in ("agency_worker", "agency_manager")}
    return {
        **agency,
        "iom_officer": make_user("iom_officer"),
        "iom_manager": make_user("iom_manager"),
        "system": make_user("system"),
    }


def need_of(person: Person, code: str = "housing") -> PersonNeed:
    return db.session.scalars(
        sa.select(PersonNeed)
        .where(PersonNeed.person_id == person.id, PersonNeed.need_code == code)
        .execution_options(populate_existing=True)
    ).one()


def state(person: Person) -> str:
    return need_of(person).state


# After each state of the paper, and each move out of it, where the need stands.
STANDS = {
    "sent": "referred",
    "acknowledged": "referred",
    "information_requested": "referred",
    "accepted": "referred",
    "in_service": "being_met",
    "declined": "referred",
    "challenged": "referred",
    "closed": "met",
    "withdrawn": "identified",
    "paused": "referred",
}
MOVES = [
    ("sent", "acknowledge", "agency_worker", "referred"),
    ("sent", "ask", "agency_worker", "referred"),
    ("information_requested", "answer", "iom_officer", "referred"),
    ("acknowledged", "accept", "agency_worker", "referred"),
    ("acknowledged", "decline", "agency_worker", "referred"),
    ("declined", "agree_decline", "iom_manager", "identified"),
    ("declined", "lapse_decline", "system", "identified"),
    ("declined", "challenge", "iom_manager", "referred"),
    ("challenged", "reverse", "agency_manager", "referred"),
    ("challenged", "uphold", "agency_manager", "identified"),
    ("accepted", "start", "agency_worker", "being_met"),
    ("accepted", "close", "agency_worker", "met"),
    ("in_service", "close", "agency_worker", "met"),
    ("in_service", "withdraw", "iom_officer", "identified"),
    ("sent", "withdraw", "iom_officer", "identified"),
    ("in_service", "pause", "agency_worker", "being_met"),
    ("sent", "pause", "iom_officer", "referred"),
    ("paused", "resume", "iom_officer", "referred"),
    ("closed", "reopen", "iom_manager", "referred"),
    ("withdrawn", "reopen", "iom_manager", "referred"),
]


@pytest.mark.parametrize("status", WAYS)
def test_the_need_stands_where_the_referral_is(
    service: Service, people: dict[str, User], status: str
) -> None:
    person = make_person()
    bring(make_sent(service, person, at=MARCH), status, people, MARCH)
    assert state(person) == STANDS[status]


@pytest.mark.parametrize(("status", "action", "role", "stands"), MOVES)
def test_each_move_takes_the_need_along(
    service: Service, people: dict[str, User], status: str, action: str, role: str, stands: str
) -> None:
    person = make_person()
    referral = make_sent(service, person, at=MARCH)
    bring(referral, status, people, MARCH)
    ACT[action](referral, people[role], at(5))
    assert state(person) == stands


def test_every_move_of_the_paper_is_among_them() -> None:
    assert {action for _status, action, _role, _stands in MOVES} == set(ACT)


OUTCOMES = [("met", "met"), ("partly_met", "not_met"), ("not_met", "not_met")]


@pytest.mark.parametrize(("outcome", "stands"), OUTCOMES)
def test_an_outcome_is_what_the_agency_closed_it_with(
    service: Service, people: dict[str, User], outcome: str, stands: str
) -> None:
    person = make_person()
    referral = make_sent(service, person, at=at(2))
    bring(referral, "in_service", people, at(3))
    actions.close(referral, people["agency_worker"], at(9), outcome=outcome, reason="completed")
    need = need_of(person)
    assert (need.state, need.changed_on) == (stands, day(9))
    assert (need.identified_on, need.referred_on, need.accepted_on, need.started_on) == (
        day(2), day(2), day(3), day(3),
    )  # fmt: skip


ENDS: list[tuple[str, str, str]] = [
    ("decline", "not_wanted", "declined_by_person"),
    ("decline", "already_receiving", "identified"),
    ("decline", "no_capacity", "identified"),
    ("withdraw", "agreement_withdrawn", "declined_by_person"),
    ("withdraw", "met_another_way", "met"),
    ("withdraw", "custody", "identified"),
    ("withdraw", "disengaged", "identified"),
    ("withdraw", "sent_in_error", "identified"),
]


def end(referral: Referral, how: str, reason: str, people: dict[str, User], when: datetime) -> None:
    if how == "withdraw":
        actions.withdraw(referral, people["iom_officer"], when, reason=reason)
        return
    actions.decline(referral, people["agency_worker"], when, reason=reason)
    ACT["agree_decline"](referral, people["iom_manager"], when)


@pytest.mark.parametrize(("how", "reason", "stands"), ENDS)
def test_an_end_without_an_outcome_says_what_its_reason_says(
    service: Service, people: dict[str, User], how: str, reason: str, stands: str
) -> None:
    person = make_person()
    end(make_sent(service, person, at=at(2)), how, reason, people, at(6))
    assert state(person) == stands
    assert need_of(person).referred_on == (None if reason == "sent_in_error" else day(2))


def test_of_several_the_furthest_live_one_decides(service: Service, people: dict[str, User]) -> None:
    person, other = make_person(), make_service()
    first, second = make_sent(service, person, at=at(2)), make_sent(other, person, at=at(4))
    bring(first, "in_service", people, at(5))
    assert state(person) == "being_met"
    end(second, "withdraw", "met_another_way", people, at(6))
    assert state(person) == "being_met"
    actions.close(first, people["agency_worker"], at(8), outcome="not_met", reason="completed")
    assert (state(person), need_of(person).changed_on) == ("not_met", day(8))


def test_a_silent_end_takes_back_what_was_said_before_it_was_sent_and_not_what_was_said_since(
    service: Service, people: dict[str, User]
) -> None:
    person = make_person()
    beside = make_sent(make_service(), person, at=at(2))
    helped = make_sent(service, person, at=at(2))
    bring(helped, "in_service", people, at(3))
    actions.close(helped, people["agency_worker"], at(8), outcome="met", reason="completed")
    assert state(person) == "referred"
    end(beside, "withdraw", "no_answer", people, at(9))
    assert (state(person), need_of(person).changed_on) == ("met", day(8))
    again = make_sent(make_service(), person, at=at(12))
    assert state(person) == "referred"
    end(again, "decline", "no_capacity", people, at(15))
    assert (state(person), need_of(person).changed_on) == ("identified", day(15))


def test_a_need_that_was_met_and_is_referred_again_begins_anew(
    service: Service, people: dict[str, User]
) -> None:
    person = make_person()
    referral = make_sent(service, person, at=at(2))
    bring(referral, "closed", people, at(5))
    make_sent(make_service(), person, at=at(20))
    need = need_of(person)
    assert (need.identified_on, need.referred_on, need.accepted_on) == (day(20), day(20), None)
    [before] = db.session.scalars(sa.select(NeedStatement))
    assert (before.state, before.on_day, before.by_id) == ("identified", day(2), None)
    assert state(person) == "referred"


def test_what_an_officer_says_holds_until_a_referral_is_live(
    service: Service, people: dict[str, User]
) -> None:
    person, officer = make_person(), people["iom_officer"]
    person.needs = [PersonNeed(need_code="housing", identified_on=day(2), changed_on=day(2))]
    db.session.flush()
    for said in ("met", "not_met", "declined_by_person"):
        needs.say(person, "housing", said, on_day=day(4), words="«Gan ei deulu»", by_id=officer.id)
        assert (state(person), need_of(person).changed_on) == (said, day(4))
    needs.say(person, "housing", "identified", on_day=day(6), words="", by_id=officer.id)
    assert (state(person), need_of(person).identified_on) == ("identified", day(6))
    make_sent(service, person, at=at(7))
    assert state(person) == "referred"
    with pytest.raises(needs.LiveReferral):
        needs.say(person, "housing", "met", on_day=day(8), words="", by_id=officer.id)
    assert state(person) == "referred"


def test_not_met_and_identified_again_is_the_same_need(people: dict[str, User]) -> None:
    person, officer = make_person(), people["iom_officer"]
    person.needs = [PersonNeed(need_code="housing", identified_on=day(2), changed_on=day(2))]
    db.session.flush()
    for said in ("not_met", "identified"):
        needs.say(person, "housing", said, on_day=day(9), words="", by_id=officer.id)
    assert (state(person), need_of(person).identified_on) == ("identified", day(2))


def test_an_agency_moves_the_need_that_it_can_neither_read_nor_write(
    service: Service, people: dict[str, User]
) -> None:
    person = make_person()
    referral = make_sent(service, person, at=MARCH)
    agency = Scope("agency", people["agency_worker"].id, service.agency_id, area_ids=None, service_ids=None)
    enter_scope(agency)
    bring(referral, "in_service", people, at(4))
    db.session.flush()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonNeed)) == 0
    enter_scope(SYSTEM)
    assert state(person) == "being_met"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE person_need SET state = 'met'",
        "UPDATE person_need SET referred_on = NULL",
        "UPDATE need_statement SET words = ''",
        "DELETE FROM need_statement",
        "SELECT rebuild_needs()",
        "SELECT * FROM need_standing",
    ],
)
def test_nobody_writes_where_a_need_stands(database: None, statement: str) -> None:
    with pytest.raises(ProgrammingError) as refused, db.session.begin_nested():
        db.session.execute(sa.text(statement))
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_a_referral_of_another_record_brings_its_need_along(service: Service) -> None:
    one, other = make_person(), make_person()
    referral = make_sent(service, other, at=MARCH)
    db.session.execute(sa.update(Referral).where(Referral.id == referral.id).values(person_id=one.id))
    assert (state(one), need_of(other).state) == ("referred", "identified")
    db.session.execute(sa.delete(PersonNeed).where(PersonNeed.person_id == one.id))
    db.session.execute(sa.update(PersonNeed).where(PersonNeed.person_id == other.id).values(person_id=one.id))
    assert state(one) == "referred"


def test_verify_finds_a_need_out_of_step(committed_app: Flask) -> None:
    """After a walk of many referrals there is none, and nothing for a rebuilding to change."""
    run = committed_app.test_cli_runner().invoke
    with committed_app.app_context(), as_owner():
        walk_many()
        db.session.commit()
        assert find_first_fault() is None
        needs = sa.text("SELECT * FROM person_need ORDER BY 1, 2")
        before = db.session.execute(needs).all()
        db.session.execute(sa.text("SELECT rebuild_needs()"))
        assert db.session.execute(needs).all() == before
    assert run(args=["verify"]).exit_code == 0
    with committed_app.app_context(), as_owner():
        db.session.execute(sa.text("UPDATE person_need SET accepted_on = '2020-01-01'"))
        db.session.commit()
    assert "the need is not where its referrals put it" in run(args=["verify"]).output
    with committed_app.app_context(), as_owner():
        db.session.execute(sa.text("DELETE FROM person_need"))
        db.session.commit()
    assert run(args=["verify"]).exit_code == 1


def walk_many() -> None:
    """Referrals of a few people to two services, each moved at random as its state allows."""
    rng = Random(19)  # noqa: S311
    services = [make_service(), make_service()]
    people = [make_person() for _ in range(6)]
    users = {role: make_user(role) for role in ("iom_officer", "iom_manager")}
    for step in range(200):
        person, service, when = rng.choice(people), rng.choice(services), MARCH + timedelta(days=step)
        live = db.session.scalars(
            sa.select(Referral).where(Referral.person_id == person.id, Referral.service_id == service.id)
        ).all()
        referral = rng.choice(live) if live else None
        if referral is None or (referral.status in ("closed", "withdrawn") and rng.random() < 0.5):
            with contextlib.suppress(actions.AlreadyLive):
                make_sent(service, person, users["iom_officer"], at=when)
            continue
        agency = {
            role: users.setdefault(f"{role} {service.id}", make_user(role, service.agency))
            for role in AGENCIES
        }
        everyone = [*agency.values(), users["iom_officer"], users["iom_manager"]]
        by = rng.choice(everyone)
        may = [a for a in states.allowed(states.Status(referral.status), Role(by.role)) if a in ACT]
        if may:
            with contextlib.suppress(actions.AlreadyLive):
                ACT[rng.choice(may)](referral, by, when)
