"""Every rule that takes a POST: the form that does something, sent twice, does it once and answers alike.

A rule that is new needs a case in tests/replays.py, if what its page offers is not enough, or a reason to be repeatable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.access import PUBLIC
from portal.accounts.models import UserSession
from portal.accounts.queries import token_hash
from portal.db import db
from portal.web import SESSION_KEY
from tests.access.rules import address
from tests.access.tables import digest
from tests.access.test_matrix import PAGES, World, owners_of, world  # noqa: F401 - a fixture
from tests.replays import CASES, REPEATABLE, Case, fill, find_form
from tests.test_hostile_new_pages import undone

CHUNKS = 6
WHAT_TO_DO = (
    "{rule}: say in tests/replays.py how its form is filled (CASES), or why it may be sent again (REPEATABLE)"
)


def posted(app: Flask) -> list[Rule]:
    """The rules for a signed-in user. Sign-in, links for one use and what machines send have tokens of their own."""
    rules = sorted(app.url_map.iter_rules(), key=str)
    stamps = {name: view.__dict__.get("portal_permissions") for name, view in app.view_functions.items()}
    return [rule for rule in rules if "POST" in (rule.methods or ()) and stamps[rule.endpoint] != PUBLIC]


def state() -> dict[str, Any]:
    """What the database holds, which sessions are open, and how long the access log is."""
    held: dict[str, Any] = dict(digest())
    held["sessions"] = db.session.scalar(sa.text("SELECT count(*) FROM user_session WHERE ended_at IS NULL"))
    held["log"] = db.session.scalar(sa.text("SELECT count(*) FROM audit_entry"))
    db.session.commit()
    return held


def user_of(client: FlaskClient) -> int:
    with client.session_transaction() as cookie:
        token = cookie[SESSION_KEY]
    return db.session.get_one(UserSession, token_hash(token)).user_id


def send_twice(client: FlaskClient, path: str, case: Case, scene: dict[str, Any]) -> str:
    """What is wrong with it; "" if nothing, `no form` if this actor is offered none."""
    more = (case.prepare(scene, user_of(client)) if case.prepare else None) or {}
    db.session.commit()
    asked = path + case.query.format(**scene)
    fields = {"once": ["t" * 22]} if case.button else find_form(client, path, (asked, *PAGES))
    if fields is None:
        return "no form"
    if "once" not in fields:
        return "its form carries no token"
    fields |= {name: [text] for name, text in more.items()}
    before = state()
    first = client.post(path, data=case.body(fields))
    if first.status_code == 200 and (shown := form_in(first.text, path)):  # what is shown before it is done
        fields = shown
        first = client.post(path, data=case.body(fields))
    after = state()
    if not (first.status_code == 302 or (first.status_code == 200 and changed(before, after))):
        return f"not done: {first.status_code} {errors(first.text)}"
    if not changed(before, after):
        return "it changed nothing"
    second = client.post(path, data=case.body(fields))
    if state() != after:
        return f"done twice: {changed(after, state())}"
    if second.status_code != 302 or (first.location and second.location != first.location):
        return f"{first.status_code} {first.location}, then {second.status_code} {second.location}"
    return ""


def form_in(page: str, path: str) -> dict[str, list[str]] | None:
    for form in BeautifulSoup(page, "html.parser").select("main form[method=post]"):
        if str(form.get("action") or path) == path:
            return fill(form)
    return None


def errors(page: str) -> list[str]:
    return [
        one.get_text(" ", strip=True)
        for one in BeautifulSoup(page, "html.parser").select(".govuk-error-summary li")
    ]


def changed(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [name for name in one if name != "log" and one[name] != other[name]]


def faults(app: Flask, rules: list[Rule], the_world: World) -> Iterator[str]:
    scene, clients = the_world
    for rule in rules:
        case = CASES.get(rule.endpoint, Case())
        path = case.path(scene) if case.path else address(app, rule, scene)
        said = "nobody is offered the form"
        for name in owners_of(app, rule, restricted=False):
            found = undone(lambda: send_twice(clients[name], path, case, scene))  # noqa: B023
            if found != "no form":
                said = found and f"{name}: {found}"
                if not found.startswith("not done: 40"):
                    break
        if said:
            yield f"{said}. {WHAT_TO_DO.format(rule=rule)} [{rule.endpoint}]"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_form_sent_twice_acts_once(app: Flask, world: World, chunk: int) -> None:  # noqa: F811
    rules = [rule for rule in posted(app) if rule.endpoint not in REPEATABLE][chunk::CHUNKS]
    bad = list(faults(app, rules, world))
    assert not bad, "\n".join(bad)


def test_every_exception_is_a_rule(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in posted(app)}
    assert endpoints >= {*CASES, *REPEATABLE}
    assert not CASES.keys() & REPEATABLE.keys()
