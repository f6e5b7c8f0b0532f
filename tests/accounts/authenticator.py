"""A passkey made of software: what an authenticator and a browser answer, and what a forger would."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """`count`: how often it has signed; `flags`: what it says of who sat there."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""

    def create(self, options: dict[str, Any]) -> str:
        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        held = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + held}
        client = self._client("webauthn.create", options["challenge"])
        return self._said({"clientDataJSON": client, "attestationObject": cbor2.dumps(attested)})

    def get(self, options: dict[str, Any]) -> str:
        self.count += 1
        client, data = self._client("webauthn.get", options["challenge"]), self._data()
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._said(
            {
                "clientDataJSON": client,
                "authenticatorData": data,
                "signature": signed,
                "userHandle": self.handle,
            }
        )

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(
            ">BI", self.flags | more, self.count
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _said(self, response: dict[str, bytes]) -> str:
        named = bytes_to_base64url(self.id)
        answer = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": answer})


def add_passkey(client: FlaskClient, **made: Any) -> Authenticator:
    """One that the client's user has registered."""
    authenticator = Authenticator(**made)
    options = client.post("/account/security/passkeys/options").get_json()
    answer = client.post(
        "/account/security/passkeys/new", data={"name": "Mine", "credential": authenticator.create(options)}
    )
    assert answer.status_code == 302, answer.text
    return authenticator


def show_passkey(client: FlaskClient, authenticator: Authenticator, where: str = "/sign-in/passkey") -> Any:
    options = client.post(f"{where.replace('/passkey', '')}{OPTIONS[where]}").get_json()
    return client.post(where, data={"credential": authenticator.get(options)})


OPTIONS = {"/sign-in/passkey": "/passkey/options", "/account/confirm/passkey": "/options"}
