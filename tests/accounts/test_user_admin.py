"""What administrators do with users who are there."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts import actions, queries
from portal.accounts.models import User, UserSession
from portal.accounts.own_queries import list_open_sessions
from portal.accounts.passwords import hash_password
from portal.accounts.queries import token_hash
from portal.db import db
from tests.accounts.user_forms import form, last_trace
from tests.factories import GWENT, SOUTH_WALES, area, make_agency, make_user
from tests.hostile import HOSTILE

ClientFor = Callable[[User], FlaskClient]
NEW = "a quiet heron by the weir"


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
