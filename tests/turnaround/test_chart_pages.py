"""The pages with charts, day by day, trend and comparison: what each role reads there, and their files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import db
from tests.factories import make_agency, make_service, make_user
from tests.turnaround.rows import make_row
from tests.turnaround.test_pages import PERIOD, TODAY, after, text, working_days_ago

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
PAGES = ("curves", "trend", "comparison")


def fill(service: Service, number: int, in_time: int, sent: date | None = None) -> None:
    """So many referrals, of which the first are answered on day 3 and the others on day 9."""
    sent = sent or working_days_ago(60)
    for place in range(number):
        make_row(service, sent=sent, standard=after(sent, 3 if place < in_time else 9))


@pytest.fixture
def agencies(database: None) -> list[Service]:
    """Six for housing, the first of which is far quicker than the others; and one for mental health."""
    made = [make_service(make_agency(f"Asiantaeth {letter}")) for letter in "ABCDEF"]
    for place, service in enumerate(made):
        fill(service, 40, 38 if place == 0 else 16)
    fill(make_service(make_agency("Meddwl"), needs=("mental_health",)), 12, 6)
    return made


@pytest.fixture
def manager(client_for: Clients) -> FlaskClient:
    return client_for(make_user("iom_manager"))


def svgs(page: str) -> list[Any]:
    return BeautifulSoup(page, "html.parser").select(".portal-chart svg")


def test_day_by_day_says_the_shares_and_draws_a_line_an_agency(
    manager: FlaskClient, agencies: list[Service]
) -> None:
    page = manager.get("/turnaround/curves").text
    assert "Share answered by day 5: Asiantaeth A 95%, Asiantaeth B 40%," in text(page)
    wide, narrow = svgs(page)
    assert "Asiantaeth A 95%" in wide.desc.text
    assert len(wide.select('path[stroke-width="2.5"]')) == len(narrow.select('path[stroke-width="2.5"]')) == 6
    assert "Mental health" in [
        link.text for link in BeautifulSoup(page, "html.parser").select(".portal-needs a")
    ]


def test_a_need_can_be_chosen_and_is_drawn_from_twenty_referrals_on(
    manager: FlaskClient, agencies: list[Service]
) -> None:
    page = manager.get("/turnaround/curves?need=mental_health").text
    assert "Share answered by day 5: Meddwl 50%." in text(page)
    assert "A curve needs 20 referrals to one agency." in text(page)
    assert svgs(page) == []
    assert "Housing" in [link.text for link in BeautifulSoup(page, "html.parser").select(".portal-needs a")]


def test_no_more_than_six_lines_are_drawn_and_the_others_named(
    manager: FlaskClient, agencies: list[Service]
) -> None:
    fill(make_service(make_agency("Asiantaeth G")), 20, 10)
    page = manager.get("/turnaround/curves").text
    assert "six lines are enough to tell apart: Asiantaeth G." in text(page)
    assert "Asiantaeth G 50%" in text(page)


def test_one_agency_has_a_band(manager: FlaskClient, agencies: list[Service]) -> None:
    page = manager.get(f"/turnaround/curves?agency={agencies[0].agency_id}").text
    assert len(svgs(page)[0].select('path[opacity="0.2"]')) == 1


def test_a_curve_ends_where_fewer_than_five_are_still_followed(
    manager: FlaskClient, agencies: list[Service]
) -> None:
    page = manager.get(f"/turnaround/curves?agency={agencies[0].agency_id}").text
    [days] = [
        table
        for table in BeautifulSoup(page, "html.parser").select("table")
        if "end of each day" in table.caption.text
    ]
    assert [row.th.text for row in days.select("tbody tr")] == ["0", "1", "2", "3"]  # 38 of 40 end on day 3


def test_the_promise_is_drawn_where_all_agreed_alike(manager: FlaskClient) -> None:
    first, second = (make_service(make_agency(f"Addewid {letter}")) for letter in "AB")
    sent = working_days_ago(60)
    for service in (first, second):
        for _place in range(20):
            make_row(service, sent=sent, standard=after(sent, 9), promise_decide=7)
    assert "Promise: day 7" in [
        each.text for each in svgs(manager.get("/turnaround/curves").text)[0].select("text")
    ]
    calendar = manager.get("/turnaround/curves?days=calendar").text
    assert "Promise" not in svgs(calendar)[0].text
    make_row(second, sent=sent, standard=after(sent, 9), promise_decide=3)
    assert "Promise" not in svgs(manager.get("/turnaround/curves").text)[0].text


def test_another_measure_can_be_shown(manager: FlaskClient, agencies: list[Service]) -> None:
    page = manager.get("/turnaround/curves?measure=M4").text
    assert "Share granted priority by day 5: Asiantaeth A 0%," in text(page)
    assert manager.get("/turnaround/curves?measure=M9").status_code == 422


def test_under_eight_are_a_count_only(manager: FlaskClient) -> None:
    fill(make_service(make_agency("Bach")), 7, 3)
    page = text(manager.get("/turnaround/curves").text)
    assert "Answered: too few referrals to say." in page
    assert "too few to say" in page


def months_back(number: int) -> date:
    first = TODAY.replace(day=1)
    for _month in range(number):
        first = (first - timedelta(days=1)).replace(day=1)
    return first + timedelta(days=10)


def test_the_trend_says_the_usual_month_and_which_stand_out(manager: FlaskClient) -> None:
    service = make_service(make_agency("Nacro"))
    for month in range(2, 16):
        fill(service, 10, 10 if month == 2 else 4 + month % 2, months_back(month))
    fill(service, 3, 3, months_back(1))
    page = manager.get("/turnaround/trend").text
    assert (
        "In a usual month 49% of referrals are answered within 5 working days. 1 month stands out: "
        in text(page)
    )
    assert "outside the limits" in text(page)
    assert "Trial limits" not in page
    assert len(svgs(page)[0].select('path[stroke="white"]')) == 14
    assert "Mean 49%" in [each.text for each in svgs(page)[0].select("text")]


def test_under_twelve_months_have_trial_limits_and_a_month_too_recent_is_not_judged(
    manager: FlaskClient,
) -> None:
    service = make_service(make_agency("Nacro"))
    for month in range(2, 6):
        fill(service, 10, 5, months_back(month))
    for _place in range(10):
        make_row(service, sent=TODAY)
    page = text(manager.get("/turnaround/trend").text)
    assert "Trial limits" in page
    assert "The months differ no more than by ordinary variation." in page
    assert "too soon to say" in page


def test_one_month_is_too_few(manager: FlaskClient, agencies: list[Service]) -> None:
    page = manager.get("/turnaround/trend").text
    assert "Fewer than two months have 10 referrals that can be judged" in text(page)
    assert svgs(page) == []


def test_the_comparison_names_who_stands_out_in_the_order_of_names(
    manager: FlaskClient, agencies: list[Service]
) -> None:
    page = manager.get("/turnaround/comparison").text
    assert "Asiantaeth A: far better than expected – investigate, others may learn from it." in text(page)
    table = BeautifulSoup(page, "html.parser").select("table")[0]
    assert [row.th.text for row in table.select("tbody tr")] == [
        f"Asiantaeth {letter}" for letter in "ABCDEF"
    ]
    first = [cell.text.strip() for cell in table.select("tbody tr")[0].select(".portal-table__value")]
    assert first[0].startswith("38 of 40")
    assert first[1:3] == ["16.0", "2.38"]  # the five others answered 80 of 200
    assert len(svgs(page)[0].select('path[fill="#a3206b"]')) == 1
    assert "Asiantaeth A 95% of 40" in svgs(page)[0].desc.text


def test_fewer_than_five_agencies_are_not_compared(manager: FlaskClient, agencies: list[Service]) -> None:
    page = manager.get("/turnaround/comparison?need=mental_health").text
    assert "at least 5 of them have 8 or more referrals old enough to judge; here there is 1." in text(page)
    assert "What IOM does not control" in page
    assert svgs(page) == []


def test_agencies_that_differ_structurally_are_not_singled_out(manager: FlaskClient) -> None:
    for place in range(6):
        fill(make_service(make_agency(f"A{place}")), 40, 36 if place % 2 else 4)
    page = text(manager.get("/turnaround/comparison").text)
    assert "These agencies differ structurally" in page
    assert "investigate" not in page.split("How to read this")[0]


def test_in_welsh(client_for: Clients, agencies: list[Service]) -> None:
    client = client_for(make_user("iom_manager", language="cy"))
    curves, comparison = (client.get(f"/turnaround/{slug}").text for slug in ("curves", "comparison"))
    assert "Cyfran a atebwyd erbyn diwrnod 5: Asiantaeth A 95%" in text(curves)
    assert "Diwrnodau gwaith ers anfon yr atgyfeiriad" in [
        each.text for each in svgs(curves)[0].select("text")
    ]
    assert "Asiantaeth A: yn llawer gwell na’r disgwyl" in text(comparison)


def test_an_analyst_sees_and_is_drawn_published_numbers_only(client_for: Clients) -> None:
    """Numbers from 1 to 7, and so the days on which so few were answered, are nowhere on the pages."""
    sent = months_back(2)
    for letter in "ABCDE":
        service = make_service(make_agency(f"Dirgel {letter}"))
        for place in range(33):
            make_row(service, sent=sent, standard=after(sent, 2 if place < 3 else 6 if place < 16 else 9))
    client = client_for(make_user("analyst"))
    page = client.get("/turnaround/curves").text
    drawn = svgs(page)[0].select('path[stroke-width="2.5"]')
    assert len(drawn) == 5
    assert "9%" not in text(page)  # 3 of 33
    drawn_words = " ".join(each.text for each in svgs(page)[0].select("text"))
    assert not re.search(r"\b(33|17)\b", drawn_words)
    assert re.search(r"\b(30|35)\b", drawn_words)
    comparison = client.get("/turnaround/comparison").text
    assert "too few to show" in text(comparison)
    assert svgs(comparison) == []


def test_an_agency_manager_sees_their_own_agency_alone(client_for: Clients, agencies: list[Service]) -> None:
    client = client_for(make_user("agency_manager", agencies[0].agency))
    for slug in PAGES:
        page = client.get(f"/turnaround/{slug}").text
        assert "Asiantaeth B" not in page, slug
    assert "here there is 1." in text(client.get("/turnaround/comparison").text)


@pytest.mark.parametrize("slug", PAGES)
def test_only_those_who_may_see_turnaround_open_them(client_for: Clients, slug: str) -> None:
    for role, status in (
        ("agency_worker", 403),
        ("administrator", 403),
        ("analyst", 200),
        ("iom_officer", 200),
    ):
        assert client_for(make_user(role)).get(f"/turnaround/{slug}").status_code == status


@pytest.mark.parametrize("slug", PAGES)
def test_a_wrong_filter_is_refused_and_nothing_is_nothing(manager: FlaskClient, slug: str) -> None:
    assert manager.get(f"/turnaround/{slug}?need=zzz").status_code == 422
    assert "No referrals were sent in this period." in text(manager.get(f"/turnaround/{slug}").text)
    assert manager.get(f"/turnaround/charts/{slug}.svg").status_code == 404
    assert manager.get(f"/turnaround/charts/{slug}.svg?need=zzz").status_code == 404


def test_a_chart_is_a_file_of_published_numbers_and_leaves_a_trace(
    manager: FlaskClient, agencies: list[Service]
) -> None:
    page = manager.get("/turnaround/comparison").text
    links = [
        str(link["href"]) for link in BeautifulSoup(page, "html.parser").select(".portal-chart__files a")
    ]
    assert links == [f"/turnaround/charts/comparison.{form}?need=housing" for form in ("png", "svg")]
    png, svg = (manager.get(link) for link in links)
    assert png.data.startswith(b"\x89PNG")
    assert svg.mimetype == "image/svg+xml"
    assert svg.headers["Content-Disposition"] == f'attachment; filename="comparison-housing-{TODAY}-en.svg"'
    assert "38 of 40" not in svg.text
    assert "95% of 40" not in svg.text
    found = db.session.execute(
        sa.text("SELECT detail FROM audit_entry WHERE action = 'turnaround.export' ORDER BY id")
    ).scalars()
    assert [(each["chart"], each["kind"], each["need"]) for each in found] == [
        ("comparison", "png", "housing"),
        ("comparison", "svg", "housing"),
    ]


def test_every_chart_can_be_downloaded(manager: FlaskClient, agencies: list[Service]) -> None:
    for month in range(1, 4):
        fill(agencies[0], 10, 10, months_back(month))
    for slug in PAGES:
        for form in ("svg", "png"):
            assert manager.get(f"/turnaround/charts/{slug}.{form}").status_code == 200, slug
    assert manager.get("/turnaround/charts/nothing.svg").status_code == 404
    assert manager.get("/turnaround/charts/curves.pdf").status_code == 404


def test_the_number_of_statements_does_not_depend_on_rows(
    manager: FlaskClient, agencies: list[Service]
) -> None:
    def statements(slug: str) -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        manager.get(f"/turnaround/{slug}?{PERIOD}")
        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            manager.get(f"/turnaround/{slug}?{PERIOD}")
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return sum("set_config" not in one and "SAVEPOINT" not in one for one in seen)

    before = [statements(slug) for slug in PAGES]
    for number in range(4):
        fill(
            make_service(make_agency(f"Newydd {number}"), needs=("housing",)), 10, 5, months_back(number + 2)
        )
    assert [statements(slug) for slug in PAGES] == before
