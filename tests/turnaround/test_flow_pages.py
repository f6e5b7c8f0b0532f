"""The pages of declines, needs, appointments and chases: what each role reads there, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.clocks.clock import LONDON
from portal.db import db
from tests.factories import GWENT, area, make_agency, make_person, make_service, make_user
from tests.hostile import HOSTILE
from tests.turnaround.flow_rows import make_appointment, make_chase, make_event, make_need
from tests.turnaround.rows import make_row, noon

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
TODAY = datetime.now(LONDON).date()
SENT = TODAY.replace(day=1) - timedelta(days=75)
PAGES = ("declines", "needs", "appointments", "chases")
PATHS = tuple(f"/turnaround/{page}" for page in PAGES)


def on(number: int) -> date:
    return SENT + timedelta(days=number)


@pytest.fixture
def nacro(database: None) -> Service:
    """40 referrals: 10 declined (8 for want of capacity, 1 reversed), 20 helped, 9 of them to the end; 10 open."""
    service = make_service(make_agency("Nacro"), name="Llety")
    by = make_user().id
    for number in range(40):
        person = make_person(cohort=None, surname=f"Cyfrinach{number}")
        make_need(person, on=on(-2))
        if number < 9:
            reason = "no_capacity" if number < 8 else "not_wanted"
            make_row(service, sent=SENT, declined=on(2), final=on(9), closed_at=noon(on(9)), person=person,
                     close_reason="decline_agreed", reason=reason, referrer_id=by)  # fmt: skip
        elif number == 9:
            row = make_row(service, sent=SENT, declined=on(2), person=person, referrer_id=by, status="accepted",
                           decision="accepted_standard", decline_reason="not_wanted", accepted_at=noon(on(9)),
                           reversed_at=noon(on(9)))  # fmt: skip
            make_event(row, "challenged", on=on(5), side="iom")
        elif number < 30:
            _help(service, person, by, met=number < 19)
        else:
            row = make_row(service, sent=SENT, person=person, referrer_id=by)
            make_chase(row, at=on(20), answered=on(22), changed="answered")
    return service


def _help(service: Service, person: Any, by: int, *, met: bool) -> None:
    ended = {"status": "closed", "ended_from": "in_service", "outcome": "met", "close_reason": "completed",
             "closed_at": noon(on(40))}  # fmt: skip
    row = make_row(service, sent=SENT, standard=on(3), started_at=noon(on(12)), person=person, referrer_id=by,
                   first_offer_at=noon(on(3)), **(ended if met else {"status": "in_service"}))  # fmt: skip
    make_appointment(row, offered=on(3), at=on(12), state="kept" if met else "offered")


def text(page: str) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(page, "html.parser").get_text(" "))


def row(page: str, table: str, label: str) -> list[str]:
    """The cells of a row, without their headings and what only screen readers say."""
    soup = BeautifulSoup(page, "html.parser")
    for hidden in soup.select(".portal-table__value .govuk-visually-hidden"):
        hidden.decompose()
    for found in soup.select(f"#{table} tbody tr"):
        if found.th and found.th.get_text(strip=True) == label:
            values = found.select(".portal-table__value")
            return [re.sub(r"\s+", " ", value.get_text(" ", strip=True)) for value in values]
    raise AssertionError(f"no row {label!r} in {table!r}: {text(page)}")


def test_declines_by_cause_and_what_became_of_them(client_for: Clients, nacro: Service) -> None:
    page = client_for(make_user("iom_manager")).get("/turnaround/declines").text
    assert "Of the referrals sent, 10 of 40 (25%) were declined." in text(page)
    assert "Of the declines, 8 of 10 (80%) were for a reason about the agency." in text(page)
    assert "Of the declines, agencies reversed 1 of 10 (10%)." in text(page)
    assert row(page, "declines-by-cause", "Nacro") == [
        "40",
        "10",
        "10 of 40 25%, likely 14% to 40%",
        "8",
        "2",
        "0",
        "0",
    ]
    assert row(page, "declines-by-reason", "No capacity") == ["About the agency", "8", "8 of 10 80%"]
    assert row(page, "declines-by-reason", "No local connection") == ["About the person", "0", "0 of 10 0%"]
    assert row(page, "barriers", "Nacro") == ["8", "0", "0", "0"]
    assert row(page, "after-declines", "Nacro") == ["10", "1", "0", "9", "0", "0", "1", "0"]


def test_needs_from_identified_to_met(client_for: Clients, nacro: Service) -> None:
    make_need(make_person(), on=on(-2))
    page = client_for(make_user("iom_manager")).get("/turnaround/needs").text
    assert "Of the needs identified in the period, 40 of 41 (98%) have been referred." in text(page)
    assert "Of the referrals closed with an outcome, 9 of 9 (100%) ended with the need met." in text(page)
    assert row(page, "needs", "Housing") == ["41", "40", "21", "20", "9", "1"]
    assert row(page, "referrals", "Nacro") == ["40", "21", "20", "9", "0", "9", "22"]
    assert row(page, "outcomes", "Nacro") == ["9", "9", "0", "0", "9 of 9 100%, likely 70% to 100%"]


def test_appointments_that_nobody_recorded_are_not_kept(client_for: Clients, nacro: Service) -> None:
    page = client_for(make_user("iom_manager")).get("/turnaround/appointments?days=calendar").text
    assert "Of the appointments whose time has come, 9 of 20 (45%) were attended." in text(page)
    assert "Of those, nothing is recorded of 11 of 20 (55%): they do not count as kept." in text(page)
    kept = row(page, "attendance", "Nacro")
    assert kept == ["20", "20", "9", "0", "0", "0", "11", "9 of 20 45%, likely 26% to 66%"]
    offered = row(page, "first-offers", "Nacro")
    assert offered[0] == "40"
    assert all(" 50%" in share for share in offered[1:4])
    assert offered[4] == "3"


def test_chases_and_that_they_prove_nothing(client_for: Clients, nacro: Service) -> None:
    page = client_for(make_user("iom_manager")).get("/turnaround/chases?days=calendar").text
    assert "Of the referrals sent, IOM pressed for an answer or quicker access on 10 of 40 (25%)." in text(
        page
    )
    assert "This is what followed a chase, not what it caused" in text(page)
    assert row(page, "chases", "Nacro") == [
        "40",
        "10",
        "10 of 40 25%, likely 14% to 40%",
        "10",
        "0",
        "0",
        "0",
    ]
    after = row(page, "after-chases", "Nacro")
    assert after == [
        "10",
        "10",
        "10 of 10 100%, likely 72% to 100%",
        "2",
        "10",
        "0 of 10 0%, likely 0% to 28%",
    ]
    assert row(page, "changes", "IOM has an answer") == ["10", "0", "0", "10"]
    assert row(page, "beside", "Nacro") == ["40", "0", "0", "0", "0", "1", "0", "0"]


def test_in_welsh(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager", language="cy"))
    page = client.get("/turnaround/declines").text
    assert '<h1 class="govuk-heading-l">Gwrthodiadau</h1>' in page
    assert "O’r atgyfeiriadau a anfonwyd, gwrthodwyd 10 o 40 (25%)." in text(page)
    assert row(page, "declines-by-reason", "Dim capasiti")[0] == "Ynghylch yr asiantaeth"
    assert "mynychwyd 9 o 20 (45%)" in text(client.get("/turnaround/appointments").text)


def test_an_analyst_reads_no_small_number_and_no_name(client_for: Clients, nacro: Service) -> None:
    small = make_service(make_agency("Bach"), needs=("health",))
    for number in range(3):
        person = make_person(surname=f"Cudd{number}", restricted=True)
        make_need(person, "health", on=on(-2))
        made = make_row(
            small, sent=SENT, declined=on(2), reason="offence_excluded", status="declined", person=person
        )
        make_chase(made, at=on(1))
        make_appointment(made, offered=on(1), at=on(1), state="kept")
    client = client_for(make_user("analyst"))
    pages = {page: client.get(f"/turnaround/{page}").text for page in PAGES}
    for page in pages.values():
        assert not re.search("Cyfrinach|Cudd|Enghraifft", page)
        for cell in BeautifulSoup(page, "html.parser").select("main td"):
            heading, value = (
                found.get_text(" ", strip=True) for found in cell.select("span[class^=portal-table]")
            )
            of_days = heading.startswith(("From ", "Half "))
            assert of_days or not re.search(r"(?<![\d%])[1-7](?![\d%])", value), (heading, value)
    assert set(row(pages["declines"], "declines-by-cause", "Bach")[1:4]) == {"too few to show"}
    assert (
        row(pages["declines"], "declines-by-reason", "Criminal record or offence type excluded")[1:]
        == ["too few to show"] * 2
    )
    assert row(pages["needs"], "needs", "Health")[0] == "too few to show"
    assert int(row(pages["declines"], "declines-by-cause", "Nacro")[1]) % 5 == 0
    assert "agencies reversed" not in text(pages["declines"])
    assert "/referrals?" not in "".join(pages.values())


def test_an_agency_reads_its_own_and_nothing_of_needs_elsewhere(client_for: Clients, nacro: Service) -> None:
    other = make_service(make_agency("Arall"))
    person = make_person()
    make_row(nacro, sent=SENT, declined=on(2), status="declined", reason="wrong_service", person=person)
    make_row(other, sent=on(5), person=person)
    client = client_for(make_user("agency_manager", nacro.agency))
    pages = {page: client.get(f"/turnaround/{page}").text for page in PAGES}
    for page in pages.values():
        assert "Arall" not in page
        assert "Nacro" in text(page)
    assert "From identified to met" not in text(pages["needs"])
    assert "Referred again elsewhere" not in text(pages["chases"])
    assert row(pages["declines"], "declines-by-cause", "Nacro")[0] == "41"
    manager = client_for(make_user("iom_manager")).get("/turnaround/chases").text
    assert row(manager, "beside", "Nacro")[-1] == "1"


@pytest.mark.parametrize("role", ["agency_worker", "administrator"])
def test_only_those_who_may_see_turnaround_open_them(client_for: Clients, role: str) -> None:
    client = client_for(make_user(role))
    assert {client.get(path).status_code for path in PATHS} == {403}


def test_where_there_is_nothing_they_say_so(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager", areas=[area(GWENT)]))
    for path in PATHS:
        assert "There is nothing to show for this period." in client.get(path).text


def test_filters_narrow_and_as_of_takes_back_in_time(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    as_of = "&".join(f"as-of-{part}={getattr(on(1), part)}" for part in ("day", "month", "year"))
    page = client.get(f"/turnaround/declines?{as_of}").text
    assert row(page, "declines-by-cause", "Nacro")[:2] == ["40", "0"]
    assert "There is nothing to show" in client.get("/turnaround/declines?need=health").text
    assert client.get("/turnaround/needs?need=zzz").status_code == 422


def test_nothing_in_the_address_fails(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    for number, value in enumerate(HOSTILE):
        written = quote(value, errors="surrogatepass")
        path = PATHS[number % len(PATHS)]
        for name in ("need", "agency", "area", "cohort", "from-day", "as-of-year"):
            assert client.get(f"{path}?{name}={written}").status_code in (200, 422), (path, name, value)


def test_each_reading_leaves_one_trace(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    for path in PATHS:
        client.get(path)
    read = sa.text("SELECT count(*) FROM audit_entry WHERE action = 'turnaround.read'")
    assert db.session.scalar(read) == len(PATHS)


def test_the_number_of_statements_does_not_depend_on_rows(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))

    def statements(path: str) -> int:
        client.get(path)
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            client.get(path)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return sum("set_config" not in one and "SAVEPOINT" not in one for one in seen)

    before = [statements(path) for path in PATHS]
    for _ in range(3):
        other = make_service(make_agency(), needs=("health",))
        _help(other, make_person(), make_user().id, met=True)
        make_chase(make_row(other, sent=SENT, declined=on(1), status="declined"), at=on(1))
    assert [statements(path) for path in PATHS] == before
