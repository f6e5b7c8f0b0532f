"""The dashboard: what it counts, that each count is its list, and what those may see who see no names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.accounts.models import User
from portal.agencies.models import Area
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.needs import ages, behind, counting
from portal.needs.asking import Asked
from portal.people.models import PersonReader
from portal.people.wording import today
from tests.factories import GWENT, area, make_agency, make_person, make_sent, make_service, make_user
from tests.needs.scenes import add, make_population
from tests.referrals.paper import bring

Clients = Callable[[User], FlaskClient]


@pytest.fixture
def users(database: None) -> dict[str, User]:
    agency = make_agency()
    return {
        "agency_worker": make_user("agency_worker", agency),
        "agency_manager": make_user("agency_manager", agency),
        "iom_officer": make_user("iom_officer"),
        "iom_manager": make_user("iom_manager", areas=[area(), area(GWENT)]),
        "analyst": make_user("analyst"),
    }


def main(page: str) -> BeautifulSoup:
    found = BeautifulSoup(page, "html.parser").select_one("main")
    assert found
    return found


def counted_links(page: str) -> list[tuple[str, int]]:
    """Every link of a count: where it leads and what it says."""
    return [
        (str(link["href"]), int(re.match(r"[0-9]+", link.get_text(strip=True))[0]))  # type: ignore[index]
        for link in main(page).select("a[href^='/needs/people']")
    ]


def listed(client: FlaskClient, href: str) -> tuple[int, int]:
    """How many the list says there are, and how many lines its pages have."""
    lines, said = 0, None
    while href:
        page = client.get(href)
        assert page.status_code == 200, href
        found = main(page.text)
        lines += len(found.select("tbody tr"))
        number = re.search(r"\b([0-9]+) (person|people|needs?)\.", found.get_text(" "))
        assert number
        assert said in (None, int(number[1]))
        said = int(number[1])
        following = found.select_one("a[rel=next]")
        href = str(following["href"]) if following else ""
    return said or 0, lines


FILTERS = ["", "?cohort=fixed", "?need=housing", "?area=GWENT&need=mental_health", "?area=AUTHORITY"]


@pytest.mark.parametrize(("seed", "role"), [(1, "iom_officer"), (2, "iom_manager")])
def test_every_count_opens_exactly_those_people(
    users: dict[str, User], client_for: Clients, seed: int, role: str
) -> None:
    make_population(seed, users["iom_officer"], users)
    client, opened = client_for(users[role]), 0
    authority = db.session.scalars(sa.select(Area.id).where(Area.kind == "local_authority")).first()
    for narrowed in FILTERS:
        path = narrowed.replace("GWENT", str(area(GWENT).id)).replace("AUTHORITY", str(authority))
        page = client.get(f"/needs{path}")
        if page.status_code == 422:  # a place in which this officer does not work
            continue
        for href, number in dict(counted_links(page.text)).items():
            assert listed(client, href) == (number, number), href
            opened += 1
    assert opened > 60


@pytest.mark.parametrize("seed", range(4))
def test_the_database_counts_whom_its_lists_hold(users: dict[str, User], seed: int) -> None:
    """Cell by cell, for scopes of every kind that may see people; nobody joined, added twice, gone or hidden."""
    make_population(seed, users["iom_officer"], users, many=25)
    here = (area().id,)
    named = tuple(
        db.session.scalars(
            sa.select(PersonReader.person_id).where(PersonReader.user_id == users["iom_officer"].id)
        )
    )
    whole = Asked(today())
    for scope in (Scope("iom", 1, area_ids=here), Scope("iom", 1, area_ids=here, person_ids=named), SYSTEM):
        for asked in (whole, Asked(today(), cohort="flex"), Asked(today(), need="housing")):
            enter_scope(scope)
            for part, numbers in counting.count_people(asked).items():
                for value, number in numbers.items():
                    assert behind.count_behind(asked, behind.Chosen(part, value)) == number, (part, value)
            for each in counting.count_needs(asked)[0]:
                cells = {("step", step): number for step, number in each.steps.items()}
                cells |= {("state", state): number for state, number in each.states.items()}
                for (by, value), number in {**cells, ("unmet", "all"): each.unmet}.items():
                    assert behind.count_behind(asked, behind.Chosen(by, value, each.code)) == number
    enter_scope(SYSTEM)


def test_figures_count_restricted_people_and_give_nobody_away(users: dict[str, User]) -> None:
    make_person(restricted=True)
    make_person(area=area(GWENT))
    enter_scope(Scope("figures", 1, area_ids=None))
    assert counting.count_people(Asked(today()))["all"] == {"all": 2}
    enter_scope(Scope("figures", 1, area_ids=(area(GWENT).id,)))
    assert counting.count_people(Asked(today()))["all"] == {"all": 1}
    for scope in (Scope("none"), Scope("agency", 1, agency_id=users["agency_worker"].agency_id)):
        enter_scope(scope)
        assert counting.count_people(Asked(today()))["all"] == {"all": 0}
        assert counting.count_needs(Asked(today())) == ([], {})
        assert (
            db.session.scalar(sa.text("SELECT count(*) FROM needs_unreferred(NULL, '0001-01-01', 0, '', 9)"))
            == 0
        )
    enter_scope(SYSTEM)


def test_steps_and_waits_by_hand(users: dict[str, User]) -> None:
    """As of Monday 23 November 2026. One waits since the 9th, one since the 16th; one was helped that Monday, one met."""
    monday = date(2026, 11, 23)
    service, helped = make_service(users["agency_worker"].agency), make_person()
    for person, state, days in ((make_person(), "identified", 14), (make_person(), "identified", 7),
                                (helped, "identified", 7), (make_person(), "met", 4)):  # fmt: skip
        add(person, "housing", state, monday - timedelta(days=days))
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    bring(make_sent(service, helped, users["iom_officer"], at), "in_service", users, at)
    [need], days_of = counting.count_needs(Asked(monday))
    assert need.steps == {"identified": 4, "referred": 1, "accepted": 1, "started": 1, "met": 1}
    assert {state: number for state, number in need.states.items() if number} == {
        "identified": 2,
        "being_met": 1,
        "met": 1,
    }
    referred = days_of["housing", "referred"]
    assert (referred.total, int(referred.competing[0])) == (4, 1)
    assert (int(referred.event[5]), int(referred.censored[5]), int(referred.censored[10])) == (1, 1, 1)
    assert [days_of["housing", step].total for step in ("accepted", "started", "met")] == [1, 1, 1]
    assert int(days_of["housing", "met"].censored[0]) == 1


@pytest.mark.parametrize(
    ("born", "code"),
    [
        ("2000-02-29", "25"),
        ("2001-11-23", "25"),
        ("2001-11-24", "21"),
        ("2008-11-23", "18"),
        ("2008-11-24", "0"),
    ],
)
def test_ages_change_on_the_birthday(born: str, code: str) -> None:
    day = date(2026, 11, 23)
    first, last = ages.born_between(code, day)
    assert first <= date.fromisoformat(born) <= last


def test_analysts_see_rounded_numbers_and_no_names(users: dict[str, User], client_for: Clients) -> None:
    make_population(5, users["iom_officer"], users, many=60)
    client = client_for(users["analyst"])
    for path in ("/needs", "/needs?need=housing", "/needs?cohort=free"):
        page = main(client.get(path).text)
        assert not page.select("a[href^='/needs/people'], a[href^='/people']")
        assert "Enghraifft" not in page.text
        for cell in page.select("#needs-steps td .portal-table__value, #needs-now td .portal-table__value"):
            words = cell.get_text(strip=True)
            assert words in ("0", "too few to show") or (int(words) >= 10 and int(words) % 5 == 0)
    for path in ("/needs/people", "/needs/unreferred"):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize("role", ["agency_worker", "agency_manager"])
def test_agencies_have_no_part_in_it(users: dict[str, User], client_for: Clients, role: str) -> None:
    for path in ("/needs", "/needs/people", "/needs/unreferred", "/needs/files/needs.csv"):
        assert client_for(users[role]).get(path).status_code == 403


def test_files_hold_published_numbers_whoever_asks(users: dict[str, User], client_for: Clients) -> None:
    make_population(6, users["iom_officer"], users)
    for number in range(3):
        add(make_person(), "health", "identified", today() - timedelta(days=number))
    client = client_for(users["iom_manager"])
    page = client.get("/needs/files/needs.csv?cohort=fixed")
    rows = list(csv.DictReader(io.StringIO(page.data.decode("utf-8-sig"))))
    [health] = [row for row in rows if row["Need"] == "Health" and row["Identified"]]
    assert health["Identified"] == "too few to show"
    [now] = [row for row in rows if row["Need"] == "Health" and row["Unmet now"]]
    assert (now["To be referred"], now["Referred, waiting"], now["Identified"]) == (
        "too few to show",
        "0",
        "",
    )
    book = load_workbook(io.BytesIO(client.get("/needs/files/needs.xlsx?cohort=fixed").data))
    assert len(book.sheetnames) == 9
    logged = sa.text("SELECT detail FROM audit_entry WHERE action = 'needs.export' ORDER BY id")
    kinds = [row.detail for row in db.session.execute(logged)]
    assert kinds == [{"kind": "csv", "cohort": "fixed"}, {"kind": "xlsx", "cohort": "fixed"}]


def test_who_was_opened_is_logged(users: dict[str, User], client_for: Clients) -> None:
    person = make_person()
    add(person, "housing", "identified", today())
    db.session.commit()
    client_for(users["iom_officer"]).get("/needs/people?by=state&is=identified&of=housing")
    logged = sa.text("SELECT subject, subject_ids, detail FROM audit_entry WHERE action = 'needs.opened'")
    [row] = db.session.execute(logged)
    assert (row.subject, row.subject_ids) == ("person", [person.id])
    assert row.detail == {"figure": "state", "value": "identified", "of": "housing"}


@pytest.mark.parametrize(
    "wrong",
    [
        "by=nonsense",
        "by=state&is=x",
        "by=cohort&is=x",
        "by=state&is=met&of=x",
        "by=age&is=0&of=housing",
        "is=x",
    ],
)
def test_there_is_no_list_of_what_is_not_counted(
    users: dict[str, User], client_for: Clients, wrong: str
) -> None:
    assert client_for(users["iom_officer"]).get(f"/needs/people?{wrong}").status_code == 404


def test_a_filter_that_cannot_be_read_is_said_beside_its_box(
    users: dict[str, User], client_for: Clients
) -> None:
    client = client_for(users["iom_officer"])
    for path in ("/needs?cohort=x", f"/needs?area={area(GWENT).id}", "/needs/people?need=x"):
        page = client.get(path)
        assert page.status_code == 422
        assert "Select an answer from the list" in page.text


def test_the_pages_ask_no_more_where_there_are_more_people(
    users: dict[str, User], client_for: Clients
) -> None:
    client = client_for(users["iom_officer"])

    def statements(path: str) -> int:
        found: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            found.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            assert client.get(path).status_code == 200
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return len(found)

    add(make_person(), "housing", "identified", today())
    db.session.commit()
    for path in ("/needs", "/needs/people?by=unmet", "/needs/people", "/needs/unreferred?whose=all"):
        client.get(path)
        few = statements(path)
        for _number in range(5):
            add(make_person(), "housing", "identified", today())
        db.session.commit()
        assert statements(path) == few


def test_in_welsh(users: dict[str, User], client_for: Clients) -> None:
    make_population(7, users["iom_officer"], users)
    page = client_for(users["iom_manager"]).get("/needs?lang=cy").text
    assert "Pwy sydd ar IOM, beth sydd ei angen arnynt" in page
    assert "I’w hatgyfeirio" in page
