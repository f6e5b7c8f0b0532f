"""What the page of an agency says of its usual wait, and of whether people on IOM are seen sooner."""

from __future__ import annotations

import pytest

from portal.agencies.models import Service
from tests.factories import make_agency, make_service, make_user
from tests.promises.rows import make_wait
from tests.turnaround.rows import make_row, noon
from tests.turnaround.test_agency_page import LONG_AGO, Clients, card, get
from tests.turnaround.test_pages import after, cells, working_days_ago

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def llety(database: None) -> Service:
    return make_service(make_agency("Nacro"), name="Llety")


def wait_rows(service: Service, seen: int, declined: int, late: int) -> None:
    """So many offered on day 5, declined for good on day 6, and offered on day 30."""
    sent = working_days_ago(60)
    for _place in range(seen):
        make_row(service, sent=sent, priority=after(sent, 2), first_offer_at=noon(after(sent, 5)))
    for _place in range(declined):
        make_row(service, sent=sent, declined=after(sent, 2), final=after(sent, 6))
    for _place in range(late):
        make_row(service, sent=sent, priority=after(sent, 2), first_offer_at=noon(after(sent, 30)))


def test_people_on_iom_are_seen_faster_than_usual(client_for: Clients, llety: Service) -> None:
    make_wait(llety, days=20, source="Own records", as_of=LONG_AGO)
    wait_rows(llety, seen=32, declined=4, late=4)
    page = get(client_for(make_user("iom_manager")), llety)
    assert card(page, "Usual wait") == [
        "20 working days",
        "Half wait no longer (the median)",
        "Until the first appointment is offered",
        "Since 6 January 2020",
        "Source: Own records",
    ]
    verdict, seen, declined = card(page, "Against the usual wait")
    assert verdict == "faster than usual"
    assert seen.startswith("80% were seen by the usual wait, likely 6")
    assert declined == "10% were declined by then"
    welsh = get(client_for(make_user("iom_manager", language="cy")), llety)
    assert card(welsh, "O’i gymharu â’r amser aros arferol")[0] == "yn gyflymach na’r arfer"
    assert card(welsh, "Amser aros arferol")[0] == "20 diwrnod gwaith"


def test_whoever_declines_the_slow_half_is_not_faster(client_for: Clients, llety: Service) -> None:
    make_wait(llety, as_of=LONG_AGO)
    wait_rows(llety, seen=20, declined=20, late=0)
    verdict, seen, declined = card(get(client_for(make_user("iom_manager")), llety), "Against the usual wait")
    assert verdict == "no difference shown"
    assert seen.startswith("50% were seen")
    assert declined == "50% were declined by then"


@pytest.mark.parametrize("kind", ["target", "maximum"])
def test_a_target_is_no_usual_wait(client_for: Clients, llety: Service, kind: str) -> None:
    make_wait(llety, kind=kind, as_of=LONG_AGO)
    wait_rows(llety, seen=32, declined=4, late=4)
    assert card(get(client_for(make_user("iom_manager")), llety), "Against the usual wait") == [
        "the test does not apply",
        "A target or a maximum does not say how long people usually wait.",
    ]


def test_fewer_than_twenty_have_no_verdict(client_for: Clients, llety: Service) -> None:
    make_wait(llety, as_of=LONG_AGO)
    wait_rows(llety, seen=12, declined=0, late=0)
    verdict, seen, declined = card(get(client_for(make_user("iom_manager")), llety), "Against the usual wait")
    assert (verdict, declined) == ("too few to say", "none were declined by then")
    assert seen.startswith("100% were seen by the usual wait, likely ")


def test_usual_waits_that_differ_are_told_service_by_service(client_for: Clients, llety: Service) -> None:
    make_wait(llety, as_of=LONG_AGO)
    make_wait(make_service(llety.agency, name="Cymorth"), days=10, as_of=LONG_AGO, unit="calendar")
    make_wait(make_service(llety.agency, name="Arall", needs=("health",)), days=90)
    make_row(llety, sent=working_days_ago(30))
    figure, *beneath = card(get(client_for(make_user("iom_manager")), llety), "Usual wait")
    assert figure == "differs by service"
    assert beneath[:2] == [
        "Cymorth, since 6 January 2020: half wait 10 calendar days or less",
        "Llety, since 6 January 2020: half wait 20 working days or less",
    ]
    assert "90" not in " ".join(beneath)


def test_the_summary_says_where_the_test_does_not_apply(client_for: Clients, llety: Service) -> None:
    """Where all that was told is a target or a maximum; where one of the two services has a median, it is too soon."""
    make_wait(llety, as_of=LONG_AGO)
    make_wait(llety, kind="target", as_of=working_days_ago(100))
    other = make_service(make_agency("Arall"), name="Cymorth")
    make_wait(other, kind="maximum", as_of=LONG_AGO)
    make_wait(make_service(other.agency, name="Noddfa"), as_of=LONG_AGO)
    for service in (llety, other):
        make_row(service, sent=working_days_ago(30))
    page = client_for(make_user("iom_manager")).get("/turnaround").text
    assert "Against the usual wait" in page
    assert "the test does not apply" in cells(page, "Nacro")
    assert "the test does not apply" not in cells(page, "Arall")
