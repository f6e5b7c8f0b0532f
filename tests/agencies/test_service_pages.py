"""The list of services and one service, as each role meets them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.agencies.models import Agency
from portal.agencies.queries import today
from tests.factories import make_service, make_user
from tests.hostile import HOSTILE

ClientFor = Callable[[User], FlaskClient]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_everyone_signed_in_reads_the_directory(client_for: ClientFor, role: Role) -> None:
    service = make_service(name="Rooms")
    client = client_for(make_user(role))
    assert "Rooms" in client.get("/services").text
    assert client.get(f"/services/{service.id}").status_code == 200


def test_whoever_is_not_signed_in_is_sent_to_sign_in(client_for: ClientFor) -> None:
    client = client_for(make_user())
    client.post("/sign-out")
    for path in ("/services", "/services/1", "/services/new", "/admin", "/admin/users", "/account"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in")


def test_a_service_that_is_not_there_is_not_found(client_for: ClientFor) -> None:
    client = client_for(make_user())
    for number in ("0", "999999", "2147483648", "9" * 40, "x"):
        assert client.get(f"/services/{number}").status_code == 404


def test_filters_stand_in_the_address_and_can_be_taken_off(client_for: ClientFor) -> None:
    make_service(name="Rooms", needs=("housing",))
    make_service(name="Talking", needs=("mental_health",))
    page = client_for(make_user()).get("/services?need=housing&sex=female")
    assert "Rooms" in page.text
    assert "Talking" not in page.text
    assert "1 service" in page.text
    assert 'href="/services?sex=female"' in page.text
    assert 'href="/services?need=housing"' in page.text


def test_closed_services_are_listed_only_where_asked_for_and_say_so(client_for: ClientFor) -> None:
    make_service(name="Shut", active=False)
    client = client_for(make_user())
    assert "Shut" not in client.get("/services").text
    page = client.get("/services?closed=1").text
    assert "Shut" in page
    assert "Closed to new referrals" in page


def test_pages_of_a_long_list_lead_to_one_another(client_for: ClientFor) -> None:
    for number in range(30):
        make_service(name=f"Zebra {number:02}")
    client = client_for(make_user())
    first = client.get("/services?text=zebra").text
    assert 'href="/services?text=zebra&amp;page=2"' in first
    second = client.get("/services?text=zebra&page=2").text
    assert "Zebra 29" in second
    assert 'href="/services?text=zebra"' in second


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("age=old", "Enter a whole number"),
        ("age=121", "Enter a number from 0 to 120"),
        ("need=nonsense", "Select an answer from the list"),
        ("area=999999", "Select an answer from the list"),
    ],
)
def test_a_filter_that_cannot_be_read_is_said_beside_its_field(
    client_for: ClientFor, query: str, message: str
) -> None:
    page = client_for(make_user()).get(f"/services?{query}")
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert message in page.text


def test_no_hostile_filter_is_a_fault(client_for: ClientFor) -> None:
    client = client_for(make_user())
    for text in HOSTILE:
        query = dict.fromkeys(("text", "need", "area", "agency", "sex", "age", "closed", "page"), text)
        encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in query.items()}
        assert client.get("/services", query_string=encoded).status_code in (200, 400, 422)


def test_text_is_shown_as_text_in_paragraphs_and_lists(client_for: ClientFor) -> None:
    told = "Help with:\n• <b>rooms</b>\n• deposits\n\nCall first.\nAny day."
    service = make_service(description=told)
    page = client_for(make_user()).get(f"/services/{service.id}").text
    assert "<li>&lt;b&gt;rooms&lt;/b&gt;</li><li>deposits</li>" in page
    assert '<p class="govuk-body">Call first.<br>Any day.</p>' in page


def test_welsh_pages_use_the_welsh_name_where_there_is_one(client_for: ClientFor) -> None:
    service = make_service(name="Rooms", name_cy="Ystafelloedd")
    client = client_for(make_user(language="cy"))
    assert "Ystafelloedd" in client.get("/services").text
    assert "Ystafelloedd" in client.get(f"/services/{service.id}").text


def test_services_of_a_closed_agency_are_closed_too(client_for: ClientFor) -> None:
    service = make_service(Agency(name="Gone", closed_on=today()), name="Left over")
    client = client_for(make_user())
    assert "Left over" not in client.get("/services").text
    assert "Closed to new referrals" in client.get(f"/services/{service.id}").text
