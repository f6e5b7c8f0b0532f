"""No hostile field and no hostile address of the pages about signing in is a fault."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import actions
from portal.accounts.models import User
from portal.db import db
from tests.accounts.authenticator import add_passkey
from tests.accounts.steps import give_codes
from tests.factories import make_user

WORST = ("a\x00b", "\ud800", "9" * 400, "٣٤", "\u202e", "<script>", "{}", "")
OWN = {
    "/account/confirm": ("password", "code"),
    "/account/security/passkeys/new": ("name", "credential"),
    "/account/security/app": ("code",),
    "/account/security/codes/file": ("codes",),
    "/account/sessions/end": ("session",),
    "/account/confirm/passkey": ("credential",),
    "/account/password": ("current", "password", "again"),
}
OPEN = {"/sign-in/passkey": ("credential",), "/sign-in/passkey/options": ("x",), "/sign-in/reset": ("email",)}
FINE = (200, 302, 400, 404, 422)


def send(client: FlaskClient, path: str, name: str, value: str) -> int:
    body = f"{name}={quote(value, errors='surrogatepass')}"
    asked = f"{path}?next={quote(value, errors='surrogatepass')}"
    client.get(asked)
    return client.post(asked, data=body, content_type="application/x-www-form-urlencoded").status_code


def test_no_hostile_form_is_a_fault(
    app: Flask,
    client_for: Callable[[User], FlaskClient],
    client: FlaskClient,
    admin: FlaskClient,
    officer: User,
) -> None:
    own, other = client_for(officer), make_user()
    add_passkey(own)
    give_codes(officer)
    link = f"/set-password/{actions.make_link(other)}"
    db.session.commit()
    removal = f"/admin/users/{officer.id}/factors/remove"
    for asker, paths in (
        (own, OWN),
        (client, OPEN | {f"{link}/passkey": ("credential",)}),
        (admin, {removal: ("why", "checked")}),
    ):
        for path, names in paths.items():
            for name in names:
                for value in WORST:
                    code = send(asker, path, name, value)
                    assert code in FINE, (path, name, value, code)
