"""Imported history in declines, outcomes and withdrawals: counted where it knows, left aside where it cannot know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.clocks.clock import LONDON
from portal.db import SYSTEM, Scope
from portal.turnaround import history_importing as importing
from portal.turnaround.counting import holds_history, together
from portal.turnaround.declines import UNSAID, decline_counts, withdrawal_counts
from portal.turnaround.filters import Filter
from portal.turnaround.history_reading import read
from portal.turnaround.outcomes import outcome_counts, referral_counts
from portal.turnaround.pressing import beside_counts, chase_counts
from tests.factories import GWENT, area, make_agency, make_service, make_user
from tests.turnaround.flow_rows import make_appointment, make_chase
from tests.turnaround.history_files import as_csv, row
from tests.turnaround.rows import make_row

pytestmark = pytest.mark.usefixtures("database")
MARCH = Filter(date(2024, 3, 1), date(2024, 3, 31), as_of=date(2024, 4, 30))
TODAY = datetime.now(LONDON).date()


@pytest.fixture
def service(database: None) -> Service:
    """Of March 2024 five imported referrals, one of them a duplicate, and three of the portal's own."""
    service = make_service(make_agency("Nacro"), name="Llety")
    sent, decided = "2024-03-04", "2024-03-06"
    declined = {"decided_on": decided, "decision": "declined"}
    report = importing.examine(
        read(
            as_csv(
                row(reference="1", sent_on=sent, decline_reason="no_capacity", **declined),
                row(reference="2", sent_on=sent, decline_reason="duplicate", **declined),
                row(reference="3", sent_on=sent, withdrawn_on="2024-03-08"),
                row(
                    reference="4", sent_on=sent, decided_on=decided, decision="accepted_priority",
                    service_started_on="2024-03-11", closed_on="2024-04-02", outcome="met", service="Llety",
                ),
                row(reference="5", sent_on=sent, decided_on="2024-05-01", decision="accepted_standard"),
            )
        ),
        TODAY,
    )  # fmt: skip
    importing.take_in(report, token="t", file_name="x.csv")
    day = date(2024, 3, 5)
    make_row(service, sent=day, declined=day, reason="no_local_connection", status="declined")
    make_row(service, sent=day, withdrawn=day)
    accepted = make_row(service, sent=day, priority=day)
    make_appointment(accepted, offered=day, at=date(2024, 3, 12), state="kept")
    make_chase(accepted, at=day)
    return service


def test_declines_of_history_are_final_at_once_and_nothing_became_of_them(service: Service) -> None:
    total = together(decline_counts(MARCH, SYSTEM))
    assert {name: number for name, number in total.items() if number} == {
        "sent": 7, "declined": 2, "final": 1, "imported": 1, "waiting": 1, "left_out": 1,
    }  # fmt: skip
    by_reason = {each.part: each["declined"] for each in decline_counts(MARCH, SYSTEM) if each.part}
    assert by_reason == {"no_capacity": 1, "no_local_connection": 1}


def test_why_history_was_withdrawn_is_not_known(service: Service) -> None:
    counted = {each.part: each["withdrawn"] for each in withdrawal_counts(MARCH, SYSTEM) if each.part}
    assert counted == {"no_answer": 1, UNSAID: 1}


def test_outcomes_count_history_and_appointments_only_their_own(service: Service) -> None:
    [found] = outcome_counts(MARCH, SYSTEM)
    assert {name: number for name, number in found.counts.items() if number} == {
        "n": 7, "accepted": 2, "started": 1, "met": 1, "withdrawn": 2, "declined": 1, "open": 3, "left_out": 1,
    }  # fmt: skip
    assert (found.appointments["offered"], found.appointments["kept"]) == (1, 1)


def test_chases_and_what_stands_beside_them_leave_history_aside(service: Service) -> None:
    [chased] = chase_counts(MARCH, SYSTEM)
    [beside] = beside_counts(MARCH, SYSTEM)
    assert (chased["made"], beside["sent"], beside["pressed"]) == (1, 3, 1)


def test_each_viewer_counts_the_history_of_their_own(service: Service) -> None:
    agency = Scope("agency", 1, agency_id=service.agency_id, area_ids=None, service_ids=None)
    for scope, number in (
        (agency, 7),
        (replace(agency, service_ids=(service.id,)), 4),
        (replace(agency, agency_id=service.agency_id + 1), 0),
        (Scope("iom", 1, area_ids=(area().id,)), 7),
        (Scope("iom", 1, area_ids=(area(GWENT).id,)), 0),
        (Scope("figures", 1, area_ids=None), 7),
        (Scope("none"), 0),
    ):
        assert together(referral_counts(MARCH, scope)).get("n", 0) == number, scope
        assert holds_history(MARCH, scope) == (number > 0), scope
    assert not holds_history(replace(MARCH, from_on=date(2024, 3, 5)), SYSTEM)


def test_the_pages_say_what_they_leave_aside(
    client_for: Callable[[User], FlaskClient], service: Service
) -> None:
    client = client_for(make_user("iom_manager"))
    march = "from-day=1&from-month=3&from-year=2024&to-day=31&to-month=3&to-year=2024"
    april = "from-day=1&from-month=4&from-year=2024"
    for slug in ("declines", "needs", "appointments", "chases"):
        page = BeautifulSoup(client.get(f"/turnaround/{slug}?{march}").text, "html.parser")
        [note] = [each.get_text() for each in page.select("li") if "from spreadsheets" in each.get_text()]
        assert ("not counted here" if slug == "chases" else "are counted") in note
        assert "from spreadsheets" not in client.get(f"/turnaround/{slug}?{april}").text
    declines = BeautifulSoup(client.get(f"/turnaround/declines?{march}").text, "html.parser")
    rows = declines.select("#after-declines tbody tr")
    after = {each.th.get_text(): each.get_text(" ", strip=True) for each in rows if each.th}
    assert after["Nacro"].startswith("Nacro Declined 1 Challenged by IOM 0 Not final yet 1")
    assert "Reason not recorded" in declines.select("#withdrawals")[0].get_text()
