"""A provider that lies, a browser that replays, a network that fails: nobody comes in, and the trace names nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from structlog.testing import capture_logs

from portal.accounts import oidc_flow, oidc_provider
from portal.accounts.models import UserSession
from portal.accounts.oidc_models import UserIdentity
from portal.db import db
from tests.accounts.providers import BASE, SECRET, Liar, configured, lying_provider, set_out
from tests.factories import make_user

CALLBACK = "/sign-in/with/police/callback"
OTHER = RSAKey.generate_key(2048, {"kid": "one"}, private=True)


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying_provider() as running:
        yield running


@pytest.fixture
def client(app: Flask, database: None, liar: Liar) -> Iterator[FlaskClient]:
    user = make_user(email="olwen@test.example", name="Olwen Enw")
    db.session.add(UserIdentity(user_id=user.id, issuer=liar.issuer, subject="olwen"))
    db.session.commit()
    with configured(app, liar.provider):
        yield app.test_client()


def come_back(client: FlaskClient, asked: dict[str, str], code: str = "a code", **more: str) -> Any:
    return ask(client, {"code": code, "state": asked["state"], **more})


def ask(client: FlaskClient, query: dict[str, Any]) -> Any:
    """The answer to who comes back with this; where it is a refusal, the page that explains it."""
    answer = client.get(CALLBACK, query_string=query)
    assert answer.status_code == 302
    return client.get(answer.location) if "/trouble/" in answer.location else answer


def why_refused(client: FlaskClient, answer: Any) -> str:
    """The one reason in the trace; nobody is in, no session was opened, and nothing of a person is written down."""
    assert answer.status_code in (403, 503), answer.location
    assert client.get("/account").status_code == 302
    assert db.session.scalars(sa.select(UserSession)).all() == []
    rows = db.session.execute(sa.text("SELECT action, user_id, detail FROM audit_entry")).all()
    assert [(row.action, row.user_id, sorted(row.detail)) for row in rows] == [
        ("sign_in.failed", None, ["method", "why"])
    ]
    assert "olwen" not in str(rows).lower()
    return str(rows[0].detail["why"])


def in_base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any], alg: str = "none") -> str:
    return (
        ".".join(in_base64(json.dumps(part).encode()) for part in ({"alg": alg, "kid": "one"}, claims)) + "."
    )


def by_secret(secret: bytes) -> Callable[[Liar, dict[str, Any]], str]:
    def sign(_liar: Liar, claims: dict[str, Any]) -> str:
        said = unsigned(claims, "HS256").rstrip(".")
        return f"{said}.{in_base64(hmac.digest(secret, said.encode(), 'sha256'))}"

    return sign


def by_public_key(liar: Liar, claims: dict[str, Any]) -> str:
    """A library that takes the algorithm from the token would use the key that everybody has as the secret."""
    return by_secret(liar.own.as_pem(private=False))(liar, claims)


def by_key_brought_along(_liar: Liar, claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "jwk": OTHER.as_dict(private=False)}
    return jwt.encode(header, claims, OTHER, algorithms=["RS256"])


def changed(liar: Liar, claims: dict[str, Any]) -> str:
    head, _body, signature = liar.signed(claims | {"sub": "somebody else"}).split(".")
    return ".".join((head, liar.signed(claims).split(".")[1], signature))


def test_an_honest_answer_comes_in(client: FlaskClient, liar: Liar) -> None:
    """What every refusal below differs from in one thing."""
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"])
    assert come_back(client, asked, iss=liar.issuer).location == "/"
    assert client.get("/account").status_code == 200
    form = liar.forms[0]
    assert form["grant_type"] == "authorization_code"
    assert form["redirect_uri"] == f"{BASE}{CALLBACK}"
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert in_base64(digest) == asked["code_challenge"]


NOW = int(time.time())
LIES: list[tuple[str, dict[str, Any]]] = [
    ("iss", {"iss": "https://evil.example"}),
    ("iss none", {"iss": None}),
    ("iss list", {"iss": ["https://evil.example"]}),
    ("aud", {"aud": "another"}),
    ("aud none", {"aud": None}),
    ("aud several", {"aud": ["portal", "another"]}),
    ("azp", {"azp": "another"}),
    ("aud azp", {"aud": ["portal", "another"], "azp": "another"}),
    ("nonce", {"nonce": "another"}),
    ("nonce none", {"nonce": None}),
    ("nonce surrogate", {"nonce": "\ud800"}),
    ("exp", {"exp": NOW - 61}),
    ("exp none", {"exp": None}),
    ("exp nan", {"exp": float("nan")}),
    ("exp words", {"exp": "tomorrow"}),
    ("iat", {"iat": NOW + 900}),
    ("iat none", {"iat": None}),
    ("nbf", {"nbf": NOW + 900}),
    ("sub none", {"sub": None}),
    ("sub empty", {"sub": ""}),
    ("sub long", {"sub": "x" * 256}),
    ("sub nul", {"sub": "olwen\x00"}),
    ("sub surrogate", {"sub": "\ud800"}),
    ("sub number", {"sub": 1}),
    ("sub list", {"sub": ["olwen"]}),
    ("sid", {"sid": ["x"]}),
]


@pytest.mark.parametrize("lie", [lie for _name, lie in LIES], ids=[name for name, _lie in LIES])
def test_a_token_with_a_false_claim_is_refused(client: FlaskClient, liar: Liar, lie: dict[str, Any]) -> None:
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"], **lie)
    liar.sign = lambda claims: escaped(liar, claims)
    answer = come_back(client, asked)
    assert answer.status_code == 403
    assert "not one that this portal can trust" in answer.text
    assert why_refused(client, answer) not in ("signature", "away")


def escaped(liar: Liar, claims: dict[str, Any]) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "one"}, json.dumps(claims), liar.own)


@pytest.mark.parametrize(
    "sign",
    [
        lambda _liar, claims: unsigned(claims),
        by_public_key,
        by_secret(SECRET.encode()),
        lambda liar, claims: liar.signed(claims, OTHER),
        by_key_brought_along,
        changed,
        lambda liar, claims: liar.signed(claims).rpartition(".")[0] + ".",
        lambda _liar, _claims: "a.b.c",
        lambda _liar, _claims: "",
        lambda _liar, _claims: "\x00\ud800",
        lambda _liar, _claims: ".".join("abcde"),
    ],
    ids=["none", "hs256 by public key", "hs256 by secret", "another key", "key brought along", "changed",
         "no signature", "no token", "empty", "no text", "encrypted"],
)  # fmt: skip
def test_a_token_that_is_not_signed_by_the_provider_is_refused(
    client: FlaskClient, liar: Liar, sign: Callable[[Liar, dict[str, Any]], str]
) -> None:
    asked = set_out(client)
    liar.claims, liar.sign = liar.usual(asked["nonce"]), lambda claims: sign(liar, claims)
    assert why_refused(client, come_back(client, asked)) == "signature"


@pytest.mark.parametrize("token", [None, 1, ["x"], {}])
def test_an_answer_without_an_id_token_is_refused(client: FlaskClient, liar: Liar, token: Any) -> None:
    asked = set_out(client)
    liar.sign = lambda _claims: token
    assert why_refused(client, come_back(client, asked)) == "no_id_token"


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        *((alg, RSAKey.generate_key(2048)) for alg in ("RS256", "PS256", "RS512")),
        ("ES256", ECKey.generate_key("P-256")),
    ],
)
def test_each_kind_of_signature_is_read(client: FlaskClient, liar: Liar, alg: str, key: Any) -> None:
    asked = set_out(client)
    liar.published, liar.claims = [key], liar.usual(asked["nonce"])
    liar.sign = lambda claims: jwt.encode({"alg": alg, "x-own": "1"}, claims, key, registry=jws.JWSRegistry(
        algorithms=[alg], strict_check_header=False))  # fmt: skip
    assert come_back(client, asked).location == "/"


def test_a_cookie_of_an_earlier_release_is_no_failure(client: FlaskClient, liar: Liar) -> None:
    with client.session_transaction() as session:
        session["journey"] = {"provider": "police", "state": "x"}
    assert why_refused(client, ask(client, {"state": "x", "code": "y"})) == "expired"


def test_new_keys_are_found_and_a_secret_among_them_is_none(
    client: FlaskClient, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"])
    come_back(client, asked)
    client.post("/sign-out")
    new = RSAKey.generate_key(2048, {"kid": "two"}, private=True)
    liar.published, liar.sign = [new], lambda claims: liar.signed(claims, new)
    monkeypatch.setattr(oidc_provider, "REST", 0)
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"])
    assert come_back(client, asked).location == "/"
    client.post("/sign-out")
    shared = OctKey.import_key("a" * 32, {"kid": "three"})
    liar.published = [new, shared]  # type: ignore[list-item]
    liar.sign = lambda claims: jwt.encode(
        {"alg": "HS256", "kid": "three"}, claims, shared, algorithms=["HS256"]
    )
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"])
    assert come_back(client, asked).status_code == 403
    assert client.get("/account").status_code == 302


def test_forged_signatures_do_not_make_the_portal_ask_for_keys_again_and_again(
    client: FlaskClient, liar: Liar
) -> None:
    for _attempt in range(5):
        asked = set_out(client)
        liar.claims, liar.sign = liar.usual(asked["nonce"]), lambda claims: liar.signed(claims, OTHER)
        come_back(client, asked)
    assert liar.asked.count("/keys") == 1
    assert sum("well-known" in path for path in liar.asked) == 1


@pytest.mark.parametrize("state", [None, "", "another", "\ud800", "x" * 5000])
def test_a_state_that_this_browser_has_not_is_refused(
    client: FlaskClient, liar: Liar, state: str | None
) -> None:
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"])
    query = {"code": "a code"} | ({} if state is None else {"state": state.encode("utf-8", "surrogatepass")})
    assert why_refused(client, ask(client, query)) == "expired"
    assert liar.forms == []


def test_another_browser_cannot_finish_what_this_one_began(
    app: Flask, client: FlaskClient, liar: Liar
) -> None:
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"])
    victim = app.test_client()
    assert why_refused(victim, come_back(victim, asked)) == "expired"


def test_a_journey_of_eleven_minutes_is_too_long(
    client: FlaskClient, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set_out(client)
    liar.claims = liar.usual(asked["nonce"])
    monkeypatch.setattr(oidc_flow, "LIFE", -1)
    page = come_back(client, asked)
    assert "took longer than 10 minutes" in page.text
    assert why_refused(client, page) == "expired"


def test_an_answer_is_taken_once_even_with_the_cookie_of_before(client: FlaskClient, liar: Liar) -> None:
    asked = set_out(client)
    kept = client.get_cookie("portal")
    assert kept is not None
    liar.claims = liar.usual(asked["nonce"])
    assert come_back(client, asked).location == "/"
    assert come_back(client, asked).status_code == 403
    client.post("/sign-out")
    client.set_cookie("portal", kept.value)
    assert come_back(client, asked).status_code == 403
    assert client.get("/account").status_code == 302
    assert len(liar.forms) == 1


def test_the_answer_of_one_provider_is_none_of_another(app: Flask, client: FlaskClient, liar: Liar) -> None:
    """Mix-up: what set out to the second comes back as from the first, and the other way round."""
    with lying_provider("probation") as second, configured(app, liar.provider, second.provider):
        asked = set_out(client, "/sign-in/with/probation")
        liar.claims = liar.usual(asked["nonce"])
        assert come_back(client, asked).status_code == 403
        asked = set_out(client)
        liar.claims = liar.usual(asked["nonce"], iss=second.issuer)
        assert come_back(client, asked, iss=second.issuer).status_code == 403
        assert liar.forms == []
        assert second.forms == []
        liar.metadata["authorization_response_iss_parameter_supported"] = True
        oidc_provider._known.clear()
        assert come_back(client, set_out(client)).status_code == 403
        assert client.get("/account").status_code == 302


@pytest.mark.parametrize("code", ["", "x" * 5000, "a\x00b", "\u202e"])
def test_a_code_that_is_none_is_not_sent_on(client: FlaskClient, liar: Liar, code: str) -> None:
    assert why_refused(client, come_back(client, set_out(client), code)) == "no_code"
    assert liar.forms == []


@pytest.mark.parametrize("error", ["access_denied", "server_error", "<script>", "\x00"])
def test_an_error_there_is_a_page_here_that_repeats_nothing_of_it(
    client: FlaskClient, liar: Liar, error: str
) -> None:
    query = {"state": set_out(client)["state"], "error": error, "error_description": "<b>Olwen</b>"}
    page = ask(client, query)
    assert "Olwen" not in page.text
    wanted = {"access_denied": "cancelled", "server_error": "away"}
    assert why_refused(client, page) == wanted.get(error, "error_there")


def say(status: int, body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.6)


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _byte in range(20):
        try:
            handler.wfile.write(b" " * 9000)
        except OSError:
            return
        time.sleep(0.05)


FAULTS = {
    "500": say(500, b"{}"),
    "no json": say(200, b"<html>"),
    "list": say(200, b"[]"),
    "deep": say(200, b"[" * 100_000),
    "huge": say(200, b" " * 300_000),
    "elsewhere": say(302, b"", Location="http://127.0.0.1:9/"),
    "hang": hang,
    "drip": drip,
    "gone": lambda handler: handler.connection.close(),
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_provider_that_fails_is_a_page_within_seconds(
    client: FlaskClient, liar: Liar, monkeypatch: pytest.MonkeyPatch, path: str, fault: str
) -> None:
    monkeypatch.setattr(oidc_provider, "PATIENCE", 0.3)
    liar.spoil[path] = FAULTS[fault]
    began = time.monotonic()
    answer = client.get("/sign-in/with/police", follow_redirects="well-known" in path)
    if path in ("/token", "/keys"):
        asked = set_out(client)
        liar.claims = liar.usual(asked["nonce"])
        answer = come_back(client, asked)
    assert time.monotonic() - began < 2
    assert answer.status_code in (403, 503)
    assert 'href="/sign-in"' in answer.text
    assert why_refused(client, answer) in ("away", "code_refused", "no_keys")


def test_a_provider_that_failed_is_left_in_peace_for_a_while(client: FlaskClient, liar: Liar) -> None:
    liar.spoil["/.well-known/openid-configuration"] = FAULTS["500"]
    for _attempt in range(5):
        page = client.get("/sign-in/with/police", follow_redirects=True)
        assert page.status_code == 503
        assert page.headers["Retry-After"] == "60"
        assert "does not answer. Try again in a few minutes" in page.text
    assert len(liar.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "https://evil.example/authorise"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(
    client: FlaskClient, liar: Liar, change: dict[str, Any]
) -> None:
    liar.metadata |= change
    assert why_refused(client, client.get("/sign-in/with/police", follow_redirects=True)) in (
        "another_issuer",
        "foreign_endpoint",
    )


def test_no_code_token_or_claim_is_logged(
    client: FlaskClient, liar: Liar, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(oidc_provider, "log", structlog.get_logger("not bound yet"))
    asked = set_out(client)
    liar.spoil["/token"] = say(400, b'{"error": "invalid_grant", "error_description": "Olwen, a code"}')
    with capture_logs() as lines:
        come_back(client, asked, code="secret-code-1")
    told = f"{lines} {caplog.text}"
    assert "invalid_grant" in told
    assert "/token" in told
    for secret in (
        "Olwen",
        "secret-code-1",
        asked["state"],
        asked["nonce"],
        SECRET,
        liar.forms[0]["code_verifier"],
    ):
        assert secret not in told
