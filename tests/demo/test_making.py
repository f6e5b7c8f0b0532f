"""The command `demo`: whom and what it makes, that it makes the same again, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.agencies.models import Agency, Need, Service
from portal.db import Model, as_owner, db, enter_scope
from portal.demo.making import MANY, SEED, Unfit, make_demo
from portal.people.identifiers import pnc_letter_is_wrong
from portal.people.models import Person, PersonName, PersonReader, name_rows
from portal.referrals.models import Event, Referral
from portal.referrals.queries import list_drafts
from portal.staff.queries import list_units
from tests import TODAY
from tests.factories import make_agency, make_person, make_service, make_user

Portals = Callable[[], AbstractContextManager[Flask]]
PASSWORD = "demonstration only 2026"
# Email, role, and the code of the police force or the number of the agency, as the contract names them.
ACCOUNTS = {
    "officer@demo.example": ("iom_officer", "W15000003"),
    "officer.gwent@demo.example": ("iom_officer", "W15000002"),
    "manager@demo.example": ("iom_manager", "W15000003"),
    "housing@demo.example": ("agency_worker", 0),
    "housing.manager@demo.example": ("agency_manager", 0),
    "mentalhealth@demo.example": ("agency_worker", 1),
    "substance@demo.example": ("agency_worker", 2),
    "analyst@demo.example": ("analyst", None),
    "admin@demo.example": ("administrator", None),
}


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["demo", "--as-of", TODAY.isoformat(), *arguments])


def sign_in(app: Flask, email: str):
    client = app.test_client()
    return client, client.post("/sign-in", data={"email": email, "password": PASSWORD})


def test_the_accounts_of_the_contract_are_there_and_only_they_have_a_password(demo: Flask) -> None:
    agencies = list(db.session.scalars(sa.select(Agency.id).order_by(Agency.id)))
    users = {user.email: user for user in db.session.scalars(sa.select(User))}
    for email, (role, place) in ACCOUNTS.items():
        user = users[email]
        assert user.role == role
        assert [area.code for area in user.areas] == ([place] if isinstance(place, str) else [])
        assert user.agency_id == (agencies[place] if isinstance(place, int) else None)
        assert user.every_service == isinstance(place, int)
    assert users["analyst@demo.example"].every_area
    assert {user.email for user in users.values() if user.password_hash} == set(ACCOUNTS)
    assert all(user.demo for user in users.values())


@pytest.mark.parametrize("email", ACCOUNTS)
def test_each_account_signs_in_with_its_password(made: Flask, email: str) -> None:
    client, answer = sign_in(made, email)
    assert answer.status_code == 302, answer.text
    assert client.get("/").status_code != 401


@pytest.mark.parametrize("account", ["housing", "mentalhealth", "substance"])
@pytest.mark.parametrize("tab", ["new", "to_decide", "asked", "challenged", "accepted", "open", "ended"])
def test_the_inbox_of_an_agencys_account_shows_something_on_each_tab(
    made: Flask, account: str, tab: str
) -> None:
    client, _answer = sign_in(made, f"{account}@demo.example")
    assert re.search(r'href="/referrals/[A-Z]{2}\d{4}[A-Z]{2}"', client.get(f"/referrals?tab={tab}").text)


@pytest.mark.parametrize("tab", ["waiting", "asked", "declined", "challenged", "accepted", "open", "ended"])
def test_the_officers_own_list_shows_something_on_each_tab(made: Flask, tab: str) -> None:
    client, _answer = sign_in(made, "officer@demo.example")
    assert re.search(
        r'href="/referrals/[A-Z]{2}\d{4}[A-Z]{2}"', client.get(f"/referrals?mine=1&tab={tab}").text
    )


def test_the_officer_has_two_drafts_begun(demo: Flask) -> None:
    officer = db.session.scalars(sa.select(User).where(User.email == "officer@demo.example")).one()
    assert len(list_drafts(officer.id)) == 2


def test_every_need_is_served_in_every_police_area(demo: Flask) -> None:
    everywhere, served = set(), set()
    for service in db.session.scalars(sa.select(Service)):
        for need in service.needs:
            for area in service.areas:
                (everywhere if area.kind == "country" else served).add((need.code, area.code))
    codes = set(db.session.scalars(sa.select(Need.code)))
    nationwide = {need for need, _area in everywhere}
    forces = ("W15000001", "W15000002", "W15000003", "W15000004")
    assert all(need in nationwide or (need, force) in served for need in codes for force in forces)


def test_everything_is_marked_as_demonstration(demo: Flask) -> None:
    for model in (Agency, User, Person, Referral):
        assert db.session.scalar(sa.select(sa.func.count()).where(sa.not_(model.demo))) == 0  # type: ignore[attr-defined]


def test_people_have_numbers_that_other_systems_would_accept(demo: Flask) -> None:
    with_history = Person.niche_ref.not_like("DEMOX%")  # the others have something to put right
    people = list(db.session.scalars(sa.select(Person).where(with_history)))
    assert len(people) == 180
    assert not any(pnc_letter_is_wrong(person.pnc_id) for person in people)
    assert sum(person.pnc_id is not None for person in people) > 120
    for number in ("crn", "niche_ref", "noms_number"):
        given = [getattr(person, number) for person in people if getattr(person, number)]
        assert len(set(given)) == len(given) > 80
    assert all(re.fullmatch(r"[A-Z]\d{6}", person.crn) for person in people if person.crn)
    assert all(person.age_on(TODAY - timedelta(days=548)) >= 18 for person in people)
    assert any(not name.isascii() for name in (person.forenames for person in people))


def test_some_records_have_something_to_put_right(demo: Flask) -> None:
    query = sa.text("SELECT code, count(DISTINCT id) FROM all_findings(:day) GROUP BY code")
    found = {row[0]: row[1] for row in db.session.execute(query, {"day": TODAY})}
    faults = {"no_om", "no_birth_date", "no_authority", "no_sex", "no_numbers", "pnc_letter", "pair_asked"}
    assert found.keys() >= faults | {"inactive", "review_overdue", "shares_number"}
    assert db.session.scalar(sa.select(sa.func.count()).where(Person.closed_at.is_not(None))) == 6


@pytest.mark.parametrize("email", ["manager", "housing.manager", "admin"])
def test_a_review_of_access_is_soon_due_and_none_is_late(demo: Flask, email: str) -> None:
    query = sa.select(User).where(User.email == f"{email}@demo.example")
    user = db.session.scalars(query).one()
    enter_scope(scope_of(user.id))
    units = list_units(user)
    assert units
    assert {unit.due_on for unit in units} == {TODAY + timedelta(days=10)}


def test_some_people_are_joined_from_both_sources_which_differ_on_some(demo: Flask) -> None:
    joined = set(db.session.scalars(sa.select(Person.joined_to).where(Person.joined_to.is_not(None))))
    differs = [db.session.get_one(Person, leading).differs for leading in joined]
    assert len(joined) == 6
    assert {tuple(sorted(fields)) for fields in differs} == {(), ("date_of_birth",), ("cohort", "surname")}


def test_people_are_found_by_the_words_that_the_register_itself_would_keep(demo: Flask) -> None:
    columns = ("person_id", "area_id", "word", "sound", "whole")
    kept = [
        tuple(getattr(row, name) for name in columns) for row in db.session.scalars(sa.select(PersonName))
    ]
    people = db.session.scalars(sa.select(Person).where(Person.joined_to.is_(None)))
    would_be = [tuple(row[name] for name in columns) for person in people for row in name_rows(person)]
    assert sorted(kept) == sorted(would_be)  # type: ignore[type-var]


def test_a_few_people_are_restricted_and_one_of_them_the_officer_may_see(demo: Flask) -> None:
    restricted = set(db.session.scalars(sa.select(Person.id).where(Person.restricted)))
    query = sa.select(PersonReader.person_id).join(User, User.id == PersonReader.user_id)
    seen = set(db.session.scalars(query.where(User.email == "officer@demo.example")))
    assert 3 <= len(restricted) < 20
    assert seen
    assert seen < restricted


def test_making_it_leaves_one_entry_in_the_access_log_and_no_mail(demo: Flask) -> None:
    entries = db.session.execute(
        sa.text("SELECT action, detail FROM audit_entry WHERE action = 'demo.made'")
    ).all()
    assert [entry.detail for entry in entries] == [
        {"referrals": 900, "seed": SEED, "as_of": TODAY.isoformat()}
    ]
    assert db.session.scalar(sa.text("SELECT count(*) FROM outbox")) == 0


GUARDS = """
SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
 WHERE conrelid = ANY (CAST(:tables AS regclass[]))
UNION ALL SELECT pg_get_indexdef(indexrelid) || indisvalid FROM pg_index WHERE indrelid = ANY (CAST(:tables AS regclass[]))
UNION ALL SELECT pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger
 WHERE NOT tgisinternal AND tgrelid = ANY (CAST(:tables AS regclass[]))
ORDER BY 1
"""


def test_constraints_indexes_and_triggers_are_as_before(demo: Flask, app: Flask) -> None:
    query, tables = sa.text(GUARDS), {"tables": list(MANY)}
    after = db.session.scalars(query, tables).all()
    with app.app_context(), db.engines["owner"].connect() as untouched:
        assert after == untouched.scalars(query, tables).all()
    assert len(after) > 60


def contents(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, save what is drawn by chance for safety's sake or tells when the command ran."""
    with app.app_context(), db.engines["owner"].connect() as connection:
        found = {}
        for table in Model.metadata.sorted_tables:
            columns = [column for column in table.c if column.name != "password_hash"]
            found[table.name] = [
                tuple(row) for row in connection.execute(sa.select(*columns).order_by(*table.primary_key))
            ]
        return found


def test_the_same_seed_and_day_give_the_same_data_and_another_seed_does_not(fresh_portal: Portals) -> None:
    def make(seed: int) -> dict[str, list[tuple[object, ...]]]:
        with fresh_portal() as app:
            assert run(app, "--referrals", "70", "--seed", str(seed)).exit_code == 0
            return contents(app)

    first = make(7)
    assert len(first["referral"]) == 70
    assert make(7) == first
    assert make(8)["referral"] != first["referral"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_number_can_be_made_and_work_goes_on_after_it(fresh_portal: Portals, count: int) -> None:
    with fresh_portal() as app:
        done = run(app, "--referrals", str(count))
        assert done.exit_code == 0, done.output
        with app.app_context(), as_owner():
            assert db.session.scalar(sa.select(sa.func.count()).select_from(Referral)) == count
            make_service(make_agency())
            make_user("iom_officer")
            make_person()
            db.session.rollback()


def test_an_imported_directory_before_it_is_welcome(fresh_portal: Portals) -> None:
    with fresh_portal() as app, app.app_context():
        with as_owner():
            make_service(make_agency("Imported"))
            db.session.commit()
        assert run(app, "--referrals", "40").exit_code == 0
        with as_owner():
            demo_marks = db.session.execute(sa.select(Agency.name, Agency.demo).order_by(Agency.id)).all()
            assert demo_marks[0] == ("Imported", False)
            assert all(mark for _name, mark in demo_marks[1:])
            assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) > 40


@pytest.mark.parametrize("make", [make_user, make_person])
def test_a_portal_in_use_is_refused_and_left_alone(fresh_portal: Portals, make: Callable[[], object]) -> None:
    with fresh_portal() as app:
        with app.app_context(), as_owner():
            make()
            db.session.commit()
        done = run(app)
        assert done.exit_code == 1
        assert "Error: This portal holds" in done.output
        assert run(app, "--if-empty").exit_code == 0
        with app.app_context(), as_owner():
            assert db.session.scalar(sa.select(sa.func.count()).select_from(Agency)) == 0


def test_without_the_demo_setting_nobody_can_sign_in(fresh_portal: Portals) -> None:
    with fresh_portal() as app:
        app.config["DEMO"] = False
        done = run(app, "--referrals", "0")
        assert "PORTAL_DEMO=1" in done.output
        with app.app_context(), as_owner():
            assert db.session.scalar(sa.select(sa.func.count()).where(User.password_hash.is_not(None))) == 0


@pytest.mark.parametrize("day", [date(2016, 1, 1), date(2040, 1, 1)])
def test_a_day_beyond_the_working_calendar_is_refused(fresh_portal: Portals, day: date) -> None:
    with fresh_portal() as app, app.app_context(), as_owner(), pytest.raises(Unfit, match="working calendar"):
        make_demo(10, SEED, day, with_passwords=False)


@pytest.mark.parametrize(
    "arguments", [["--referrals", "-1"], ["--referrals", "1000001"], ["--as-of", "yesterday"]]
)
def test_what_cannot_be_meant_is_refused(app: Flask, arguments: list[str]) -> None:
    assert run(app, *arguments).exit_code == 2
