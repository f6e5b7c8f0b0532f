"""Deny by default: a view without a stamp is refused to everybody, and what each view needs stands in a table for review."""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path

from flask import Blueprint, Flask

from portal.access import Role
from tests.access.rules import words_of
from tests.conftest import sign_in_client
from tests.factories import make_user

TABLE = Path(__file__).parent / "views.txt"
WRITE = "PORTAL_WRITE_VIEWS"


def lines(app: Flask) -> list[str]:
    """Each rule with its methods and what it needs, any one of which is enough."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (str(one), one.endpoint)):
        if rule.endpoint != "static":
            needed = app.view_functions[rule.endpoint].__dict__.get("portal_permissions")
            said = needed if isinstance(needed, str) else " or ".join(sorted(needed or ())) or "NOTHING"
            methods = "+".join(sorted((rule.methods or set()) & {"GET", "POST"}))
            found.append(f"{words_of(rule)}  {methods}  {said}")
    return found


def test_what_each_view_needs_is_what_the_table_says(app: Flask) -> None:
    if os.environ.get(WRITE):
        TABLE.write_text("\n".join(lines(app)) + "\n", encoding="utf-8")
    kept = TABLE.read_text(encoding="utf-8").splitlines()
    change = "\n".join(unified_diff(kept, lines(app), "reviewed", "now", lineterm="", n=0))
    assert not change, (
        f"a change of who may open what. If it is meant, {WRITE}=1 writes it down for review:\n{change}"
    )


def test_a_view_without_a_stamp_is_refused_to_everybody(committed_app: Flask) -> None:
    blueprint = Blueprint("forgotten", __name__)
    blueprint.add_url_rule("/forgotten", "show", lambda: "Caneri Melyn", methods=["GET", "POST"])
    committed_app.register_blueprint(blueprint)
    assert "/forgotten  GET+POST  NOTHING" in lines(committed_app)
    assert committed_app.test_client().get("/forgotten").status_code == 302
    with committed_app.app_context():
        for role in set(Role) - {Role.SYSTEM}:
            client = sign_in_client(committed_app, make_user(role))
            for answer in (client.get("/forgotten"), client.post("/forgotten")):
                assert answer.status_code == 403
                assert "Caneri" not in answer.text
