"""The actions that matter most, each sent ten times in the same instant over ten connections: one effect, ten alike answers.

What one effect is, is what the same actions leave behind in another portal in which each is sent once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from portal.db import SYSTEM, db, enter_scope
from portal.postgres import Cluster
from portal.register.models import PersonPair
from portal.web import SESSION_KEY
from tests.access.actors import client_of, make_actor
from tests.access.rules import address
from tests.access.tables import digest
from tests.access.test_matrix import PAGES
from tests.conftest import TEMPLATE, Visitor, dispose, settings_for
from tests.replays import CASES, Case, find_form
from tests.scene import make_scene

TIMES = 10
OFFICER, IOM_MANAGER = "officer of the area", "manager of the area"
WORKER, AGENCY_MANAGER, ADMINISTRATOR = "worker of the service", "agency manager", "administrator"
# What is done by whom, and to which referral of the scene where it is not the one that the rule stands for.
ACTIONS = (
    ("answers.acknowledge", WORKER, ""),
    ("chasing.chase", OFFICER, ""),
    ("chasing.escalate", OFFICER, ""),
    ("following.write_message", OFFICER, ""),
    ("meetings.decide", IOM_MANAGER, ""),
    ("appointments.offer", WORKER, ""),
    ("answers.ask", WORKER, ""),
    ("answers.send_answer", OFFICER, ""),
    ("answers.accept_as_priority", WORKER, "information_requested"),
    ("appointments.attendance", WORKER, ""),
    ("answers.start", WORKER, ""),
    ("answers.close", WORKER, ""),
    ("answers.decline", WORKER, "sent"),
    ("pauses.resume", WORKER, ""),
    ("answers.withdraw", OFFICER, "paused"),
    ("sending.check", OFFICER, ""),
    ("records.add", OFFICER, ""),
    ("one_need.show", OFFICER, ""),
    ("pairs.ask", IOM_MANAGER, ""),
    ("pairs.undo", IOM_MANAGER, ""),
    ("keeping.erase", IOM_MANAGER, ""),
    ("extracts.confirm", IOM_MANAGER, ""),
    ("history.confirm", IOM_MANAGER, ""),
    ("user_admin.invite", ADMINISTRATOR, ""),
    ("user_admin.send_link", ADMINISTRATOR, ""),
)
Outcome = dict[str, tuple[list[str], dict[str, int]]]


@pytest.fixture
def twin_app(cluster: Cluster, tmp_path: Path) -> Iterator[Flask]:
    name = f"twin_{abs(hash(tmp_path)) % 10**8}"
    cluster.create_database(name, template=TEMPLATE)
    app = create_app(settings_for(cluster, tmp_path, name))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Visitor
    yield app
    dispose(app)
    cluster.drop_database(name)


def counts() -> dict[str, int]:
    """Rows of every table, uses of forms among them, and of the access log."""
    found = {name: rows for name, (rows, _sum) in digest().items()}
    for name in ("audit_entry", "form_use"):
        found[name] = db.session.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608
    db.session.commit()
    return found


def act(app: Flask, times: int) -> Outcome:
    """Of each action the kinds of answer, and what it added to each table."""
    with app.app_context():
        enter_scope(SYSTEM)
        scene: dict[str, Any] = make_scene()
        joined = sa.select(PersonPair).where(PersonPair.state == "joined")
        scene["row_id"] = db.session.scalars(joined).first().other_id  # type: ignore[union-attr]
        names = {name for _endpoint, name, _key in ACTIONS}
        clients = {name: client_of(app, make_actor(name, scene)) for name in sorted(names)}
        db.session.commit()
        rules = {rule.endpoint: rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
        return {
            endpoint: one_action(clients[name], address_of(app, rules[endpoint], scene, key), endpoint, times)
            for endpoint, name, key in ACTIONS
        }


def address_of(app: Flask, rule: Any, scene: dict[str, Any], key: str) -> str:
    case = CASES.get(rule.endpoint, Case())
    if case.path:
        return case.path(scene)
    path = address(app, rule, scene)
    if key:
        start, _reference, end = path.split("/")[1:]
        path = f"/{start}/{scene[key]}/{end}"
    return path


def one_action(client: FlaskClient, path: str, endpoint: str, times: int) -> tuple[list[str], dict[str, int]]:
    case = CASES.get(endpoint, Case())
    fields = find_form(client, path, PAGES)
    assert fields, endpoint
    with client.session_transaction() as cookie:
        token = cookie[SESSION_KEY]
    before = counts()
    start = threading.Barrier(times)

    def send(_number: int) -> tuple[int, str | None]:
        one = client.application.test_client()
        with one.session_transaction() as own:
            own[SESSION_KEY] = token
        start.wait()
        answer = one.post(path, data=case.body(fields))
        return answer.status_code, answer.location

    with ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(send, range(times)))
    after = counts()
    kinds = sorted({f"{code} {where or ''}" for code, where in answers})
    return kinds, {name: after[name] - before[name] for name in after if after[name] != before[name]}


def test_ten_at_once_are_one(committed_app: Flask, twin_app: Flask) -> None:
    ten, one = act(committed_app, TIMES), act(twin_app, 1)
    for endpoint, (kinds, added) in one.items():
        shown = kinds == ["200 "]  # once; the others are led to where it can be seen
        assert kinds[0].startswith("302") or shown, (endpoint, kinds)
        assert added["form_use"] == 1, endpoint
        assert ten[endpoint][1] == added, endpoint
        assert len(ten[endpoint][0]) == 1 + shown, (endpoint, ten[endpoint][0])
