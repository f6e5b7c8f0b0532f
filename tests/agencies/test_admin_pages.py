"""Administration of agencies and areas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.agencies.models import Agency
from portal.agencies.queries import today
from portal.db import db
from tests.factories import GWENT, SOUTH_WALES, area, make_agency, make_service, make_user
from tests.hostile import HOSTILE

ClientFor = Callable[[User], FlaskClient]
AGENCY = {"version": "new", "name": "Cartref", "name_cy": "", "description": "Homes", "language": "cy"}


def area_form(**changes: Any) -> dict[str, Any]:
    form: dict[str, Any] = {
        "version": "new",
        "code": "W06000099",
        "name_en": "Newtown",
        "name_cy": "Y Drenewydd",
        "kind": "local_authority",
        "police_force": area(GWENT).id,
        "health_board": "",
        "delivery_unit": "",
        "rural": "yes",
    }
    return form | changes


def last_action() -> str:
    return str(db.session.scalar(sa.text("SELECT action FROM audit_entry ORDER BY id DESC LIMIT 1")))


@pytest.fixture
def admin(client_for: ClientFor) -> FlaskClient:
    return client_for(make_user(Role.ADMINISTRATOR))


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.SYSTEM, Role.ADMINISTRATOR)])
def test_administration_is_for_administrators(client_for: ClientFor, role: Role) -> None:
    client, agency = client_for(make_user(role)), make_agency()
    for path in (
        "",
        "/agencies",
        "/agencies/new",
        f"/agencies/{agency.id}/edit",
        "/areas",
        "/areas/new",
        "/users",
    ):
        assert client.get(f"/admin{path}").status_code == 403
    assert client.post(f"/admin/agencies/{agency.id}/reopen").status_code == 403


def test_the_first_page_leads_to_everything(admin: FlaskClient) -> None:
    page = admin.get("/admin").text
    for href in ("/admin/users", "/admin/agencies", "/services", "/admin/areas"):
        assert f'href="{href}"' in page


def test_an_agency_is_added_once(admin: FlaskClient) -> None:
    assert admin.post("/admin/agencies/new", data=AGENCY).location == "/admin/agencies"
    agency = db.session.scalars(sa.select(Agency).where(Agency.name == "Cartref")).one()
    assert (agency.description, agency.language, agency.name_cy) == ("Homes", "cy", None)
    assert last_action() == "agency.added"
    again = admin.post("/admin/agencies/new", data=AGENCY | {"name": "CARTREF"})
    assert again.status_code == 422
    assert again.text.count("There is an agency of this name already") == 2
    assert 'value="CARTREF"' in again.text


def test_an_agency_is_changed_and_a_second_editor_is_told(admin: FlaskClient) -> None:
    agency = make_agency("Old")
    path, seen = f"/admin/agencies/{agency.id}/edit", agency.version
    assert 'value="Old"' in admin.get(path).text
    assert admin.post(path, data=AGENCY | {"version": seen, "name": "First"}).status_code == 302
    second = admin.post(path, data=AGENCY | {"version": seen, "name": "Second"})
    assert second.status_code == 409
    assert 'value="Second"' in second.text
    db.session.refresh(agency)
    assert agency.name == "First"
    assert last_action() == "agency.changed"


def test_an_agency_cannot_take_anothers_name(admin: FlaskClient) -> None:
    make_agency("Cartref")
    agency = make_agency("Other")
    page = admin.post(f"/admin/agencies/{agency.id}/edit", data=AGENCY | {"version": agency.version})
    assert page.status_code == 422
    db.session.refresh(agency)
    assert agency.name == "Other"


def test_a_closed_agency_is_listed_as_closed_and_can_be_opened(admin: FlaskClient) -> None:
    agency = make_agency("Cartref")
    make_service(agency)
    admin.post(f"/admin/agencies/{agency.id}/close", data={"version": agency.version, "when": "now"})
    db.session.refresh(agency)
    assert not agency.is_open(today())
    assert "Closed" in admin.get("/admin/agencies").text
    assert last_action() == "agency.closed"
    admin.post(f"/admin/agencies/{agency.id}/reopen")
    db.session.refresh(agency)
    assert agency.is_open(today())


def test_staff_of_a_closed_agency_are_out_at_their_next_request(
    admin: FlaskClient, client_for: ClientFor
) -> None:
    worker = make_user(Role.AGENCY_WORKER)
    client = client_for(worker)
    assert client.get("/account").status_code == 200
    agency = worker.agency
    assert agency is not None
    admin.post(f"/admin/agencies/{agency.id}/close", data={"version": agency.version, "when": "now"})
    assert client.get("/account").status_code == 302


def test_an_area_is_added_with_what_it_lies_in(admin: FlaskClient) -> None:
    assert admin.post("/admin/areas/new", data=area_form()).location == "/admin/areas"
    added = area("W06000099")
    assert (added.name_en, added.name_cy, added.rural) == ("Newtown", "Y Drenewydd", True)
    assert added.police_force_id == area(GWENT).id
    assert last_action() == "area.added"
    again = admin.post("/admin/areas/new", data=area_form())
    assert again.status_code == 422
    assert "There is an area with this code already" in again.text


def test_only_a_local_authority_lies_in_larger_areas(admin: FlaskClient) -> None:
    admin.post("/admin/areas/new", data=area_form(kind="other"))
    assert area("W06000099").police_force_id is None


def test_an_area_is_changed_and_a_second_editor_is_told(admin: FlaskClient) -> None:
    changed = area(SOUTH_WALES)
    path, seen = f"/admin/areas/{changed.id}/edit", changed.version
    form = area_form(kind="police_force", rural="no", version=seen)
    assert admin.post(path, data=form | {"name_en": "First"}).status_code == 302
    second = admin.post(path, data=form | {"name_en": "Second"})
    assert second.status_code == 409
    assert 'value="Second"' in second.text
    db.session.refresh(changed)
    assert (changed.name_en, changed.code) == ("First", SOUTH_WALES)


def test_a_closed_area_is_offered_no_more_but_kept_where_it_is_named(admin: FlaskClient) -> None:
    service = make_service(areas=[area(GWENT)])
    gwent = area(GWENT)
    admin.post(f"/admin/areas/{gwent.id}/close", data={"version": gwent.version, "when": "now"})
    assert f'value="{gwent.id}"' not in admin.get("/services/new").text
    assert f'value="{gwent.id}" checked' in admin.get(f"/services/{service.id}/edit").text
    admin.post(f"/admin/areas/{gwent.id}/reopen")
    assert f'value="{gwent.id}"' in admin.get("/services/new").text


@pytest.mark.parametrize(
    ("path", "changes", "message"),
    [
        ("/admin/agencies/new", {"name": ""}, "Enter the name of the agency"),
        ("/admin/agencies/new", {"language": "fr"}, "Select an answer from the list"),
        ("/admin/areas/new", {"code": ""}, "Enter a code"),
        ("/admin/areas/new", {"name_cy": ""}, "Enter the name in Welsh"),
        ("/admin/areas/new", {"kind": "galaxy"}, "Select an answer from the list"),
        ("/admin/areas/new", {"police_force": "999999"}, "Select an answer from the list"),
    ],
)
def test_each_mistake_is_said(admin: FlaskClient, path: str, changes: dict[str, str], message: str) -> None:
    form = AGENCY if "agencies" in path else area_form()
    page = admin.post(path, data=form | changes)
    assert page.status_code == 422
    assert page.text.count(message) == 2


def test_no_hostile_form_is_a_fault(admin: FlaskClient) -> None:
    for path, form in (("/admin/agencies/new", AGENCY), ("/admin/areas/new", area_form())):
        for text in HOSTILE:
            for name in form:
                fields = {key: str(value).encode() for key, value in form.items()}
                fields[name] = text.encode("utf-8", "surrogatepass")
                body = b"&".join(key.encode() + b"=" + value for key, value in fields.items())
                answer = admin.post(path, data=body, content_type="application/x-www-form-urlencoded")
                assert answer.status_code in (302, 422), (path, name, text)


def test_what_is_not_there_is_not_found(admin: FlaskClient) -> None:
    for path in ("agencies/999999/edit", "agencies/2147483648/close", "areas/999999/edit", "users/999999"):
        assert admin.get(f"/admin/{path}").status_code == 404
    assert admin.post("/admin/agencies/999999/reopen").status_code == 404
