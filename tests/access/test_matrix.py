"""Every rule, method and actor against own, foreign, restricted and missing things: who is let in, and nobody learns more.

What is expected follows from two tables: who has which permission (portal/access.py) and whose each thing is (rules.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.access import PUBLIC, Role
from portal.accounts.absences import add_absence
from portal.accounts.oidc_models import UserIdentity
from portal.agencies.queries import today
from portal.db import db
from portal.people.models import Person
from portal.register.models import PersonPair
from portal.staff.models import AccessAnswer
from tests.access.actors import ACTORS, client_of, make_actor
from tests.access.forms import find_form
from tests.access.rules import address, expected, owned_by, reaches, things
from tests.access.tables import digest
from tests.scene import make_scene
from tests.test_hostile_new_pages import undone

CHUNKS = 12
METHODS = ("GET", "POST", "HEAD", "OPTIONS")
# Where a form stands that is sent to an address below which there is no page.
PAGES = (
    "/referrals?tab=new", "/caseload/waiting", "/register/joined", "/register/quality/aside", "/register/quality/closed",
    "/account", "/account/security", "/account/sessions", "/account/confirm", "/access", "/people",
)  # fmt: skip
# What the portal answers to those whose a thing is: done, asked again, too late, or nothing to confirm.
LET_IN = {200, 204, 302, 303, 400, 409, 422}
# Where too little is known to draw there is no chart; no reason is asked for who is not restricted; a flag is answered by
# the managers of those whom it is about, and an administrator reads it; a provider that nobody has set up is not there
# for anybody; and what has been removed or ended is gone.
NOTHING_THERE = {
    "charts.download",
    "identities.begin",
    "identities.begin_invited",
    "identities.come_back",
    "identities.explain",
    "identities.end_at_provider",
    "identities.signed_out",
    "own_identities.join",
    "own_identities.remove",
    "reading_reasons.say_why",
    "unusual.answer",
    "own_account.end_session",
    "factors.remove_app",
    "factors.download_codes",
    "factors.show_qr_code",
}
World = tuple[dict[str, Any], dict[str, FlaskClient]]


@pytest.fixture
def world(app: Flask, database: None) -> World:
    scene: dict[str, Any] = make_scene()
    worker = scene["users"]["agency_worker"]
    scene["absence_id"] = add_absence(worker, today(), today(), None, worker).id
    joined = sa.select(PersonPair).where(PersonPair.state == "joined")
    scene["row_id"] = db.session.scalars(joined).first().other_id  # type: ignore[union-attr]
    identity = UserIdentity(user_id=scene["user_id"], issuer="https://identity.example", subject="scene")
    db.session.add(identity)
    db.session.flush()
    scene |= scene["own"][Role.IOM_MANAGER] | {
        "identity_id": identity.id,
        "answer_id": db.session.scalars(sa.select(AccessAnswer.id)).first(),
    }
    users = {name: make_actor(name, scene) for name in ACTORS}
    db.session.commit()
    return scene, {name: client_of(app, user) for name, user in users.items()}


def rules_of(app: Flask, chunk: int) -> list[Rule]:
    every = sorted((rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"), key=str)
    return every[chunk::CHUNKS]


def restrict_everybody() -> None:
    """Those who are named on somebody still are; nobody else sees anyone."""
    db.session.execute(sa.update(Person).values(restricted=True))
    db.session.commit()


def ask(client: FlaskClient, method: str, path: str, fields: dict[str, list[str]] | None) -> TestResponse:
    return client.open(path, method=method, data=fields if method == "POST" else None)


def seen(answer: TestResponse, path: str) -> tuple[object, ...]:
    """All that an answer tells, but for what is new in each and the address that was asked for."""
    text = re.sub(r'(nonce|value|content)="[^"]*"', "", answer.text).replace(path, "")
    headers = {
        name: value for name, value in answer.headers if name not in ("Content-Length", "X-Request-Id")
    }
    headers["Content-Security-Policy"] = re.sub(
        r"nonce-[^']+", "", headers.get("Content-Security-Policy", "")
    )
    headers["Location"] = headers.get("Location", "").partition("?")[0]
    return answer.status_code, text, tuple(sorted(headers.items()))


def refused(
    app: Flask, clients: dict[str, FlaskClient], rule: Rule, path: str, restricted: bool | None, fields: Any
) -> Iterator[tuple[str, str, TestResponse, bool]]:
    """(actor, method, answer, whether it is theirs to see) of all that must not be let in; `restricted`: None for nothing.

    Whoever is named on a restricted person is asked why first.
    """
    needed = app.view_functions[rule.endpoint].__dict__["portal_permissions"]
    for name, actor in ACTORS.items():
        reached = restricted is not None and reaches(actor, owned_by(rule), restricted)
        wanted = expected(actor, needed, reached, str(rule))
        for method in METHODS if restricted is False else METHODS[:2]:
            # What a page can be asked with is no secret: OPTIONS says it to whoever may open such a page at all.
            open_to_ask = method == "OPTIONS" and (wanted == 404 or reached)
            if method in (rule.methods or ()) and wanted != 200 and not open_to_ask:
                answer = ask(clients[name], method, path, fields)
                asked_why = restricted and reached and answer.location and "/reason" in answer.location
                found = wanted if asked_why else answer.status_code
                assert found == wanted, (name, method, path, restricted, found)
                yield name, method, answer, reached


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whoever_is_refused_learns_nothing_and_changes_nothing(app: Flask, world: World, chunk: int) -> None:
    scene, clients = world
    rules = rules_of(app, chunk)
    forms = find_forms(app, rules, world)
    missing: dict[tuple[str, str, str], tuple[object, ...]] = {}
    before = digest()
    for restricted in (None, False, True):
        if restricted:
            restrict_everybody()
            before = digest()
        for rule in rules:
            if restricted is None and not things(rule):
                continue
            path = address(app, rule, scene, missing=restricted is None)
            fields = forms[rule.endpoint]
            for name, method, answer, reached in refused(app, clients, rule, path, restricted, fields):
                asked = (rule.endpoint, name, method)
                told = seen(answer, path)
                if not reached:  # who may see it is told that a manager does this
                    assert missing.setdefault(asked, told) == told, asked
            assert digest() == before, rule


def find_forms(app: Flask, rules: list[Rule], world: World) -> dict[str, dict[str, list[str]] | None]:
    """By endpoint the form that is sent there, as the first who may send it gets it; None for none."""
    kept: dict[str, Any] = {name: {} for name in ACTORS}
    return {rule.endpoint: find_form_of(app, rule, world, kept) for rule in rules}


def find_form_of(app: Flask, rule: Rule, world: World, kept: dict[str, Any]) -> dict[str, list[str]] | None:
    if "POST" not in (rule.methods or ()):
        return None
    scene, clients = world
    path = address(app, rule, scene)
    for name in owners_of(app, rule, restricted=False):
        fields = undone(lambda: find_form(clients[name], path, PAGES, kept[name]))  # noqa: B023
        if fields is not None:
            return fields  # type: ignore[no-any-return]
    return None


def owners_of(app: Flask, rule: Rule, restricted: bool) -> list[str]:
    needed = app.view_functions[rule.endpoint].__dict__["portal_permissions"]
    return [
        name
        for name, actor in ACTORS.items()
        if expected(actor, needed, reaches(actor, owned_by(rule), restricted), str(rule)) == 200
    ]


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("chunk", range(0, CHUNKS))
def test_those_whose_it_is_are_let_in(app: Flask, world: World, chunk: int, restricted: bool) -> None:
    scene, clients = world
    forms = find_forms(app, rules_of(app, chunk), world)
    if restricted:
        restrict_everybody()
    bad = []
    for rule in rules_of(app, chunk):
        if restricted and not owned_by(rule).of_person:
            continue
        path = address(app, rule, scene)
        for name in owners_of(app, rule, restricted):
            for method in {"GET", "POST"} & set(rule.methods or ()):
                client = clients[name]
                with client.session_transaction() as cookie:
                    kept = dict(cookie)
                code = undone(lambda: ask(client, method, path, forms[rule.endpoint])).status_code  # noqa: B023
                with client.session_transaction() as cookie:
                    cookie.clear()
                    cookie.update(kept)
                if code not in LET_IN and not (code in (403, 404) and rule.endpoint in NOTHING_THERE):
                    bad.append((name, method, path, code))
    assert not bad, bad


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_that_a_page_has_not_is_refused_to_everybody_alike(
    app: Flask, world: World, method: str
) -> None:
    scene, clients = world
    paths: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        paths.setdefault(address(app, rule, scene | {"filename": "x"}), set()).update(rule.methods or ())
    before = digest()
    bad = [
        (name, path, answer.status_code)
        for path, has in paths.items()
        if method not in has
        for name in ("nobody", "officer of the area", "worker of the service", "administrator")
        if (answer := clients[name].open(path, method=method)).status_code != 405
    ]
    assert not bad, bad
    assert digest() == before


def test_a_form_is_found_for_what_can_be_sent(app: Flask, world: World) -> None:
    """Or the refusals would be of empty forms."""
    sent = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    unsent = [rule for rule, fields in find_forms(app, sent, world).items() if fields is None]
    assert len(unsent) < len(sent) / 5, unsent  # buttons that show only where there is something to undo


def test_every_rule_asks_for_a_permission_or_says_that_it_is_public(app: Flask) -> None:
    needed = {
        rule.endpoint: app.view_functions[rule.endpoint].__dict__.get("portal_permissions")
        for rule in app.url_map.iter_rules()
    }
    assert [endpoint for endpoint, stamp in needed.items() if not stamp] == ["static"]
    assert PUBLIC in needed.values()
