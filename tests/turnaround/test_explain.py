"""What the figures mean: the example is worked out by hand here, and the page must print the same."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.calendar import working_days
from portal.db import as_owner, db
from portal.turnaround import example
from tests.factories import make_agency, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]

# Sent, what became of it, and the working days, counted on a calendar of May 2026: Monday the 4th is a holiday.
BY_HAND = [
    ("Fri 1 May", "answered on Wed 6 May", "2"),
    ("Fri 1 May", "answered on Mon 11 May", "5"),
    ("Sat 2 May", "answered on Thu 7 May", "2"),
    ("Tue 5 May", "answered on Fri 8 May", "3"),
    ("Wed 6 May", "answered on Thu 14 May", "6"),
    ("Thu 7 May", "withdrawn by IOM on Wed 13 May", "4"),
    ("Mon 11 May", "answered on Wed 13 May", "2"),
    ("Mon 11 May", "still waiting", "9"),
    ("Thu 14 May", "still waiting", "6"),
    ("Tue 19 May", "still waiting", "3"),
]
STEPS_BY_HAND = [
    ("day 2", "10", "3 answered", "100% × 3 ÷ 10 = 30%", "30%", "0%", "70%"),
    ("day 3", "7", "1 answered", "70% × 1 ÷ 7 = 10%", "40%", "0%", "60%"),
    ("day 4", "5", "1 withdrawn", "60% × 1 ÷ 5 = 12%", "40%", "12%", "48%"),
    ("day 5", "4", "1 answered", "48% × 1 ÷ 4 = 12%", "52%", "12%", "36%"),
    ("day 6", "3", "1 answered", "36% × 1 ÷ 3 = 12%", "64%", "12%", "24%"),
]


def text(page: str) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(page, "html.parser").get_text(" "))


def tables(page: str) -> list[list[tuple[str, ...]]]:
    """Of each table the rows, without the headings that narrow screens repeat."""
    soup = BeautifulSoup(page, "html.parser")
    for heading in soup.select(".portal-table__heading"):
        heading.decompose()
    return [
        [
            tuple(re.sub(r"\s+", " ", cell.get_text(" ", strip=True)) for cell in row.select("th, td"))
            for row in each.select("tbody tr")
        ]
        for each in soup.select("main table")
    ]


@pytest.fixture
def page(client_for: Clients) -> str:
    return client_for(make_user("iom_manager")).get("/turnaround/explain").text


def test_the_holiday_of_the_example_is_one_in_the_portals_calendar() -> None:
    assert working_days().is_holiday(example.HOLIDAY)


def test_the_days_of_the_example_are_those_of_a_calendar(page: str) -> None:
    assert tables(page)[0] == [(f"Referral {i}", *row) for i, row in enumerate(BY_HAND, start=1)]


def test_answered_referrals_alone_flatter(page: str) -> None:
    """Of the six answered five were by day 5, and three by day 2."""
    assert tables(page)[1] == [
        ("Answered by day 5", "83%", "52%"),
        ("Half answered by", "day 2", "day 5"),
    ]


def test_the_sums_are_those_of_a_pencil(page: str) -> None:
    assert tables(page)[2] == STEPS_BY_HAND
    assert (
        "By day 5: answered 52%, withdrawn 12%, still waiting 36%. Together they are always 100%."
        " Half were answered by day 5."
    ) in text(page)


def test_what_the_pages_would_say_is_counted_by_hand(page: str) -> None:
    """Judged: all but 6 and 10. In time: 1, 2, 3, 4 and 7. Past it and waiting: 8 and 9."""
    said = text(page)
    assert "Answered in time: 5 of 8 (62%), likely 31% to 86%." in said
    assert "Answered by day 5: 52%, likely 19% to 78%." in said
    assert "It was day 5 in these 10" in said
    assert "Waiting now: 3. Past promise now: 2. Oldest: 9 working days." in said


def test_without_the_withdrawn_more_would_seem_answered(page: str) -> None:
    """1 − 7/10 · 6/7 · 3/4 · 2/3 = 70 %."""
    assert "in the example 70% would have been answered by day 6, not 64%." in text(page)


def test_the_likely_ranges_are_wilsons(page: str) -> None:
    assert tables(page)[3] == [
        ("6 of 8", "75%", "likely 41% to 93%"),
        ("15 of 20", "75%", "likely 53% to 89%"),
        ("150 of 200", "75%", "likely 69% to 80%"),
    ]


def test_the_two_clocks_and_the_day_from_which_a_person_is_free(page: str) -> None:
    said = text(page)
    assert "All days: 4. The agency waited for IOM for 2 of them. Without these: 4 − 2 = 2." in said
    assert (
        "Sent on 1 May 2026, free to come from 15 May 2026, offered an appointment on 19 May 2026:"
        " that is day 2, not day 11."
    ) in said


def test_the_contents_lead_to_every_heading(page: str) -> None:
    main = BeautifulSoup(page, "html.parser").main
    assert main is not None
    links = [str(link["href"]) for link in main.select("nav a[href^='#']")]
    assert links == [f"#{heading['id']}" for heading in main.select("h2[id]")]
    assert len(links) == 14
    assert [link.text.strip() for link in main.select("a[aria-current=page]")] == ["What the figures mean"]


def test_the_filter_of_the_address_is_kept_by_the_tabs(client_for: Clients) -> None:
    page = client_for(make_user("iom_manager")).get("/turnaround/explain?need=housing").text
    assert 'href="/turnaround?need=housing"' in page


def test_in_welsh(client_for: Clients) -> None:
    page = client_for(make_user("iom_manager", language="cy")).get("/turnaround/explain").text
    assert "Erbyn diwrnod 5: atebwyd 52%, tynnwyd 12% yn ôl, ac mae 36% yn dal i aros." in text(page)
    assert tables(page)[0][0] == ("Atgyfeiriad 1", "Gwen 1 Mai", "atebwyd ar Mer 6 Mai", "2")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("iom_manager", 200),
        ("agency_manager", 200),
        ("analyst", 200),
        ("agency_worker", 403),
        ("iom_officer", 200),
        ("administrator", 403),
    ],
)
def test_whoever_may_see_turnaround_may_read_it(client_for: Clients, role: str, status: int) -> None:
    agency = make_agency() if role.startswith("agency") else None
    assert client_for(make_user(role, agency)).get("/turnaround/explain").status_code == status


def test_reading_it_leaves_a_trace(client_for: Clients) -> None:
    user = make_user("iom_manager")
    user_id = user.id
    client_for(user).get("/turnaround/explain")
    with as_owner():
        found = db.session.scalars(
            sa.text("SELECT action FROM audit_entry WHERE user_id = :id"), {"id": user_id}
        ).all()
    assert "turnaround.explained" in found
