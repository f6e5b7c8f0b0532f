"""The page of one agency: its promise, its usual wait, its curve and its trend, by rows worked out by hand."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import db
from tests.factories import GWENT, area, make_agency, make_service, make_user
from tests.promises.rows import make_agreement, make_wait
from tests.turnaround.rows import make_row, noon
from tests.turnaround.test_chart_pages import fill, months_back, svgs
from tests.turnaround.test_pages import after, text, working_days_ago

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
LONG_AGO = date(2020, 1, 6)


@pytest.fixture
def manager(client_for: Clients) -> FlaskClient:
    return client_for(make_user("iom_manager"))


@pytest.fixture
def nacro(database: None) -> Service:
    return make_service(make_agency("Nacro"), name="Llety")


def promise_row(
    service: Service, sent: date, *, answered: int | None, offered: int | None, **more: Any
) -> None:
    """One under a promise of 5 working days to decide and of 10 to offer. Days of answer and offer; None for never."""
    given = answered is not None and after(sent, answered)
    make_row(
        service, sent=sent, priority=given or None, promise_decide=5, late_decide=after(sent, 6),
        promise_offer=10, late_offer=after(sent, 11),
        first_offer_at=noon(after(sent, offered)) if offered is not None else None, **more,
    )  # fmt: skip


def card(page: str, title: str, section: int = 0) -> list[str]:
    """The figure of a card and the words beneath it."""
    soup = BeautifulSoup(page, "html.parser").select(".portal-wall__need")[section]
    for each in soup.select(".portal-figure"):
        if each.dt and each.dt.get_text(strip=True) == title:
            return [re.sub(r"\s+", " ", one.get_text(strip=True)) for one in each.select("dd")]
    raise AssertionError(f"no card {title!r}")


def titles(page: str) -> list[str]:
    return [
        each.get_text(strip=True) for each in BeautifulSoup(page, "html.parser").select(".portal-figure dt")
    ]


def get(client: FlaskClient, service: Service, query: str = "") -> str:
    response = client.get(f"/turnaround/{service.agency_id}{query}")
    assert response.status_code == 200
    return response.text


def test_each_promise_stands_beside_how_far_it_was_kept(manager: FlaskClient, nacro: Service) -> None:
    make_agreement(nacro, decide_days=5, offer_days=10)
    sent = working_days_ago(40)
    for place in range(24):
        promise_row(nacro, sent, answered=4 if place < 18 else 7, offered=9 if place < 6 else 15)
    page = get(manager, nacro)
    assert card(page, "Answered") == [
        "18 of 24",
        "within 5 working days, as agreed",
        "75%, likely 55% to 88%",
    ]
    assert card(page, "First appointment offered") == [
        "6 of 24",
        "within 10 working days, as agreed",
        "25%, likely 12% to 45%",
    ]
    assert "Acknowledged" not in titles(page)  # nothing was promised
    assert card(page, "Priority granted")[:2] == ["24 of 24", "within 20 working days"]
    assert "Nacro answered 18 of 24 within the 5 working days it agreed." in text(page)


def test_without_an_agreement_it_is_said_kindly(client_for: Clients, nacro: Service) -> None:
    make_row(nacro, sent=working_days_ago(30))
    page = get(client_for(make_user("iom_manager")), nacro)
    assert "Nacro and IOM have not agreed on days yet, so there is no promise to keep." in text(page)
    assert "Answers are held to 5 working days instead." in text(page)
    assert titles(page) == ["Priority granted", "Usual wait"]
    assert card(page, "Usual wait")[0] == "unknown"
    welsh = get(client_for(make_user("iom_manager", language="cy")), nacro)
    assert "Nid yw Nacro ac IOM wedi cytuno ar ddyddiau eto" in text(welsh)


def test_an_agreement_elsewhere_or_of_another_time_is_none(manager: FlaskClient, nacro: Service) -> None:
    make_row(nacro, sent=working_days_ago(30))
    make_agreement(nacro, [area(GWENT)], decide_days=3)
    make_agreement(nacro, decide_days=4, from_on=LONG_AGO, to_on=LONG_AGO + timedelta(days=9))
    assert "have not agreed on days yet" in text(get(manager, nacro))
    make_agreement(nacro, decide_days=0)
    page = get(manager, nacro)
    assert card(page, "Answered") == ["too soon to say", "on the same working day, as agreed"]


def test_the_newest_agreement_of_each_service_and_area_holds(manager: FlaskClient, nacro: Service) -> None:
    other = make_service(nacro.agency, name="Cymorth")
    make_row(nacro, sent=working_days_ago(30))
    make_agreement(nacro, decide_days=9, from_on=LONG_AGO)
    make_agreement(nacro, decide_days=2, from_on=LONG_AGO + timedelta(days=1))
    make_agreement(other, decide_days=3)
    assert card(get(manager, nacro), "Answered")[1] == "within 2 to 3 working days, as agreed"
    assert (
        card(get(manager, nacro, "?lang=cy"), "Atebwyd")[1] == "o fewn 2 i 3 diwrnod gwaith, fel y cytunwyd"
    )


def test_each_referral_is_judged_by_the_days_agreed_when_it_was_sent(
    manager: FlaskClient, nacro: Service
) -> None:
    for _place in range(8):
        promise_row(nacro, working_days_ago(40), answered=4, offered=9)
    assert card(get(manager, nacro), "Answered")[:2] == ["8 of 8", "under an agreement that has ended"]
    make_agreement(nacro, decide_days=3)
    assert card(get(manager, nacro), "Answered")[1:3] == [
        "within 3 working days, as agreed",
        "each judged by the days agreed when it was sent",
    ]


def test_under_eight_a_promise_has_no_share(manager: FlaskClient, nacro: Service) -> None:
    make_agreement(nacro, decide_days=5)
    for _place in range(7):
        promise_row(nacro, working_days_ago(40), answered=4, offered=9)
    page = get(manager, nacro)
    assert card(page, "Answered") == ["7 of 7", "within 5 working days, as agreed", "too few to say"]
    assert svgs(page) == []
    assert "A curve needs 20 referrals to one agency." in text(page)


def test_curve_and_trend_are_drawn_and_can_be_downloaded(manager: FlaskClient, nacro: Service) -> None:
    """The trend goes back further than six months, where no first day is chosen; and so does its file."""
    fill(nacro, 16, 8, months_back(2))
    fill(nacro, 20, 10, months_back(9))
    fill(make_service(make_agency("Arall")), 40, 40, months_back(9))
    page = get(manager, nacro)
    assert "Share answered by day 5: Nacro 50%." not in text(page)  # 16 in six months: no curve
    assert "In a usual month 50% of referrals are answered within 5 working days." in text(page)
    links = [str(a["href"]) for a in BeautifulSoup(page, "html.parser").select(".portal-chart__files a")]
    assert links[1] == f"/turnaround/charts/trend.svg?need=housing&agency={nacro.agency_id}"
    assert manager.get(links[1]).status_code == 200
    year = months_back(10).year
    since = f"?from-day=1&from-month=1&from-year={year}"
    page = get(manager, nacro, since)
    assert "Share answered by day 5: Nacro 50%." in text(page)
    wide = svgs(page)[0]
    assert len(wide.select('path[opacity="0.2"]')) == 1  # one agency has its band
    links = [str(a["href"]) for a in BeautifulSoup(page, "html.parser").select(".portal-chart__files a")]
    assert [manager.get(link).status_code for link in links] == [200] * 4
    assert "Nacro" in manager.get(links[1]).text
    assert "Arall" not in manager.get(links[1]).text


def test_a_need_has_its_own_figures_and_a_single_one_no_heading_of_its_own(
    manager: FlaskClient, nacro: Service
) -> None:
    make_agreement(nacro, decide_days=5)
    promise_row(nacro, working_days_ago(30), answered=4, offered=9)
    page = get(manager, nacro)
    assert "Turnaround: Housing" in text(page)
    assert "On this page" not in page
    health = make_service(nacro.agency, name="Iechyd", needs=("health",))
    make_row(health, sent=working_days_ago(30))
    page = get(manager, nacro)
    soup = BeautifulSoup(page, "html.parser")
    assert [h2.get_text() for h2 in soup.select("section h2")] == ["Housing", "Health"]
    assert card(page, "Answered")[0] == "1 of 1"
    assert text(page).count("have not agreed on days yet") == 1
    ids = [str(each["id"]) for each in soup.select("[id]")]
    assert len(ids) == len(set(ids))


def test_a_need_that_only_waits_is_shown(manager: FlaskClient, nacro: Service) -> None:
    """Acknowledged long ago, never decided: it counts for answers and for nothing else."""
    sent = working_days_ago(300)
    make_row(nacro, sent=sent, responded_at=noon(after(sent, 1)), acknowledged_at=noon(after(sent, 1)))
    page = get(manager, nacro)
    assert "Nacro: none sent in this period. 1 is waiting, for 300 working days." in text(page)
    assert card(page, "Priority granted")[0] == "unknown"


def test_who_waits_is_one_step_away_for_those_who_may_open_it(client_for: Clients, nacro: Service) -> None:
    make_row(nacro, sent=working_days_ago(30))
    for role, wanted in (("iom_manager", True), ("agency_manager", True), ("analyst", False)):
        client = client_for(make_user(role, nacro.agency if role == "agency_manager" else None))
        page = get(client, nacro, "?from-day=1&from-month=1&from-year=2025")
        assert ("See the referrals that wait, the longest first" in page) is wanted, role
        if wanted:
            [link] = [
                a for a in BeautifulSoup(page, "html.parser").select("a") if "See the ref" in a.get_text()
            ]
            listed = BeautifulSoup(client.get(str(link["href"])).text, "html.parser")
            assert len(listed.select("tbody tr")) == 1


def test_an_agency_s_manager_sees_this_page_of_no_other(client_for: Clients, nacro: Service) -> None:
    other = make_service(make_agency("Arall"))
    fill(other, 30, 30)
    fill(nacro, 30, 15)
    client = client_for(make_user("agency_manager", nacro.agency))
    assert client.get(f"/turnaround/{other.agency_id}").status_code == 404
    page = get(client, nacro)
    for link in BeautifulSoup(page, "html.parser").select("a[download]"):
        path = str(link["href"]).replace(f"agency={nacro.agency_id}", f"agency={other.agency_id}")
        response = client.get(path)
        assert b"Arall" not in response.data


def test_an_analyst_reads_published_numbers_only(client_for: Clients, nacro: Service) -> None:
    """33 were sent, 3 answered in time and 3 declined: neither is told, nor what it is out of."""
    make_wait(nacro, as_of=LONG_AGO)
    sent = months_back(3)
    for place in range(33):
        promise_row(nacro, sent, answered=4 if place < 3 else 8, offered=9 if place < 30 else None)
    page = get(client_for(make_user("analyst")), nacro)
    assert card(page, "Answered")[0] == "too few to show"
    offered, *_words = card(page, "First appointment offered")
    assert offered == "too few to show"
    told = " ".join(
        each.get_text(" ") for each in BeautifulSoup(page, "html.parser").select(".portal-figures")
    )
    numbers = [
        int(number) for found in re.findall(r"(\d+) of (\d+)|(\d+)%", told) for number in found if number
    ]
    assert len(numbers) > 4
    assert all(number % 5 == 0 for number in numbers), told


def test_its_files_hold_every_table_as_anybody_may_see_it(manager: FlaskClient, nacro: Service) -> None:
    make_agreement(nacro, decide_days=5)
    make_wait(nacro, as_of=LONG_AGO)
    for place in range(40):
        promise_row(nacro, working_days_ago(60), answered=4 if place < 3 else 8, offered=9)
    response = manager.get(f"/turnaround/files/agency.csv?agency={nacro.agency_id}")
    assert response.status_code == 200
    rows = list(csv.DictReader(StringIO(response.data.decode("utf-8-sig"))))
    tables = list(dict.fromkeys(row["Table"] for row in rows))
    assert tables == [
        "Housing: promises, and how far they were kept",
        "Housing: usual waits",
        "Housing: people on IOM against the usual wait",
        "Housing: turnaround by service",
        "Housing: answered, withdrawn or waiting, by service",
    ]
    answered = next(row for row in rows if row["Promise"] == "Answered")
    assert answered["Promise kept"] == "too few to show"
    assert int(answered["Referrals sent"]) % 5 == 0
    assert manager.get("/turnaround/files/agency.csv").status_code == 200  # of no agency: nothing


def test_the_number_of_statements_does_not_depend_on_rows(manager: FlaskClient, nacro: Service) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        get(manager, nacro)
        db.session.expire_all()
        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            get(manager, nacro)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return sum("set_config" not in one and "SAVEPOINT" not in one for one in seen)

    make_agreement(nacro, decide_days=5)
    make_wait(nacro, as_of=LONG_AGO)
    fill(nacro, 25, 20)
    before = statements()
    for needs in (("housing",), ("health",), ("housing", "mental_health")):
        service = make_service(nacro.agency, needs=needs)
        make_agreement(service, decide_days=3)
        make_wait(service, days=9, as_of=LONG_AGO)
        fill(service, 25, 20)
    assert statements() == before
