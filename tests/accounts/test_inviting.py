"""Inviting users: the role first, then what it asks; and the link that lets them in."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from tests.accounts.user_forms import form, user_by
from tests.factories import CARDIFF, GWENT, SOUTH_WALES, area, make_agency, make_service, make_user

NEW = "a quiet heron by the weir"


def test_the_role_is_asked_first_and_leads_to_its_form(admin: FlaskClient) -> None:
    agency = make_agency("Cartref")
    assert admin.post("/admin/users/new", data={"role": "analyst"}).location == "/admin/users/new/analyst"
    worker = admin.post("/admin/users/new", data={"role": "agency_worker", "agency": agency.id})
    assert worker.location == f"/admin/users/new/agency_worker?agency={agency.id}"
    missing = admin.post("/admin/users/new", data={"role": "agency_worker", "agency": ""})
    assert missing.status_code == 422
    assert "Select an agency" in missing.text
    assert "Select a role" in admin.post("/admin/users/new", data={}).text


def test_an_iom_officer_is_invited_and_the_link_lets_them_in(admin: FlaskClient, app: Flask) -> None:
    page = admin.post("/admin/users/new/iom_officer", data=form(email="Olwen@Test.example"))
    assert page.status_code == 200
    user = user_by("olwen@test.example")
    assert (user.role, user.language, user.organisation) == ("iom_officer", "cy", "Probation Service")
    assert [item.code for item in user.areas] == [SOUTH_WALES]
    assert not user.every_area
    found = re.search(r"http://localhost:8000(/set-password/\S+?)<", page.text)
    assert found is not None
    newcomer = app.test_client()
    assert newcomer.post(found[1], data={"password": NEW, "again": NEW}).status_code == 302
    answer = newcomer.post("/sign-in", data={"email": "olwen@test.example", "password": NEW})
    assert answer.status_code == 302
    assert newcomer.get("/account").status_code == 200


def test_an_invitation_goes_out_by_mail_in_the_users_language_and_names_nobody(admin: FlaskClient) -> None:
    admin.post("/admin/users/new/iom_officer", data=form())
    enter_scope(SYSTEM)
    waiting = db.session.scalars(sa.select(OutboxEmail)).one()
    assert (waiting.template, waiting.address, waiting.language) == ("invitation", "olwen@test.example", "cy")
    subject, text, _html = render(waiting.email)
    assert "/set-password/" in text
    assert "Olwen" not in subject + text


def test_with_a_mail_server_the_link_is_not_shown(admin: FlaskClient, app: Flask) -> None:
    app.config["MAIL_SERVER"] = "mail.test.example"
    try:
        page = admin.post("/admin/users/new/iom_officer", data=form()).text
    finally:
        del app.config["MAIL_SERVER"]
    assert "/set-password/" not in page
    assert "olwen@test.example" in page


def test_an_agency_worker_works_for_all_or_chosen_services_and_areas(admin: FlaskClient) -> None:
    agency = make_agency("Cartref")
    rooms, other = make_service(agency), make_service(agency)
    path = f"/admin/users/new/agency_worker?agency={agency.id}"
    chosen = form(every_service="chosen", services=[rooms.id], every_area="chosen", areas=[area(GWENT).id])
    assert admin.post(path, data=chosen).status_code == 200
    user = user_by("olwen@test.example")
    assert (user.agency_id, user.organisation) == (agency.id, "Cartref")
    assert (user.every_service, [service.id for service in user.services]) == (False, [rooms.id])
    assert (user.every_area, [item.code for item in user.areas]) == (False, [GWENT])
    every = form(every_service="all", every_area="all", services=[other.id], version=user.version)
    assert admin.post(f"/admin/users/{user.id}/edit", data=every).status_code == 302
    db.session.refresh(user)
    assert (user.every_service, user.services, user.every_area, user.areas) == (True, [], True, [])


def test_an_administrator_has_neither_areas_nor_agency(admin: FlaskClient) -> None:
    admin.post("/admin/users/new/administrator", data=form())
    user = user_by("olwen@test.example")
    assert (user.agency_id, user.areas, user.every_area) == (None, [], False)


@pytest.mark.parametrize(
    ("role", "changes", "message"),
    [
        ("iom_officer", {"name": ""}, "Enter their full name"),
        ("iom_officer", {"email": "olwen"}, "Enter an email address in the correct format"),
        ("iom_officer", {"areas": []}, "Select at least one police force area"),
        ("iom_manager", {"organisation": ""}, "Enter their organisation"),
        ("iom_officer", {"language": "fr"}, "Select an answer from the list"),
        ("analyst", {"every_area": "chosen", "areas": []}, "Select at least one police force area"),
        ("analyst", {"every_area": ""}, "Select all or chosen areas"),
        ("agency_worker", {"every_service": "chosen", "services": []}, "Select at least one service"),
        (
            "agency_worker",
            {"every_service": "chosen", "services": ["999999"]},
            "Select an answer from the list",
        ),
        ("agency_manager", {"every_service": ""}, "Select all or chosen services"),
    ],
)
def test_each_mistake_is_said_and_nothing_typed_is_lost(
    admin: FlaskClient, role: str, changes: dict[str, Any], message: str
) -> None:
    agency = make_agency()
    filled = form(every_service="all", every_area="all", name="Typed Name") | changes
    page = admin.post(f"/admin/users/new/{role}?agency={agency.id}", data=filled)
    assert page.status_code == 422
    assert message in page.text
    assert "There is a problem" in page.text
    assert 'value="Typed Name"' in page.text or "name" in changes
    assert (
        db.session.scalar(sa.select(sa.func.count()).select_from(User).where(User.name == "Typed Name")) == 0
    )


def test_only_police_force_areas_are_offered_because_referrals_belong_to_them(admin: FlaskClient) -> None:
    page = admin.post("/admin/users/new/iom_officer", data=form(areas=[area(CARDIFF).id]))
    assert page.status_code == 422
    assert "Select an answer from the list" in page.text


def test_a_services_of_another_agency_cannot_be_chosen(admin: FlaskClient) -> None:
    agency, foreign = make_agency(), make_service()
    filled = form(every_service="chosen", services=[foreign.id], every_area="all")
    assert admin.post(f"/admin/users/new/agency_worker?agency={agency.id}", data=filled).status_code == 422


def test_an_email_address_is_used_once(admin: FlaskClient) -> None:
    make_user(email="olwen@test.example")
    other = make_user(email="other@test.example")
    page = admin.post("/admin/users/new/iom_officer", data=form(email="OLWEN@test.example"))
    assert page.status_code == 422
    assert page.text.count("There is a user with this email address already") == 2
    edited = admin.post(f"/admin/users/{other.id}/edit", data=form(version=other.version))
    assert edited.status_code == 422


@pytest.mark.parametrize("agency", ["", "?agency=999999", "?agency=x", "?agency=" + "9" * 30])
def test_an_agency_that_is_not_there_is_not_found(admin: FlaskClient, agency: str) -> None:
    assert admin.get(f"/admin/users/new/agency_worker{agency}").status_code == 404


@pytest.mark.parametrize("path", ["nonsense", "system"])
def test_a_role_that_is_not_there_is_not_found(admin: FlaskClient, path: str) -> None:
    assert admin.get(f"/admin/users/new/{path}").status_code == 404
