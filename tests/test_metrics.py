"""`/metrics`: read by Prometheus' own parser from two processes over HTTP; for whom, how much, and of nobody."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from portal import metrics
from portal.db import SYSTEM, db, enter_scope
from portal.scrape import Standing
from tests.factories import make_person, make_sent, make_service, make_user
from tests.faults.running import Running, running, wait_for

NAME = "Caneri-Enghraifft"


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By name and the values of its labels."""
    return {
        (sample.name, *(value for _label, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def look(portal: Running) -> dict[tuple[str, ...], float]:
    return samples(requests.get(portal.base + "/metrics", timeout=20).text)


def test_processes_are_added_up_and_one_that_is_killed_leaves_no_ghost(tmp_path: Path) -> None:
    with running(tmp_path / "portal") as portal:
        server = portal.serve(workers=2)
        wait_for(lambda: portal.ask("/people").status == 200, 60)
        before = look(portal)
        for number in range(15):
            portal.ask(f"/people/{number + 10_000}")
            portal.ask(f"/{NAME}/{number}")
        now = look(portal)
        missing = ("portal_requests_total", "GET", "/people/<int(max=9223372036854775807):person_id>", "404")
        assert now[missing] - before.get(missing, 0) == 15
        assert now["portal_requests_total", "GET", "-", "404"] == 15
        assert now["portal_database_up",] == 1
        first = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        assert len(first) == 2
        os.kill(int(first[0]), signal.SIGKILL)
        wait_for(lambda: look(portal)["portal_requests_in_progress",] == 1, 20)
        wait_for(lambda: portal.ask("/people").status == 200, 20)
        assert look(portal)[missing] >= now[missing]
        assert NAME not in requests.get(portal.base + "/metrics", timeout=20).text


def test_it_answers_this_machine_alone_or_who_knows_the_token(
    app: Flask, database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404
    object.__setattr__(app.config["SETTINGS"], "metrics_token", "a token of a test")
    try:
        assert client.get("/metrics").status_code == 404
        told = {"Authorization": "Bearer a token of a test", "X-Forwarded-For": "10.0.0.9"}
        assert client.get("/metrics", headers=told).status_code == 200
    finally:
        object.__setattr__(app.config["SETTINGS"], "metrics_token", None)


def test_it_says_how_many_and_never_who(app: Flask, database: None) -> None:
    app.extensions["standing"] = Standing()
    service = make_service()
    for _ in range(3):
        make_sent(service, make_person(surname=NAME, forenames=NAME), make_user())
    db.session.commit()
    text = app.test_client().get("/metrics").text
    assert samples(text)["portal_open_referrals", "sent"] == 3
    assert NAME not in text
    assert not re.search(r"[A-Z]{2}[2-9]{4}[A-Z]{2}|@", text)


def test_a_look_costs_the_database_two_statements_in_fifteen_seconds(app: Flask, database: None) -> None:
    app.extensions["standing"] = Standing()
    asked: list[str] = []
    connection = db.session.connection()
    sa.event.listen(connection, "before_cursor_execute", lambda *what: asked.append(what[2]))
    for _ in range(3):
        assert app.test_client().get("/metrics").status_code == 200
    enter_scope(SYSTEM)
    assert sum("FROM outbox" in statement or "GROUP BY status" in statement for statement in asked) == 2


def test_counting_a_page_takes_a_tenth_of_a_millisecond_at_most(app: Flask) -> None:
    with app.test_request_context("/healthz"):
        answer = app.response_class("")
        metrics._begin()
        began = time.process_time()
        for _ in range(2_000):
            metrics._begin()
            metrics._end(answer)
            metrics._leave(None)
        each = (time.process_time() - began) / 2_000 * 1000
    print(f"{each:.4f} ms of CPU a page")
    assert each < 0.1
