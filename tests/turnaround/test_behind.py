"""The referrals behind each figure: as many as the figure says, whatever is asked and whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.referrals.models import Referral
from portal.turnaround import behind
from portal.turnaround import history_importing as importing
from portal.turnaround.behind import Chosen, count_behind, list_behind
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.counting import together
from portal.turnaround.declines import decline_counts, withdrawal_counts
from portal.turnaround.filters import Filter, months_before
from portal.turnaround.history_reading import read
from portal.turnaround.result import Row, figures
from tests.factories import GWENT, area, make_agency, make_service, make_user
from tests.turnaround.history_files import as_csv, row
from tests.turnaround.rows import make_row
from tests.turnaround.test_pages import TODAY, after, cells, working_days_ago
from tests.turnaround.test_tally import some_row

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def take_in(*rows: dict[str, Any]) -> None:
    report = importing.examine(read(as_csv(*rows)), TODAY)
    importing.take_in(report, token="t", file_name="x.csv")


def counted(found: Row, measure: str) -> Iterable[tuple[str, int]]:
    """The figures of a row and what they count."""
    if measure == "M4":
        granted = found.in_time
        yield "priority", granted.part
        yield "not_priority", granted.whole - granted.part
        yield "granted_besides", int(found.counts.event.sum()) - granted.part
        return
    yield "sent", found.n
    yield "left_out", found.excluded
    yield "waiting", found.open_now
    yield "answered_in_time", found.in_time.part
    yield "answered_late", found.in_time.whole - found.in_time.part
    if found.promise:
        yield "kept", found.promise.kept.part
        yield "not_kept", found.promise.kept.whole - found.promise.kept.part
        yield "late_now", found.promise.late_now


def listed(asked: Filter, chosen: Chosen, scope: Scope) -> list[int]:
    """The numbers of all pages, one after the other."""
    ids: list[int] = []
    cursor = None
    while True:
        rows, more = list_behind(asked, chosen, scope, cursor)
        ids += [each.id for each in rows]
        if not more:
            return ids
        cursor = rows[-1].sent_at, rows[-1].id


@pytest.fixture
def random_rows(database: None) -> Random:
    """Eighty referrals somewhere in their lives, and three imported ones."""
    random = Random(7)  # noqa: S311
    services = [
        make_service(make_agency("Nacro")),
        make_service(make_agency()),
        make_service(needs=("mental_health",)),
    ]
    for _ in range(80):
        some_row(random, services)
    sent = (TODAY - timedelta(days=60)).isoformat()
    decided = (TODAY - timedelta(days=50)).isoformat()
    take_in(
        row(reference="1", sent_on=sent),
        row(reference="2", sent_on=sent, withdrawn_on=decided),
        row(
            reference="3", sent_on=sent, decided_on=decided, decision="declined", decline_reason="no_capacity"
        ),
    )
    return random


def questions(random: Random) -> Iterable[tuple[Filter, Scope]]:
    people = db.session.scalars(sa.select(Referral.person_id).where(Referral.restricted)).all()
    [nacro] = set(db.session.scalars(sa.text("SELECT id FROM agency WHERE name = 'Nacro'")))
    asked = Filter(months_before(TODAY, 4), TODAY - timedelta(days=10), TODAY)
    south, gwent = area().id, area(GWENT).id
    yield asked, SYSTEM
    yield replace(asked, clock="net", days="calendar"), SYSTEM
    yield replace(asked, as_of=TODAY - timedelta(days=40)), Scope("iom", 1, area_ids=(south, gwent))
    yield replace(asked, cohort="flex"), Scope("iom", 1, area_ids=(gwent,), person_ids=tuple(people[:3]))
    yield (
        replace(asked, by="service", need="housing"),
        Scope("agency", 1, agency_id=nacro, area_ids=None, service_ids=None),
    )


def test_it_holds_exactly_the_referrals_that_the_figure_counted(random_rows: Random) -> None:
    seen: dict[str, int] = {}
    for asked, scope in questions(random_rows):
        enter_scope(scope)
        for code in BY_CODE:
            [rows] = figures(asked, BY_CODE[code])
            for found in rows:
                narrowed = _narrowed(asked, found)
                for figure, number in counted(found, code) if narrowed else ():
                    chosen = Chosen(figure, code)
                    behind_it = count_behind(narrowed, chosen, scope)[figure]  # type: ignore[arg-type]
                    assert behind_it.all == number, (asked, scope, code, figure)
                    ids = listed(narrowed, chosen, scope)  # type: ignore[arg-type]
                    assert len(ids) == len(set(ids)) == number - behind_it.imported
                    seen[figure] = seen.get(figure, 0) + number
    enter_scope(SYSTEM)
    assert set(seen) == set(behind.OF_A_MEASURE)
    assert all(seen.values()), seen


def _narrowed(asked: Filter, found: Row) -> Filter | None:
    """As the links of the summary do; a row without a service has none."""
    if asked.by == "agency":
        return replace(asked, need=found.need, agency_id=int(found.key))
    return replace(asked, need=found.need, service_id=int(found.key)) if found.key != "none" else None


def test_declines_and_withdrawals_by_reason_and_cause(random_rows: Random) -> None:
    for asked, scope in questions(random_rows):
        enter_scope(scope)
        by_agency = replace(asked, by="agency")
        for figure, counts in (
            ("declined", decline_counts(by_agency, scope)),
            ("withdrawn", withdrawal_counts(by_agency, scope)),
        ):
            total = together(counts).get(figure, 0)
            assert count_behind(asked, Chosen(figure), scope)[figure].all == total
            for reason in {each.part for each in counts if each.part}:
                number = sum(each[figure] for each in counts if each.part == reason)
                assert count_behind(asked, Chosen(figure, reason=reason), scope)[figure].all == number
        declined = together(decline_counts(by_agency, scope))["declined"]
        assert count_behind(asked, Chosen("declined", cause="agency"), scope)["declined"].all == declined
        assert count_behind(asked, Chosen("declined", cause="person"), scope)["declined"].all == 0
    enter_scope(SYSTEM)


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
    ):
        assert client.get(f"/turnaround/referrals?{query}").status_code == 404, query
    for query in (
        "",
        "figure=declined&cause=agency",
        "figure=withdrawn&reason=unsaid",
        "after=x",
        "after=1.1",
        "measure=M3",
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
