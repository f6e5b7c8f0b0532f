"""The page of the referrals behind a figure: what opens it, for whom, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import db
from portal.turnaround import behind
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.filters import month_end
from tests.factories import make_agency, make_service, make_user
from tests.turnaround.history_files import row
from tests.turnaround.rows import make_row, noon
from tests.turnaround.test_behind import take_in
from tests.turnaround.test_pages import TODAY, after, cells, working_days_ago

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


@pytest.fixture
def nacro(database: None) -> Service:
    """Of 30 sent, 20 were answered in time and 4 late; 6 wait. Two more were sent in error."""
    service, sent = make_service(make_agency("Nacro"), name="Llety"), working_days_ago(40)
    for number in range(30):
        answered = after(sent, 3 if number < 20 else 9) if number < 24 else None
        make_row(service, sent=sent, priority=answered)
    for _ in range(2):
        make_row(service, sent=sent, withdrawn=after(sent, 1), why="sent_in_error")
    return service


def opened(page: str) -> dict[str, str]:
    """The links of figures on a page, by the figure that they open."""
    links = [
        str(link["href"])
        for link in BeautifulSoup(page, "html.parser").select("td a[href*='/turnaround/referrals?']")
    ]
    return {href.split("figure=")[1]: href for href in links}


def read_page(client: FlaskClient, href: str) -> BeautifulSoup:
    response = client.get(href)
    assert response.status_code == 200, href
    return BeautifulSoup(response.text, "html.parser")


@pytest.mark.parametrize("role", ["iom_manager", "agency_manager"])
def test_the_numbers_of_the_summary_open_their_referrals(
    client_for: Clients, nacro: Service, role: str
) -> None:
    make_row(make_service(make_agency("Arall")), sent=working_days_ago(30))
    make_row(make_service(nacro.agency, name="Arall"), sent=working_days_ago(30))
    client = client_for(make_user(role, nacro.agency if role == "agency_manager" else None))
    summary = client.get("/turnaround?service=999&agency=&figure=x").text
    assert cells(summary, "Nacro")[0].startswith("31 ")
    links = opened(client.get(f"/turnaround/{nacro.agency_id}").text)
    assert all(f"service={nacro.id}" in links[figure] or "service=" in links[figure] for figure in links)
    found = {
        figure: read_page(client, href) for figure, href in opened(summary).items() if "Arall" not in href
    }
    assert set(found) == {"sent", "left_out", "answered_in_time", "priority", "waiting"}


def test_the_page_says_what_it_holds_and_pages_through_it(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    links = opened(client.get("/turnaround").text)
    page = read_page(client, links["sent"])
    assert page.h1 is not None
    assert page.h1.get_text() == "Referrals sent"
    assert "30 referrals. Referrals sent in the period." in page.get_text()
    assert len(page.select("tbody tr")) == 25
    [following] = page.select("a[rel=next]")
    last = read_page(client, str(following["href"]))
    assert len(last.select("tbody tr")) == 5
    shown = {str(link["href"]) for each in (page, last) for link in each.select("tbody th a")}
    assert len(shown) == 30
    answered = read_page(client, links["answered_in_time"])
    tabs = [each.get_text(" ", strip=True) for each in answered.select("main .moj-sub-navigation a")]
    assert tabs == ["Answered in time 20", "Not answered in time 10"]
    [other] = answered.select("main .moj-sub-navigation a:not([aria-current])")
    late = read_page(client, str(other["href"]))
    assert late.h1 is not None
    assert late.h1.get_text() == "Not answered in time"
    assert len(late.select("tbody tr")) == 10


def test_the_numbers_of_each_month_open_its_referrals(client_for: Clients, nacro: Service) -> None:
    """On the trend and on the agency's page, also where more months are looked at than elsewhere."""
    long_ago = TODAY.replace(day=1) - timedelta(days=300)
    for number in range(12):
        make_row(nacro, sent=long_ago, priority=after(long_ago, 3 if number < 11 else 8))
    make_row(make_service(make_agency("Arall"), needs=("health",)), sent=long_ago)
    client = client_for(make_user("iom_manager"))
    for address, sent in (("/turnaround/trend", 13), (f"/turnaround/{nacro.agency_id}", 12)):
        links = [
            (link.get_text().split()[0], str(link["href"]))
            for link in BeautifulSoup(client.get(address).text, "html.parser").select("td a[href*='month=']")
        ]
        found = {
            (words, read_page(client, href).get_text())
            for words, href in links
            if f"{long_ago:%Y-%m}" in href
        }
        assert {words for words, _page in found} == {str(sent), "11"}
        for words, page in found:
            assert f" {words} referrals." in page.replace("\n", " ")
            assert f": {long_ago:%B %Y}" in page
            assert f" to {month_end(long_ago).day} {long_ago:%B %Y}, counted in" in page
    back = read_page(client, links[0][1]).select_one("a.govuk-back-link")
    assert back is not None
    assert str(back["href"]) == f"/turnaround/trend?need=housing&agency={nacro.agency_id}"


def test_imported_referrals_are_counted_and_have_no_page(client_for: Clients, nacro: Service) -> None:
    sent = (TODAY - timedelta(days=60)).isoformat()
    take_in(row(reference="1", sent_on=sent), row(reference="2", sent_on=sent))
    client = client_for(make_user("iom_manager"))
    page = read_page(client, opened(client.get("/turnaround").text)["waiting"])
    assert len(page.select("tbody tr")) == 6
    assert "8 referrals." in page.get_text()
    assert "2 of them were imported from spreadsheets and have no pages." in page.get_text()


@pytest.mark.parametrize(
    ("role", "status"),
    [("iom_officer", 200), ("iom_manager", 200), ("agency_manager", 200), ("agency_worker", 403), ("analyst", 403),
     ("administrator", 403)],
)  # fmt: skip
def test_only_those_who_may_see_figures_and_referrals_open_it(
    client_for: Clients, nacro: Service, role: str, status: int
) -> None:
    client = client_for(make_user(role, nacro.agency if role.startswith("agency") else None))
    assert client.get("/turnaround/referrals?figure=sent").status_code == status
    if role == "analyst":
        assert "/turnaround/referrals" not in client.get("/turnaround").text


def test_another_agency_sees_nothing_of_it(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("agency_manager", make_agency("Arall")))
    assert client.get(f"/turnaround/referrals?agency={nacro.agency_id}").status_code == 404
    page = read_page(client, "/turnaround/referrals?figure=sent")
    assert "There are no referrals here." in page.get_text()
    assert not page.select("tbody tr")


def test_nothing_in_the_address_fails(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    for query in (
        "figure=x",
        "measure=M9",
        "figure=sent&reason=other",
        "figure=declined&cause=x",
        "figure=kept&cause=agency",
        "month=2026-13",
        "month=x",
    ):
        assert client.get(f"/turnaround/referrals?{query}").status_code == 404, query
    for query in (
        "",
        "figure=declined&cause=agency",
        "figure=withdrawn&reason=unsaid",
        "after=x",
        "after=1.1",
        "measure=M3",
        "month=2001-01",
    ):
        assert client.get(f"/turnaround/referrals?{query}").status_code == 200, query
    for figure in behind.FIGURES:
        for measure in BY_CODE:
            assert (
                client.get(f"/turnaround/referrals?figure={figure}&measure={measure}&lang=cy").status_code
                == 200
            )
    refused = client.get("/turnaround/referrals?need=x")
    assert refused.status_code == 422


def test_each_opening_leaves_one_trace_with_the_referrals_shown(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager"))
    client.get(f"/turnaround/referrals?figure=waiting&need=housing&agency={nacro.agency_id}")
    [entry] = db.session.execute(
        sa.text("SELECT * FROM audit_entry WHERE action LIKE 'turnaround.%' OR action LIKE 'referrals.%'")
    ).all()
    assert (entry.action, entry.agency_id, entry.subject) == (
        "turnaround.opened",
        nacro.agency_id,
        "referral",
    )
    assert len(entry.subject_ids) == 6
    assert (entry.detail["figure"], entry.detail["need"]) == ("waiting", "housing")


def test_the_numbers_of_the_declines_open_their_referrals(client_for: Clients, nacro: Service) -> None:
    sent = working_days_ago(40)
    for number in range(5):
        make_row(
            nacro, sent=sent, declined=sent, status="declined", reason="no_capacity" if number else "other"
        )
    make_row(nacro, sent=sent, withdrawn=sent)
    make_row(make_service(needs=("health",)), sent=sent, declined=sent, status="declined")
    client = client_for(make_user("iom_manager"))
    page = BeautifulSoup(client.get("/turnaround/declines?need=housing").text, "html.parser")
    numbers = [
        (int(link.get_text().split()[0]), str(link["href"])) for link in page.select("td a[href*='figure=']")
    ]
    assert {number for number, _href in numbers} == {5, 4, 1}
    for number, href in numbers:
        listed = read_page(client, href)
        assert len(listed.select("tbody tr")) == number, href
    no_capacity = read_page(client, next(href for _number, href in numbers if "reason=no_capacity" in href))
    assert no_capacity.h1 is not None
    assert no_capacity.h1.get_text() == "Referrals declined: No capacity"
    assert "figure=" not in client_for(make_user("analyst")).get("/turnaround/declines").text


@pytest.mark.parametrize("address", ["/turnaround/needs", "/turnaround/chases"])
def test_the_numbers_of_needs_and_chases_open_their_referrals(
    client_for: Clients, nacro: Service, address: str
) -> None:
    sent = working_days_ago(40)
    for outcome in ("met", "met", "not_met"):
        make_row(
            nacro,
            sent=sent,
            priority=after(sent, 1),
            closed_at=noon(after(sent, 9)),
            status="closed",
            ended_from="accepted",
            outcome=outcome,
        )
    make_row(nacro, sent=sent, declined=after(sent, 2), status="declined", reason="wrong_service")
    client = client_for(make_user("iom_manager"))
    page = BeautifulSoup(client.get(address).text, "html.parser")
    links = [
        (int(link.get_text().split()[0]), str(link["href"])) for link in page.select("td a[href*='figure=']")
    ]
    wanted = {
        "needs": {"sent", "accepted", "open", "ended", "met", "not_met"},
        "chases": {"released", "wrong_service"},
    }
    assert wanted[address.rsplit("/", 1)[1]] <= {href.split("figure=")[1] for _number, href in links}
    for number, href in links:
        opened_page = read_page(client, href)
        assert f" {number} referral" in opened_page.get_text().replace("\n", " "), href
        back = opened_page.select_one("a.govuk-back-link")
        assert back is not None
        if "figure=sent" not in href and "figure=withdrawn" not in href:
            assert str(back["href"]).startswith(address)
    assert "figure=" not in client_for(make_user("analyst")).get(address).text


def test_an_agency_is_not_told_where_else_somebody_was_sent(client_for: Clients, nacro: Service) -> None:
    address = "/turnaround/referrals?figure=referred_again"
    assert client_for(make_user("agency_manager", nacro.agency)).get(address).status_code == 404
    assert client_for(make_user("iom_manager")).get(address).status_code == 200
