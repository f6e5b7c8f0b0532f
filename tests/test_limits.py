"""Budgets of requests and files, the number of proxies believed, bodies too large: refused with a page in both languages."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask.testing import FlaskClient

from config import Settings, SettingsError, from_environment
from portal import create_app, limits
from portal.accounts.models import User
from portal.db import Scope, as_owner, db, enter_scope
from portal.limits import FILES_AN_HOUR, Budget, network
from tests.factories import make_user

Clients = Callable[[User], FlaskClient]
LANGUAGES = [("en", "Too many requests", "Wait 1 minute"), ("cy", "Gormod o geisiadau", "Arhoswch 1 funud")]


def test_a_budget_is_spent_and_comes_back() -> None:
    budget = Budget(60)
    assert [budget.wait("a", 100.0) for _ in range(60)] == [0] * 60
    assert budget.wait("a", 100.0) == 1
    assert budget.wait("b", 100.0) == 0
    assert budget.wait("a", 101.01) == 0
    assert budget.wait("a", 101.02) > 0
    assert [budget.wait("a", 200.0) for _ in range(60)] == [0] * 60


def test_keys_without_number_do_not_fill_the_memory() -> None:
    budget = Budget(60, most_keys=100)
    for number in range(1_000):
        assert budget.wait(str(number), number * 0.001) == 0
    assert len(budget._whole_at) <= 100
    for number in range(100):
        budget.wait(f"later {number}", 1_000.0)
    assert budget.wait("x", 2_000.0) == 0
    assert len(budget._whole_at) == 1


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_one_network_of_ipv6_is_one_visitor(address: str, key: str) -> None:
    assert network(address) == key


@pytest.fixture
def small(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for budget in app.extensions["limits"]:
        monkeypatch.setattr(budget, "_each", 60 / 3)
        monkeypatch.setattr(budget, "_whole_at", {})


@pytest.mark.parametrize(("language", "heading", "wait"), LANGUAGES)
def test_too_many_requests_of_a_session_are_refused_without_a_statement(
    app: Flask, client_for: Clients, small: None, language: str, heading: str, wait: str
) -> None:
    one, other = (client_for(make_user(language=language)) for _ in range(2))
    assert [one.get("/help").status_code for _ in range(4)] == [200, 200, 200, 429]
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        refused = one.get("/referrals")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert refused.status_code == 429
    assert not [one for one in asked if "user_account" in one]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert heading in refused.text
    assert wait in refused.text
    assert refused.headers["Cache-Control"] == "no-store"
    assert one.get("/healthz").status_code == 200
    assert other.get("/help").status_code == 200


def test_an_address_without_a_session_has_a_budget_of_its_own(
    app: Flask, database: None, small: None
) -> None:
    client = app.test_client()
    for _ in range(3):
        assert client.get("/sign-in").status_code == 200
    assert client.get("/sign-in").status_code == 429
    assert client.get("/sign-in", environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 200


@pytest.mark.parametrize(("language", "heading"), [("en", "too many files"), ("cy", "gormod o ffeiliau")])
def test_files_are_counted_by_the_log(
    client_for: Clients, database: None, language: str, heading: str
) -> None:
    manager = make_user("iom_manager", language=language)
    client = client_for(manager)
    entry = sa.text("SELECT write_audit(:who, 'meeting.printed', NULL, '{}', NULL, NULL, '{}')")
    form = {"reason": "audit", "kind": "csv"}
    for _ in range(FILES_AN_HOUR["people"] - 1):
        db.session.execute(entry, {"who": manager.id})
    db.session.execute(entry, {"who": make_user("iom_manager").id})
    db.session.commit()
    page = client.get("/register/quality/export")
    assert page.status_code == 200
    assert client.post("/register/quality/export", data=form).mimetype == "text/csv"
    refused = client.post("/register/quality/export", data=form)
    assert refused.status_code == 429
    assert heading in refused.text
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    assert client.get("/register/quality/export").status_code == 200
    assert client.get("/needs/files/needs.csv").status_code == 200  # figures have a count of their own


@pytest.mark.parametrize(("minutes", "seconds"), [(61, 0), (50, 600)])
def test_an_hour_is_what_is_counted(committed_app: Flask, minutes: int, seconds: int) -> None:
    old = sa.text(
        "INSERT INTO audit_entry (user_id, action, at)"
        " SELECT 7, 'copy.taken', now() - :minutes * interval '1 minute' FROM generate_series(1, 30)"
    )
    with committed_app.app_context():
        with as_owner():
            db.session.execute(old, {"minutes": minutes})
            db.session.commit()
        enter_scope(Scope("iom", 7))
        found = db.session.scalar(sa.text("SELECT file_wait('people', 30)"))
        assert abs(found - seconds) <= 5
        assert db.session.scalar(sa.text("SELECT file_wait('people', 31)")) == 0
        db.session.remove()


def at(proxies: int, tmp_path: Path) -> Flask:
    settings = Settings(
        home=tmp_path, secret_key="only for tests", database_url="postgresql+psycopg://nobody@/nowhere",
        testing=True, trusted_proxies=proxies,
    )  # fmt: skip
    return create_app(settings)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "192.0.2.1", "127.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.9, 192.0.2.1", "203.0.113.9"),
    ],
)
def test_only_so_many_proxies_are_believed(tmp_path: Path, proxies: int, forwarded: str, seen: str) -> None:
    app = at(proxies, tmp_path)
    addresses: list[str | None] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: addresses.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"})
    assert addresses == [seen]


def test_the_budget_stands_unless_it_is_a_demonstration() -> None:
    served = {"SECRET_KEY": "x"}
    assert from_environment(served).requests_a_minute == 600
    assert from_environment(served | {"PORTAL_DEMO": "1"}).requests_a_minute == 0
    assert from_environment(served | {"PORTAL_DEMO": "1", "REQUESTS_A_MINUTE": "60"}).requests_a_minute == 60


@pytest.mark.parametrize("text", ["-1", "6", "x", "٣", "1" * 400, ""])
def test_a_number_of_proxies_is_a_small_number(text: str) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        from_environment({"TRUSTED_PROXIES": text, "SECRET_KEY": "x"})


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ({"X-Forwarded-Host": "evil.example"}, "/sign-in"),
        ({"X-Forwarded-Host": "localhost, evil.example"}, "/sign-in"),
        ({}, "http://evil.example/sign-in"),
        ({}, "http://localhost@evil.example/sign-in"),
    ],
)
def test_a_host_of_others_is_refused_wherever_it_stands(
    app: Flask, headers: dict[str, str], line: str
) -> None:
    answer = app.test_client().get("/sign-in", headers=headers, environ_overrides={"RAW_URI": line})
    assert answer.status_code == 400
    own = {name: "localhost:8000" for name in headers}
    line = line.replace("localhost@", "").replace("evil.example", "127.0.0.1:80")
    assert (
        app.test_client().get("/sign-in", headers=own, environ_overrides={"RAW_URI": line}).status_code == 200
    )


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "What you sent is too large"), ("cy", "Mae’r hyn a anfonwyd gennych yn rhy fawr")],
)
@pytest.mark.parametrize("how", ["long", "streamed", "part", "parts"])
def test_a_body_too_large_is_refused_with_a_page(
    app: Flask, database: None, language: str, heading: str, how: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post(f"/sign-in?lang={language}", **BODIES[how]())
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 413
    assert heading in answer.text


BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "long": lambda: {"data": {"email": "x" * 3_000_000}},
    # As a server hands on a body sent in chunks: without its length, but with an end.
    "streamed": lambda: {
        "input_stream": BytesIO(b"email=" + b"x" * 3_000_000),
        "content_type": "application/x-www-form-urlencoded",
        "environ_overrides": {"wsgi.input_terminated": True},
    },
    "part": lambda: {"data": {"email": "x" * 1_500_000, "file": (BytesIO(b"x"), "a.csv")}},
    "parts": lambda: {"data": {**{f"f{n}": "x" for n in range(1_100)}, "file": (BytesIO(b"x"), "a.csv")}},
}


def test_every_file_is_counted_under_an_action_that_the_database_knows(app: Flask) -> None:
    kinds = {view.__dict__.get("portal_file") for view in app.view_functions.values()}
    assert kinds == {None, *limits.FILES_AN_HOUR}
