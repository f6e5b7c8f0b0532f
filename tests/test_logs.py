"""What is logged of a failure: where and what kind, never what somebody typed."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa
from flask import Flask, g

from portal.access import public
from portal.db import db
from portal.logs import _begin, _class_of_exception


def test_a_failure_is_logged_by_its_kind_and_place_without_the_values_in_it(
    committed_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> str:
        rows = "SELECT 'Enghraifft' AS surname FROM generate_series(1, 2)"
        db.session.execute(sa.text(f"CREATE TEMP TABLE found AS {rows}"))
        db.session.execute(sa.text("CREATE UNIQUE INDEX ON found (surname)"))
        return ""

    committed_app.add_url_rule("/fails", "fails", public(fail))
    committed_app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = committed_app.test_client().get("/fails")
    assert answer.status_code == 500
    assert "Enghraifft" not in caplog.text + answer.text


def test_the_worker_quotes_no_failure_whole(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("Enghraifft")
    except ValueError:
        logging.getLogger("huey").exception("Unhandled exception in task")
    assert "Enghraifft" not in caplog.text


def test_the_line_of_a_failure_names_its_class_and_our_own_places() -> None:
    try:
        sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/Enghraifft").connect()
    except sa.exc.OperationalError as error:
        line = _class_of_exception(None, "", {"event": "failed", "error": error})
    assert line["error"] == "OperationalError"
    assert [place.partition(":")[0] for place in line["at"]] == ["tests/test_logs.py", "portal/patience.py"]
    assert "Enghraifft" not in str(line)


def test_only_a_proxy_of_ours_numbers_a_request_and_only_with_a_number(app: Flask) -> None:
    given = "0123456789abcdef0123456789abcdef"

    def numbered(proxies: int, said: str) -> str:
        object.__setattr__(app.config["SETTINGS"], "trusted_proxies", proxies)
        try:
            with app.test_request_context("/healthz", headers={"X-Request-Id": said}):
                _begin()
                return str(g.request_id)
        finally:
            object.__setattr__(app.config["SETTINGS"], "trusted_proxies", 0)

    assert numbered(1, given) == given
    assert numbered(0, given) != given
    assert numbered(1, "sian-enghraifft-1990") != "sian-enghraifft-1990"
