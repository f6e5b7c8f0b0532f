"""Adding, changing and closing services: by administrators all, by agency managers their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.agencies.models import Service
from portal.agencies.queries import today
from portal.db import SYSTEM, db, enter_scope
from tests.agencies.service_forms import filled, saved, trace
from tests.conftest import sign_in_client
from tests.factories import CARDIFF, GWENT, make_agency, make_service, make_user
from tests.hostile import HOSTILE

ClientFor = Callable[[User], FlaskClient]


def test_only_those_who_may_change_a_service_are_offered_to(client_for: ClientFor) -> None:
    service = make_service()
    href = f"/services/{service.id}/edit"
    assert href in client_for(make_user(Role.ADMINISTRATOR)).get(f"/services/{service.id}").text
    manager = make_user(Role.AGENCY_MANAGER, agency=service.agency)
    assert href in client_for(manager).get(f"/services/{service.id}").text
    for other in (
        make_user(),
        make_user(Role.AGENCY_MANAGER),
        make_user(Role.AGENCY_WORKER, agency=service.agency),
    ):
        assert href not in client_for(other).get(f"/services/{service.id}").text


@pytest.mark.parametrize("role", ["iom_officer", "iom_manager", "agency_worker", "analyst"])
def test_roles_that_never_keep_services_are_forbidden_to(client_for: ClientFor, role: str) -> None:
    service = make_service()
    client = client_for(make_user(role))
    for path in ("/services/new", f"/services/{service.id}/edit", f"/services/{service.id}/close"):
        assert client.get(path).status_code == 403
    assert client.post(f"/services/{service.id}/reopen").status_code == 403


def test_another_agencys_service_is_not_found_by_a_manager(client_for: ClientFor) -> None:
    service = make_service()
    client = client_for(make_user(Role.AGENCY_MANAGER))
    assert client.get(f"/services/{service.id}/edit").status_code == 404
    assert client.post(f"/services/{service.id}/edit", data=filled()).status_code == 404
    assert client.post(f"/services/{service.id}/reopen").status_code == 404


def test_a_manager_of_chosen_services_changes_only_those(client_for: ClientFor) -> None:
    agency = make_agency()
    own, other = make_service(agency), make_service(agency)
    manager = make_user(Role.AGENCY_MANAGER, agency=agency, every_service=False, services=[own])
    client = client_for(manager)
    assert client.get(f"/services/{own.id}/edit").status_code == 200
    assert client.get(f"/services/{other.id}/edit").status_code == 404
    assert client.get("/services/new").status_code == 404


def test_an_administrator_adds_a_service_with_all_its_facts(client_for: ClientFor) -> None:
    agency = make_agency("Cartref")
    answer = client_for(make_user(Role.ADMINISTRATOR)).post("/services/new", data=filled(agency=agency.id))
    service = db.session.scalars(sa.select(Service).where(Service.agency == agency)).one()
    assert answer.location == f"/services/{service.id}"
    assert (service.name, service.name_cy) == ("Rooms", "Ystafelloedd")
    assert service.need_codes == ["housing", "finance"]
    assert {item.code for item in service.areas} == {GWENT, CARDIFF}
    assert (service.accepts_female, service.accepts_male) == (True, False)
    assert (service.minimum_age, service.maximum_age) == (18, 25)
    assert service.description == "Rooms & support:\n• short\n• long"
    assert service.delivery == ["in_person", "hub"]
    assert service.welsh_offer is True
    assert service.intake_email == "rooms@agency.example"
    assert (service.opens_on, service.closes_on) == (date(2026, 4, 1), None)
    assert trace()[-1] == ("service.added", [service.id], agency.id)


def test_a_manager_adds_services_to_the_own_agency_whatever_is_posted(client_for: ClientFor) -> None:
    manager, foreign = make_user(Role.AGENCY_MANAGER), make_agency()
    client_for(manager).post("/services/new", data=filled(agency=foreign.id))
    service = db.session.scalars(sa.select(Service).where(Service.name == "Rooms")).one()
    assert service.agency_id == manager.agency_id


def test_a_service_is_changed_and_the_change_leaves_a_trace(client_for: ClientFor) -> None:
    service = make_service(name="Old")
    client = client_for(make_user(Role.AGENCY_MANAGER, agency=service.agency))
    answer = client.post(f"/services/{service.id}/edit", data=filled(version=service.version, name="New"))
    assert answer.status_code == 302
    assert saved(service).name == "New"
    assert trace()[-1] == ("service.changed", [service.id], service.agency_id)


def test_the_form_shows_the_service_as_it_stands(client_for: ClientFor) -> None:
    service = make_service(name="Rooms", accepts_male=False, minimum_age=18, opens_on=date(2026, 4, 1))
    page = client_for(make_user(Role.ADMINISTRATOR)).get(f"/services/{service.id}/edit").text
    assert 'value="Rooms"' in page
    assert 'value="female" checked' in page
    assert 'value="male" checked' not in page
    assert 'value="housing" checked' in page
    assert f'name="version" type="hidden" value="{service.version}"' in page


def test_whoever_saves_second_is_told_and_keeps_what_was_typed(client_for: ClientFor) -> None:
    service = make_service(name="Old")
    client = client_for(make_user(Role.ADMINISTRATOR))
    path, seen = f"/services/{service.id}/edit", service.version
    assert client.post(path, data=filled(version=seen, name="First")).status_code == 302
    second = client.post(path, data=filled(version=seen, name="Second", exclusions="Arson"))
    assert second.status_code == 409
    assert "Someone else has saved a change since you opened this page" in second.text
    assert 'value="Second"' in second.text
    assert "Arson" in second.text
    assert saved(service).name == "First"
    assert f'value="{service.version}"' in second.text
    assert client.post(path, data=filled(version=service.version, name="Second")).status_code == 302
    assert saved(service).name == "Second"


def test_a_change_of_needs_alone_counts_as_a_change(client_for: ClientFor) -> None:
    service = make_service(name="Rooms")
    client = client_for(make_user(Role.ADMINISTRATOR))
    path, seen = f"/services/{service.id}/edit", service.version
    client.post(path, data=filled(version=seen))
    between = saved(service).version
    client.post(path, data=filled(version=between, needs=["health"]))
    assert saved(service).version > between
    assert client.post(path, data=filled(version=between)).status_code == 409


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "Enter the name of the service"),
        ({"name": "x" * 201}, "Enter no more than 200 characters"),
        ({"needs": []}, "Select at least one need"),
        ({"needs": ["nonsense"]}, "Select an answer from the list"),
        ({"areas": []}, "Select at least one area"),
        ({"areas": ["999999"]}, "Select an answer from the list"),
        ({"sexes": []}, "Select women, men or both"),
        ({"minimum_age": "30"}, "The oldest age must not be below the youngest"),
        ({"minimum_age": "٣٤"}, "Enter a whole number"),
        ({"maximum_age": "121"}, "Enter a number from 0 to 120"),
        ({"intake_email": "rooms"}, "Enter an email address in the correct format"),
        ({"opens_on-month": "13"}, "Enter a real date"),
        ({"closes_on-day": "31", "closes_on-month": "3", "closes_on-year": "2026"}, "The last day must not be before"),
        ({"delivery": ["pigeon"]}, "Select an answer from the list"),
        ({"welsh_offer": ""}, "Select yes if it is offered in Welsh"),
        ({"agency": ""}, "Select an agency"),
        ({"agency": "999999"}, "Select an answer from the list"),
    ],
)  # fmt: skip
def test_each_mistake_is_said_beside_its_field_and_nothing_typed_is_lost(
    client_for: ClientFor, changes: dict[str, Any], message: str
) -> None:
    agency = make_agency()
    page = client_for(make_user(Role.ADMINISTRATOR)).post(
        "/services/new", data=filled(agency=agency.id, telephone="01632 960 999") | changes
    )
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert page.text.count(message) == 2
    assert 'value="01632 960 999"' in page.text
    assert "• long" in page.text
    assert (
        db.session.scalar(sa.select(sa.func.count()).select_from(Service).where(Service.agency == agency))
        == 0
    )


def test_no_hostile_form_is_a_fault(client_for: ClientFor) -> None:
    agency = make_agency()
    client = client_for(make_user(Role.ADMINISTRATOR))
    for text in HOSTILE:
        for name in filled():
            data = {key: value for key, value in filled(agency=agency.id).items() if key != name}
            body = "&".join(
                f"{key}={one}"
                for key, value in data.items()
                for one in (value if isinstance(value, list) else [value])
            )
            raw = (
                body.encode()
                + f"&{name}=".encode()
                + text.encode("utf-8", "surrogatepass").replace(b"&", b"%26")
            )
            answer = client.post("/services/new", data=raw, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in (302, 400, 422), (name, text)


def test_a_body_of_ten_megabytes_is_too_large(client_for: ClientFor) -> None:
    client = client_for(make_user(Role.ADMINISTRATOR))
    assert client.post("/services/new", data={"name": "x" * 10_000_000}).status_code == 413


def test_a_service_is_closed_now_and_opened_again(client_for: ClientFor) -> None:
    service = make_service(opens_on=date(2026, 4, 1))
    client = client_for(make_user(Role.AGENCY_MANAGER, agency=service.agency))
    client.post(f"/services/{service.id}/close", data={"version": service.version, "when": "now"})
    assert not saved(service).is_open(today())
    assert trace()[-1].action == "service.closed"
    client.post(f"/services/{service.id}/reopen")
    assert saved(service).is_open(today())
    assert trace()[-1].action == "service.reopened"


def test_a_service_is_closed_after_a_last_day(client_for: ClientFor) -> None:
    service, last = make_service(), today() + timedelta(days=10)
    data = {"version": service.version, "when": "later"}
    data |= {"last_day-day": last.day, "last_day-month": last.month, "last_day-year": last.year}
    assert (
        client_for(make_user(Role.ADMINISTRATOR)).post(f"/services/{service.id}/close", data=data).status_code
        == 302
    )
    assert saved(service).is_open(last)
    assert not service.is_open(last + timedelta(days=1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Select when it closes"),
        ({"when": "later"}, "Enter the last day"),
        (
            {"when": "later", "last_day-day": "1", "last_day-month": "1", "last_day-year": "2020"},
            "today or later",
        ),
        (
            {"when": "later", "last_day-day": "31", "last_day-month": "2", "last_day-year": "2030"},
            "Enter a real date",
        ),
    ],
)
def test_a_wrong_closing_is_said(client_for: ClientFor, data: dict[str, str], message: str) -> None:
    service = make_service()
    page = client_for(make_user(Role.ADMINISTRATOR)).post(
        f"/services/{service.id}/close", data=data | {"version": str(service.version)}
    )
    assert page.status_code == 422
    assert message in page.text
    assert saved(service).active


def test_closing_what_someone_else_has_just_changed_is_refused(client_for: ClientFor) -> None:
    service = make_service()
    page = client_for(make_user(Role.ADMINISTRATOR)).post(
        f"/services/{service.id}/close", data={"version": "0", "when": "now"}
    )
    assert page.status_code == 409
    assert saved(service).active


def test_of_several_who_save_at_once_one_wins_and_the_others_are_told(committed_app: Flask) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        service, administrator = make_service(name="Old"), make_user(Role.ADMINISTRATOR)
        clients = [sign_in_client(committed_app, administrator) for _ in range(6)]
        path, version, form = f"/services/{service.id}/edit", service.version, filled(version=service.version)
        db.session.remove()

    def save(number: int) -> int:
        return clients[number].post(path, data=form | {"name": f"Editor {number}"}).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(save, range(6)))
    assert sorted(answers) == [302, 409, 409, 409, 409, 409]
    with committed_app.app_context():
        enter_scope(SYSTEM)
        kept = db.session.scalars(sa.select(Service)).one()
        assert kept.name == f"Editor {answers.index(302)}"
        assert kept.version == version + 1
