"""The headers of every kind of answer, cookies behind TLS, and the Observatory's rules as a test: A+, 120 or more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from config import Settings
from portal import create_app
from portal.access import PUBLIC
from portal.accounts.models import User
from portal.assets import asset_url
from portal.web import HEADERS, NO_USE
from tests.conftest import TEMPLATE, dispose, settings_for
from tests.factories import make_user
from tests.observatory import Score, read_policy, score

Clients = Callable[[User], FlaskClient]


@pytest.fixture
def secure_app(cluster: Any, tmp_path: Path) -> Iterator[Flask]:
    """The portal behind a proxy that ends TLS."""
    name = f"portal_tls_{tmp_path.parent.name[-20:].replace('-', '_')}"
    cluster.create_database(name, template=TEMPLATE)
    settings: Settings = replace(
        settings_for(cluster, tmp_path, name), base_url="https://localhost", trusted_proxies=1
    )
    app = create_app(settings)
    yield app
    dispose(app)
    cluster.drop_database(name)


def behind(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, headers={"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"})


def answers(client: FlaskClient) -> dict[str, TestResponse]:
    """One of each kind."""
    return {
        "page": client.get("/help"),
        "redirection": client.get("/"),
        "sign-in": client.get("/sign-in"),
        "not found": client.get("/nowhere"),
        "wrong method": client.delete("/help"),
        "refused host": client.get("/help", headers={"Host": "evil.example"}),
        "unreadable": client.get("/people?after=%00"),
        "too large": client.post("/sign-in", data={"email": "x" * 3_000_000}),
        "static": client.get(asset_url("portal.css")),
        "no such file": client.get("/static/build/none.css"),
        "options": client.options("/help"),
        "head": client.head("/help"),
        "slash": client.get("/help/"),
        "readiness": client.get("/healthz"),
    }


def test_every_kind_of_answer_carries_every_header(app: Flask, database: None, client_for: Clients) -> None:
    signed_in = client_for(make_user("iom_manager"))
    found = answers(app.test_client()) | {
        "signed in": signed_in.get("/referrals"),
        "file": signed_in.get("/turnaround/files/all.xlsx"),
        "form refused": signed_in.post("/people/add", data={}),
        "forbidden": signed_in.get("/admin"),
        "chart": signed_in.get("/turnaround/charts/none.svg"),
    }
    assert found["file"].status_code == 200
    assert found["forbidden"].status_code == 403
    for kind, answer in found.items():
        for name, value in HEADERS.items():
            assert answer.headers.getlist(name) == [value], (kind, name)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], kind
        kept = answer.headers["Cache-Control"]
        assert ("immutable" in kept) if kind == "static" else kept == "no-store", kind
        assert "Strict-Transport-Security" not in answer.headers, kind
        assert "Access-Control-Allow-Origin" not in answer.headers, kind
        assert not answer.headers.get("X-Powered-By"), kind


def test_the_policy_allows_nothing_but_what_is_ours(app: Flask) -> None:
    pages = [app.test_client().get("/sign-in") for _ in range(2)]
    policies = [read_policy(page.headers["Content-Security-Policy"]) for page in pages]
    nonces = [next(s for s in policy["script-src"] if s.startswith("'nonce-")) for policy in policies]
    assert nonces[0] != nonces[1]
    assert len(nonces[0]) >= 22 + len("'nonce-'")
    assert policies[0]["script-src"] == {"'self'", nonces[0]}
    for directive in ("style-src", "img-src", "font-src", "connect-src", "form-action"):
        assert policies[0][directive] == {"'self'"}, directive
    for directive in ("default-src", "base-uri", "frame-ancestors", "trusted-types"):
        assert policies[0][directive] == {"'none'"}, directive
    assert policies[0]["require-trusted-types-for"] == {"'script'"}
    allowed = pages[0].headers["Permissions-Policy"].split(", ")
    assert {f"{name}=()" for name in NO_USE} < set(allowed)
    assert [one for one in allowed if "(self)" in one] == [
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]


def test_the_page_of_a_refused_form_has_a_nonce_as_well(secure_app: Flask) -> None:
    page = secure_app.test_client().post("/sign-in", data={}, base_url="https://localhost")
    assert page.status_code == 400
    assert "'nonce-'" not in page.headers["Content-Security-Policy"]


def test_behind_tls_cookies_are_the_hosts_own_and_http_is_over(secure_app: Flask) -> None:
    for kind, answer in answers(secure_app.test_client()).items():
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains", kind
        assert "upgrade-insecure-requests" in answer.headers["Content-Security-Policy"], kind
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert cookie.startswith("__Host-portal="), kind
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {
                part.strip() for part in cookie.split(";")
            }
            assert "domain=" not in cookie.lower()


@pytest.mark.parametrize("path", ["/sign-in", "/help", "/sign-in?lang=cy"])
def test_the_observatory_gives_the_highest_grade(secure_app: Flask, path: str) -> None:
    page = behind(secure_app.test_client(), path)
    assert page.status_code == 200
    found = score(page, Response(status=301, headers={"Location": f"https://localhost{path}"}))  # type: ignore[arg-type]
    print(path, found.total, found.parts)
    assert found.grade == "A+"
    assert found.total >= 120


def test_the_rules_see_what_is_missing(app: Flask) -> None:
    bare = Flask("bare")

    @bare.get("/")
    def page() -> Response:
        answer = Response("<script src='http://evil.example/x.js'></script>")
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.set_cookie("session", "x")
        return answer

    page.__dict__["portal_permissions"] = PUBLIC
    answer = bare.test_client().get("/")
    found = score(answer, answer)
    assert found.parts == {
        "csp": -25, "cookies": -40, "cors": -50, "redirection": -20, "referrer": 0, "hsts": -20, "sri": -50,
        "sniffing": -5, "frames": -20, "corp": 0,
    }  # fmt: skip
    assert Score({"csp": -20, "cookies": 5}).grade == "B+"
