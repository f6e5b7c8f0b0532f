"""What administrators do with users."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts import actions, queries
from portal.accounts.models import User, UserSession
from portal.accounts.own_queries import list_open_sessions
from portal.accounts.passwords import hash_password
from portal.accounts.queries import token_hash
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from tests.factories import CARDIFF, GWENT, SOUTH_WALES, area, make_agency, make_service, make_user
from tests.hostile import HOSTILE

ClientFor = Callable[[User], FlaskClient]
NEW = "a quiet heron by the weir"


@pytest.fixture
def me(database: None) -> User:
    return make_user(Role.ADMINISTRATOR, name="Ann Admin")


@pytest.fixture
def admin(client_for: ClientFor, me: User) -> FlaskClient:
    return client_for(me)


def user_by(email: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == email)).one()


def form(**changes: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {
        "version": "new",
        "name": "Olwen Enghraifft",
        "email": "olwen@test.example",
        "organisation": "Probation Service",
        "language": "cy",
        "areas": [area(SOUTH_WALES).id],
    }
    return filled | changes


def last_trace() -> Any:
    return db.session.execute(
        sa.text("SELECT action, subject_ids FROM audit_entry ORDER BY id DESC LIMIT 1")
    ).one()


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


def test_a_change_is_saved_and_a_second_editor_is_told(admin: FlaskClient) -> None:
    user = make_user()
    path, seen = f"/admin/users/{user.id}/edit", user.version
    assert admin.post(path, data=form(version=seen, name="First")).status_code == 302
    second = admin.post(path, data=form(version=seen, name="Second"))
    assert second.status_code == 409
    assert 'value="Second"' in second.text
    db.session.refresh(user)
    assert user.name == "First"
    assert last_trace().action in ("user.changed", "user.read")


def test_a_new_role_changes_what_is_asked_and_ends_the_sessions(
    admin: FlaskClient, client_for: ClientFor
) -> None:
    user, agency = make_user(), make_agency("Cartref")
    client = client_for(user)
    assert client.get("/account").status_code == 200
    chosen = admin.post(f"/admin/users/{user.id}/role", data={"role": "agency_worker", "agency": agency.id})
    assert chosen.location == f"/admin/users/{user.id}/edit?role=agency_worker&agency={agency.id}"
    assert "All services" in admin.get(chosen.location).text
    filled = form(every_service="all", every_area="all", version=user.version)
    assert admin.post(chosen.location, data=filled).status_code == 302
    db.session.refresh(user)
    assert (user.role, user.agency_id, user.areas) == ("agency_worker", agency.id, [])
    assert client.get("/account").status_code == 302


def test_fewer_areas_hold_from_the_next_request(admin: FlaskClient, client_for: ClientFor) -> None:
    user = make_user(areas=[area(SOUTH_WALES), area(GWENT)])
    client = client_for(user)
    admin.post(f"/admin/users/{user.id}/edit", data=form(version=user.version, areas=[area(GWENT).id]))
    page = client.get("/account")
    assert page.status_code == 200
    assert "South Wales Police" not in page.text


def test_a_suspended_user_is_out_at_once_and_old_links_are_dead(
    admin: FlaskClient, client_for: ClientFor, app: Flask
) -> None:
    user = make_user(password_hash=hash_password(NEW))
    token = actions.make_link(user)
    client = client_for(user)
    assert "Suspend" in admin.get(f"/admin/users/{user.id}/suspend").text
    assert admin.post(f"/admin/users/{user.id}/suspend").status_code == 302
    assert client.get("/account").status_code == 302
    assert app.test_client().get(f"/set-password/{token}").status_code == 404
    assert last_trace() == ("user.suspended", [user.id])
    assert admin.post(f"/admin/users/{user.id}/link").status_code == 409
    admin.post(f"/admin/users/{user.id}/reactivate")
    assert last_trace() == ("user.reactivated", [user.id])
    assert client.get("/account").status_code == 302
    again = app.test_client().post("/sign-in", data={"email": user.email, "password": NEW})
    assert again.status_code == 302


def test_nobody_suspends_themselves_or_changes_their_own_role(admin: FlaskClient, me: User) -> None:
    assert admin.post(f"/admin/users/{me.id}/suspend").status_code == 403
    assert admin.post(f"/admin/users/{me.id}/role", data={"role": "analyst"}).status_code == 403
    admin.post(f"/admin/users/{me.id}/edit?role=analyst", data=form(version=me.version))
    db.session.refresh(me)
    assert (me.role, me.is_active) == ("administrator", True)
    assert "/suspend" not in admin.get(f"/admin/users/{me.id}").text


def test_a_new_link_makes_the_earlier_one_worthless(admin: FlaskClient, app: Flask) -> None:
    user = make_user()
    first = actions.make_link(user)
    db.session.commit()
    page = admin.post(f"/admin/users/{user.id}/link")
    assert page.status_code == 200
    assert app.test_client().get(f"/set-password/{first}").status_code == 404
    found = re.search(r"/set-password/(\S+?)<", page.text)
    assert found is not None
    assert queries.get_live_link(found[1]) is not None


def test_users_are_found_by_role_agency_state_and_part_of_a_name(admin: FlaskClient) -> None:
    worker = make_user(Role.AGENCY_WORKER, name="Wyn Gweithiwr", password_hash="x")
    make_user(Role.IOM_OFFICER, name="Olwen Swyddog", email="o.swyddog@test.example")
    assert "Wyn" in admin.get("/admin/users").text
    by_role = admin.get("/admin/users?role=agency_worker").text
    assert "Wyn" in by_role
    assert "Olwen" not in by_role
    assert "Wyn" in admin.get(f"/admin/users?agency={worker.agency_id}").text
    invited = admin.get("/admin/users?state=invited").text
    assert "Olwen" in invited
    assert "Wyn" not in invited
    for words in ("olwen", "SWYDDOG o.", "swyddog@"):
        found = admin.post("/admin/users", data={"text": words}).text
        assert "Olwen" in found
        assert "Wyn" not in found


def test_an_empty_search_and_an_unknown_filter_are_said(admin: FlaskClient) -> None:
    assert admin.post("/admin/users", data={"text": ""}).status_code == 422
    assert admin.get("/admin/users?role=king").status_code == 422


def test_a_long_list_of_users_has_pages(admin: FlaskClient) -> None:
    for number in range(60):
        make_user(name=f"Zoe {number:02}")
    first = admin.get("/admin/users?role=iom_officer").text
    assert 'href="/admin/users?role=iom_officer&amp;page=2"' in first
    assert "Zoe 59" in admin.get("/admin/users?role=iom_officer&page=2").text


def test_the_portals_own_user_is_not_to_be_administered(admin: FlaskClient) -> None:
    system = make_user("system", areas=[])
    assert admin.get(f"/admin/users/{system.id}").status_code == 404
    assert system.email not in admin.get("/admin/users").text


def test_reading_users_leaves_a_trace(admin: FlaskClient, me: User) -> None:
    admin.get(f"/admin/users/{me.id}")
    assert last_trace() == ("user.read", [me.id])
    admin.get("/admin/users")
    assert last_trace().action == "users.listed"


def test_other_roles_are_forbidden_to(client_for: ClientFor) -> None:
    target = make_user()
    for role in (Role.IOM_MANAGER, Role.AGENCY_MANAGER, Role.ANALYST):
        client = client_for(make_user(role))
        for path in (
            "",
            "/new",
            "/new/analyst",
            f"/{target.id}",
            f"/{target.id}/edit",
            f"/{target.id}/suspend",
        ):
            assert client.get(f"/admin/users{path}").status_code == 403
        assert client.post(f"/admin/users/{target.id}/link").status_code == 403


def test_no_hostile_form_is_a_fault(admin: FlaskClient) -> None:
    agency, user = make_agency(), make_user()
    paths = {
        "/admin/users": ("text",),
        "/admin/users/new": ("role", "agency"),
        f"/admin/users/new/agency_worker?agency={agency.id}": (
            "name",
            "email",
            "every_service",
            "services",
            "areas",
        ),
        f"/admin/users/{user.id}/edit": ("version", "name", "email", "organisation", "areas", "language"),
    }
    for path, names in paths.items():
        for text in HOSTILE:
            for name in names:
                fields = {key: str(value).strip("[]").encode() for key, value in form().items()}
                fields[name] = text.encode("utf-8", "surrogatepass")
                body = b"&".join(key.encode() + b"=" + value for key, value in fields.items())
                answer = admin.post(path, data=body, content_type="application/x-www-form-urlencoded")
                assert answer.status_code in (200, 302, 409, 422), (path, name, text)


def test_sessions_of_others_stay_when_one_user_is_suspended(admin: FlaskClient) -> None:
    user, other = make_user(), make_user()
    db.session.add(UserSession(token_hash=token_hash("other"), user_id=other.id))
    admin.post(f"/admin/users/{user.id}/suspend")
    assert len(list_open_sessions(other.id)) == 1
