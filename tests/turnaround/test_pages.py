"""The pages of turnaround: what each role reads there, in both languages, whatever stands in the address."""

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
from portal.agencies.calendar import working_days
from portal.agencies.models import Agency, Service
from portal.clocks.clock import LONDON
from portal.db import db
from tests.factories import GWENT, area, make_agency, make_person, make_service, make_user
from tests.hostile import HOSTILE
from tests.turnaround.rows import make_row

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
TODAY = datetime.now(LONDON).date()
PERIOD = f"from-day=1&from-month=1&from-year={TODAY.year - 1}"


def working_days_ago(number: int) -> date:
    """A working day from which as many working days have gone by until today."""
    start = TODAY - timedelta(days=number)
    while working_days().between(start, TODAY) < number or start.weekday() > 4:
        start -= timedelta(days=1)
    return start


def after(day: date, number: int) -> date:
    return working_days().add(day, number)


@pytest.fixture
def nacro(database: None) -> Service:
    """18 of 23 housing referrals answered within 5 working days, half of them by day 3, 12 of 20 as priority."""
    service = make_service(make_agency("Nacro"), name="Llety")
    old, recent = working_days_ago(40), working_days_ago(10)
    for number in range(23):
        sent = old if number < 20 else recent
        if number < 12:
            make_row(service, sent=sent, priority=after(sent, 3))
        elif number < 18:
            make_row(service, sent=sent, standard=after(sent, 5))
        elif number < 21:
            make_row(service, sent=sent, standard=after(sent, 9))
        else:
            make_row(service, sent=sent)
    return service


def text(page: str) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(page, "html.parser").get_text(" "))


def cells(page: str, label: str) -> list[str]:
    """The cells of the row with this label, without their headings and what only screen readers say."""
    soup = BeautifulSoup(page, "html.parser")
    for hidden in soup.select(".portal-table__value .govuk-visually-hidden"):
        hidden.decompose()
    for row in soup.select("section table tbody tr"):
        if row.th and row.th.get_text(strip=True) == label:
            values = row.select(".portal-table__value")
            return [re.sub(r"\s+", " ", value.get_text(" ", strip=True)) for value in values]
    raise AssertionError(f"no row {label!r}")


def test_a_manager_reads_it_aloud(client_for: Clients, nacro: Service) -> None:
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert (
        "Nacro answered 18 of 23 within 5 working days. Half had an answer by day 3. "
        "Priority was granted to 12 of 20. 2 are waiting, the oldest for 10 working days."
    ) in text(page)
    sent, kept, median, priority, waiting, oldest = cells(page, "Nacro")
    assert (sent, median, waiting.split()[0], oldest) == ("23", "day 3", "2", "10 working days")
    assert kept == "18 of 23 78%, likely 58% to 90%"
    assert "Answered in time, within 5 working days" in text(page)
    assert priority.startswith("12 of 20 60%, likely ")


def test_by_what_was_agreed_where_something_was(client_for: Clients) -> None:
    """Sentence and table count the same referrals: those judged by the promise in force when they were sent."""
    service, sent = make_service(make_agency("Nacro")), working_days_ago(40)
    for number in range(23):
        days = 7 if number < 18 else 9
        make_row(service, sent=sent, standard=after(sent, days), promise_decide=7, late_decide=after(sent, 8))
    make_row(service, sent=sent, promise_decide=7, late_decide=after(sent, 8))
    client = client_for(make_user("iom_manager"))
    page = client.get("/turnaround").text
    assert (
        "Nacro answered 18 of 24 within the 7 working days it agreed. Half had an answer by day 7. "
        "Priority was granted to 0 of 24. 1 is waiting, for 40 working days."
    ) in text(page)
    assert "Answered in time, within 7 working days, as agreed" in text(page)
    _sent, kept, _half, _priority, waiting, late, _oldest = cells(page, "Nacro")
    assert kept.startswith("18 of 24 75%, likely ")
    assert (waiting.split()[0], late) == ("1", "1")
    welsh = text(client.get("/turnaround?lang=cy").text)
    assert "Atebodd Nacro 18 o 24 o fewn y 7 diwrnod gwaith y cytunodd arnynt." in welsh


def test_where_promises_differ_each_is_judged_by_its_own(client_for: Clients) -> None:
    service, sent = make_service(make_agency("Nacro")), working_days_ago(40)
    for number in range(20):
        days = 3 if number < 5 else 6
        late = after(sent, days + 1)
        make_row(service, sent=sent, standard=after(sent, 4), promise_decide=days, late_decide=late)
    page = text(client_for(make_user("iom_manager")).get("/turnaround").text)
    assert "Nacro answered 15 of 20 within the days it agreed." in page
    assert "Answered in time, within the days agreed" in page


def test_a_promise_under_which_few_fell_does_not_stand_for_all(client_for: Clients) -> None:
    service, sent = make_service(make_agency("Nacro")), working_days_ago(40)
    for _ in range(20):
        make_row(service, sent=sent, standard=after(sent, 4))
    for answered in (after(sent, 1), after(sent, 4), None):
        make_row(service, sent=sent, standard=answered, promise_decide=1, late_decide=after(sent, 2))
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert "Nacro answered 22 of 23 within 5 working days." in text(page)
    assert "Past promise now" in text(page)


def test_answered_withdrawn_and_waiting_add_to_a_hundred(client_for: Clients, nacro: Service) -> None:
    sent = working_days_ago(30)
    make_row(nacro, sent=sent, withdrawn=after(sent, 1))
    client = client_for(make_user("iom_manager"))
    summary = BeautifulSoup(client.get(f"/turnaround?need=housing&{PERIOD}").text, "html.parser")
    assert len(summary.select("section table")) == 1
    [link] = summary.select("section > p a[href*='show=days']")
    page = client.get(str(link["href"]).partition("#")[0]).text
    shares = cells(page, "Nacro")
    assert shares == ["75%", "4%", "21%", "88%", "4%", "8%"]
    assert [sum(int(share[:-1]) for share in part) for part in (shares[:3], shares[3:])] == [100, 100]
    by_day = BeautifulSoup(page, "html.parser")
    assert by_day.h1
    assert by_day.h1.get_text() == "Answered, withdrawn or still waiting, by day"
    assert by_day.select_one("form input[name=show][value=days]")
    [back] = by_day.select("a.govuk-back-link")
    assert str(back["href"]) == f"/turnaround?need=housing&{PERIOD}"


def test_in_welsh(client_for: Clients, nacro: Service) -> None:
    page = client_for(make_user("iom_manager", language="cy")).get("/turnaround").text
    assert '<h1 class="govuk-heading-l">Amseroedd ymateb</h1>' in page
    assert (
        "Atebodd Nacro 18 o 23 o fewn 5 diwrnod gwaith. Roedd hanner wedi cael ateb erbyn diwrnod 3. "
        "Rhoddwyd blaenoriaeth i 12 o 20. Mae 2 yn aros, yr hynaf ers 10 diwrnod gwaith."
    ) in text(page)


def test_calendar_days_are_called_days(client_for: Clients, nacro: Service) -> None:
    page = text(client_for(make_user("iom_manager")).get("/turnaround?days=calendar").text)
    assert "within 5 days." in page
    assert "working days." not in page.split("What the figures mean")[0].replace(
        "counted in working days.", ""
    )


def test_fewer_than_eight_are_too_few_to_say(client_for: Clients) -> None:
    service = make_service(make_agency("Bach"))
    for _ in range(7):
        make_row(service, sent=working_days_ago(30), priority=working_days_ago(30))
    client = client_for(make_user("iom_manager"))
    page = client.get("/turnaround").text
    assert "Bach: 7 referrals sent, too few to say. None are waiting." in text(page)
    assert cells(page, "Bach")[:4] == [
        "7",
        "7 of 7 too few to say",
        "too few to say",
        "7 of 7 too few to say",
    ]
    by_day = client.get("/turnaround?show=days").text
    assert cells(by_day, "Bach") == ["too few to say"] * 6


def test_from_eight_a_median_needs_its_upper_limit(client_for: Clients) -> None:
    service, sent = make_service(make_agency("Canolig")), working_days_ago(30)
    for number in range(8):
        make_row(service, sent=sent, standard=after(sent, 2) if number < 6 else None)
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert cells(page, "Canolig")[2] == "too few to say"
    for _ in range(8):
        make_row(service, sent=sent, standard=after(sent, 2))
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert cells(page, "Canolig")[2] == "day 2"


def test_a_median_that_is_not_reached_is_said_to_be_so(client_for: Clients) -> None:
    service, sent = make_service(make_agency("Araf")), working_days_ago(30)
    for number in range(20):
        make_row(service, sent=sent, standard=after(sent, 2) if number < 5 else None)
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert cells(page, "Araf")[2] == "not reached"
    assert "Fewer than half have had an answer." in text(page)


def test_a_buried_referral_never_vanishes(client_for: Clients) -> None:
    service, sent = make_service(make_agency("Hen")), working_days_ago(300)
    make_row(service, sent=sent)
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert "Hen: none sent in this period. 1 is waiting, for 300 working days." in text(page)
    assert cells(page, "Hen")[0] == "0"


def test_what_is_left_out_is_counted_in_sight(client_for: Clients, nacro: Service) -> None:
    sent = working_days_ago(30)
    for _ in range(2):
        make_row(nacro, sent=sent, withdrawn=after(sent, 1), why="sent_in_error")
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert cells(page, "Nacro")[0] == "23 Left out: 2"


@pytest.mark.parametrize("role", ["iom_manager", "agency_manager"])
def test_a_number_that_waits_opens_those_referrals(client_for: Clients, nacro: Service, role: str) -> None:
    make_row(make_service(), sent=working_days_ago(30))
    make_row(make_service(nacro.agency), sent=working_days_ago(30))
    client = client_for(make_user(role, nacro.agency if role == "agency_manager" else None))
    for path in ("/turnaround", f"/turnaround/{nacro.agency_id}"):
        links = BeautifulSoup(client.get(path).text, "html.parser").select("td a[href$='figure=waiting']")
        numbers = {
            int(link.get_text().split()[0]): str(link["href"]) for link in links[::2]
        }  # and the oldest
        for number, href in numbers.items():
            listed = BeautifulSoup(client.get(href).text, "html.parser")
            assert len(listed.select("tbody tr")) == number
        assert 3 in numbers


def test_an_agency_manager_sees_their_own_agency_and_no_other(client_for: Clients, nacro: Service) -> None:
    other = make_service(make_agency("Arall"))
    make_row(other, sent=working_days_ago(30))
    client = client_for(make_user("agency_manager", nacro.agency))
    page = client.get("/turnaround").text
    assert "Arall" not in page
    assert cells(page, "Nacro")[0] == "23"
    assert client.get(f"/turnaround/{nacro.agency_id}").status_code == 200
    assert client.get(f"/turnaround/{other.agency_id}").status_code == 404
    assert 'name="agency"' not in page


@pytest.mark.parametrize(
    ("role", "status"), [("agency_worker", 403), ("administrator", 403), ("analyst", 200)]
)
def test_only_those_who_may_see_turnaround_open_it(
    client_for: Clients, nacro: Service, role: str, status: int
) -> None:
    client = client_for(make_user(role))
    for path in ("/turnaround", f"/turnaround/{nacro.agency_id}"):
        assert client.get(path).status_code == status


def test_nobody_counts_what_they_may_not_see(client_for: Clients, nacro: Service) -> None:
    gwent = make_user("iom_manager", areas=[area(GWENT)])
    assert "Nacro" not in text(client_for(gwent).get("/turnaround").text).split("Change what is shown")[0]
    assert "No referrals were sent in this period" in client_for(gwent).get("/turnaround").text
    make_row(nacro, sent=working_days_ago(30), person=make_person(cohort=None, restricted=True))
    assert cells(client_for(make_user("iom_officer")).get("/turnaround").text, "Nacro")[0] == "23"


def test_filters_stay_in_the_address(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    page = client.get(f"/turnaround?need=housing&days=calendar&area={area().id}&{PERIOD}&lang=en").text
    assert f"Housing, South Wales Police: referrals sent from 1 January {TODAY.year - 1} to " in text(page)
    soup = BeautifulSoup(page, "html.parser")
    [link] = [a["href"] for a in soup.select("tbody th a")]
    assert link == f"/turnaround/{nacro.agency_id}?need=housing&days=calendar&area={area().id}&{PERIOD}"
    assert client.get(str(link)).status_code == 200
    assert soup.select_one("#need option[selected]")["value"] == "housing"  # type: ignore[index]
    assert soup.select_one("#from-year")["value"] == str(TODAY.year - 1)  # type: ignore[index]
    assert soup.select_one("#to-year")["value"] == str(TODAY.year)  # type: ignore[index]
    other = client.get("/turnaround?need=mental_health").text
    assert "Nacro" not in text(other).split("No referrals were sent")[1]


def test_figures_as_things_stood(client_for: Clients, nacro: Service) -> None:
    then = after(working_days_ago(40), 1)
    query = f"as-of-day={then.day}&as-of-month={then.month}&as-of-year={then.year}"
    page = client_for(make_user("iom_manager")).get(f"/turnaround?{query}").text
    assert cells(page, "Nacro")[0] == "20"
    assert cells(page, "Nacro")[4].split()[0] == "20"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("need=zzz", "Select an answer from the list"),
        ("agency=999999999", "Select an answer from the list"),
        ("agency=%D9%A3", "Select an answer from the list"),
        ("days=zzz", "Select an answer from the list"),
        ("from-day=31&from-month=2&from-year=2026", "Enter a real date, like 27 3 2026"),
        ("to-day=1", "The date must include a month and year"),
        ("from-day=1&from-month=1&from-year=2026&to-day=1&to-month=1&to-year=2025", "The last date must be"),
        ("as-of-day=1&as-of-month=1&as-of-year=2014", "Enter a date from 1 January 2015 to today"),
        ("as-of-day=1&as-of-month=1&as-of-year=9999", "Enter a date from 1 January 2015 to today"),
    ],
)
def test_a_wrong_filter_is_refused_beside_its_field(client_for: Clients, query: str, error: str) -> None:
    response = client_for(make_user("iom_manager")).get(f"/turnaround?{query}")
    assert response.status_code == 422
    assert "There is a problem" in response.text
    assert error in response.text


def test_nothing_in_the_address_fails(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    names = [
        "need",
        "agency",
        "area",
        "cohort",
        "service",
        "days",
        "from-day",
        "from-year",
        "to-month",
        "as-of-year",
        "lang",
    ]
    for value in HOSTILE:
        written = quote(value, errors="surrogatepass")
        for name in names:
            assert client.get(f"/turnaround?{name}={written}").status_code in (200, 422), (name, value)
            path = f"/turnaround/{nacro.agency_id}?{name}={written}"
            assert client.get(path).status_code in (200, 422), (name, value)
    for identity in ("0", "-1", "٣", "999999999", "99999999999999999999", "a", "1%00"):
        assert client.get(f"/turnaround/{identity}").status_code == 404, identity


def test_each_reading_leaves_one_trace(client_for: Clients, nacro: Service) -> None:
    user = make_user("iom_manager")
    client = client_for(user)
    for path in ("/turnaround?need=housing", f"/turnaround/{nacro.agency_id}"):
        client.get(path)
    entries = db.session.execute(
        sa.text("SELECT agency_id, detail FROM audit_entry WHERE action = 'turnaround.read' ORDER BY id")
    ).all()
    assert [entry.agency_id for entry in entries] == [None, nacro.agency_id]
    assert entries[0].detail["need"] == "housing"


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

    paths = ("/turnaround", f"/turnaround/{nacro.agency_id}")
    before = [statements(path) for path in paths]
    agency = db.session.get_one(Agency, nacro.agency_id)
    for number in range(6):
        make_row(make_service(agency if number % 2 else None, needs=("health",)), sent=working_days_ago(30))
    assert [statements(path) for path in paths] == before
