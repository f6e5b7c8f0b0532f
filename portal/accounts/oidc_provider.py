"""What is asked of a provider of identities: its discovery document, its keys, and an id token for a code.

OpenID Connect Core 1.0 and Discovery 1.0. Requests go to the origin of the configured issuer alone, follow no
redirect, and take 5 seconds and 256 kB at most.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests
from flask import current_app
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from config import Provider
from portal.logs import log

PATIENCE = 5.0  # seconds
LARGEST = 256 * 1024  # bytes
KEPT = 3600  # seconds for which discovery and keys are believed
REST = 30  # seconds before keys are asked for again because of a signature, or anything after a failure
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAway(Exception):
    """No answer, or none that is of use: worth trying again later."""


class ProviderRefused(Exception):
    """An answer that must not be believed, or a refusal; the message is a word for the access log."""


@dataclass
class _Known:
    """What a process remembers of one issuer; times are monotonic."""

    metadata: dict[str, Any] | None = None
    metadata_at: float = 0.0
    keys: KeySet | None = None
    keys_at: float = 0.0
    failed_at: dict[str, float] = field(default_factory=dict)


_known: dict[str, _Known] = {}


def configured() -> tuple[Provider, ...]:
    providers: tuple[Provider, ...] = current_app.config["SETTINGS"].providers
    return providers


def find_provider(key: str) -> Provider | None:
    return next((provider for provider in configured() if provider.key == key), None)


def metadata(provider: Provider) -> dict[str, Any]:
    """The discovery document. Raises ProviderAway, and ProviderRefused for one that is another issuer's."""
    known = _known.setdefault(provider.issuer, _Known())
    if known.metadata is None or time.monotonic() - known.metadata_at > KEPT:
        address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _ask(provider, "GET", address)
        if found.get("issuer") != provider.issuer:
            raise ProviderRefused("another_issuer")
        if not all(_is_own(provider, found.get(name)) for name in ENDPOINTS):
            raise ProviderRefused("foreign_endpoint")
        known.metadata, known.metadata_at = found, time.monotonic()
    return known.metadata


def keys(provider: Provider, *, again: bool = False) -> KeySet:
    """The public keys that it signs with; `again`: read anew, unless they are fresh. Never a shared secret."""
    where = metadata(provider)["jwks_uri"]
    known = _known[provider.issuer]
    age = time.monotonic() - known.keys_at
    if known.keys is None or age > KEPT or (again and age >= REST):
        listed = _ask(provider, "GET", where).get("keys")
        public = (
            [key for key in listed if isinstance(key, dict) and key.get("kty") in ("RSA", "EC")]
            if isinstance(listed, list)
            else []
        )
        try:
            known.keys = KeySet.import_key_set({"keys": public})
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderRefused("no_keys") from error
        known.keys_at = time.monotonic()
    return known.keys


def id_token_for(provider: Provider, code: str, verifier: str, redirect_uri: str) -> str:
    """Exchange the code; of what comes only the id token is kept. Raises ProviderAway and ProviderRefused."""
    told = metadata(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" in ways:
        # Encoded first, as RFC 6749, 2.3.1 has it.
        pair = quote(provider.client_id, safe=""), quote(provider.client_secret, safe="")
        answer = _ask(provider, "POST", told["token_endpoint"], data=form, auth=pair)
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        answer = _ask(provider, "POST", told["token_endpoint"], data=form)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise ProviderRefused("no_id_token")
    return token


def end_session_url(provider: Provider, back: str, language: str) -> str | None:
    """Where one signs out of the provider as well; None where it has no such page or cannot be asked now."""
    try:
        where = metadata(provider).get("end_session_endpoint")
    except (ProviderAway, ProviderRefused):
        return None
    if not isinstance(where, str) or not _is_own(provider, where):
        return None
    asked = {"client_id": provider.client_id, "post_logout_redirect_uri": back, "ui_locales": language}
    return with_query(where, asked)


def with_query(address: str, values: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"


def _is_own(provider: Provider, address: object) -> bool:
    """Does the address lie on the issuer's own origin?"""
    return isinstance(address, str) and urlsplit(address)[:2] == urlsplit(provider.issuer)[:2]


def _ask(provider: Provider, method: str, address: str, **sent: Any) -> dict[str, Any]:
    """The JSON object of an answer of 200."""
    failed = _known.setdefault(provider.issuer, _Known()).failed_at
    if method == "GET" and time.monotonic() - failed.get(address, -REST) < REST:
        raise ProviderAway("resting")
    try:
        status, body = _fetch(method, address, sent)
        said = json.loads(body)
    except (requests.RequestException, ValueError, RecursionError) as error:
        failed[address] = time.monotonic()
        log.warning("provider away", provider=provider.key, error=error)
        raise ProviderAway from error
    if status == 200 and isinstance(said, dict):
        failed.pop(address, None)
        return said
    word = said.get("error") if isinstance(said, dict) else None
    known = word if isinstance(word, str) and re.fullmatch("[a-z_]{1,40}", word) else "-"
    log.warning("provider refused", provider=provider.key, status=status, said=known)
    if status >= 500 or method == "GET":
        failed[address] = time.monotonic()
        raise ProviderAway(str(status))
    raise ProviderRefused("code_refused")


def _fetch(method: str, address: str, sent: dict[str, Any]) -> tuple[int, bytes]:
    """Status and body; RequestException also where they come too slowly or are too large."""
    until, body = time.monotonic() + PATIENCE, b""
    with requests.request(
        method, address, timeout=PATIENCE, allow_redirects=False, stream=True, **sent
    ) as answer:
        for part in answer.iter_content(8192):
            body += part
            if len(body) > LARGEST or time.monotonic() > until:
                raise requests.RequestException
        return answer.status_code, body
