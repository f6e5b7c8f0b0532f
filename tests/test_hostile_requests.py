"""What no browser of ours would send: wrong hosts, missing tokens, huge bodies. Refused with a page, never a failure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask


@pytest.fixture
def with_tokens(app: Flask, database: None) -> Iterator[Flask]:
    """The portal as it is served: forms need their token."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize("data", [{}, {"csrf_token": "made up"}])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_a_form_without_its_token_is_refused(with_tokens: Flask, path: str, data: dict[str, str]) -> None:
    assert with_tokens.test_client().post(path, data=data).status_code == 400


def test_a_body_of_ten_megabytes_is_too_large(with_tokens: Flask) -> None:
    answer = with_tokens.test_client().post("/sign-in", data={"email": "x" * 10_000_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000"])
def test_another_host_is_refused(app: Flask, host: str) -> None:
    assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 400


def test_pages_carry_the_policy_and_are_not_kept(app: Flask) -> None:
    answer = app.test_client().get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
