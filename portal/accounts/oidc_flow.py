"""The two halves of signing in at a provider: off to it, and back from it with a code.

Authorisation code with PKCE (S256), nonce, and a state that only the browser that set out has, in its signed cookie;
each state is answered once and within ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from config import Provider
from portal.accounts import oidc_provider
from portal.accounts.oidc_provider import ProviderRefused
from portal.accounts.oidc_tokens import Keys, Logout, Shown, read_id_token, read_logout_token

LIFE = 600  # seconds from setting out to coming back
# What a provider says it could not do (RFC 6749, 4.1.2.1; Core 1.0, 3.1.2.6), as far as it is the visitor's to know.
ERRORS = {
    "access_denied": "cancelled",
    "login_required": "cancelled",
    "interaction_required": "cancelled",
    "consent_required": "cancelled",
    "server_error": "away",
    "temporarily_unavailable": "away",
}


@dataclass(frozen=True)
class Journey:
    """What the browser keeps while it is away. `link`: the hash of an invitation; `user_id`: who joins an identity."""

    provider: str
    target: str = "/"
    link: str | None = None
    user_id: int | None = None
    state: str = ""
    nonce: str = ""
    verifier: str = ""
    at: int = 0


def set_out(provider: Provider, journey: Journey, back: str, language: str) -> tuple[str, dict[str, Any]]:
    """The provider's address to go to, and what the cookie keeps. Raises ProviderAway and ProviderRefused."""
    where = oidc_provider.metadata(provider)["authorization_endpoint"]
    fresh = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(fresh["verifier"].encode()).digest())
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": "openid",
        "state": fresh["state"],
        "nonce": fresh["nonce"],
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    if provider.acr:
        levels = sorted(provider.acr)
        # acr_values is the standard's; Entra ID reads its own `acrs` from the claims that are asked for.
        asked["acr_values"] = " ".join(levels)
        asked["claims"] = json.dumps({"id_token": {"acrs": {"essential": True, "value": levels[0]}}})
    kept = asdict(journey) | fresh | {"at": int(time.time())}
    return oidc_provider.with_query(where, asked), kept


def read_journey(kept: object, provider: Provider, state: str) -> Journey | None:
    """What the cookie kept of this journey; None where it is another's, too old, or there is none."""
    if not isinstance(kept, dict) or kept.keys() != Journey.__dataclass_fields__.keys():
        return None
    journey = Journey(**kept)
    fits = journey.provider == provider.key and secrets.compare_digest(
        journey.state.encode(), state.encode("utf-8", "replace")
    )
    return journey if fits and 0 <= time.time() - journey.at <= LIFE else None


def come_back(provider: Provider, journey: Journey, answer: Mapping[str, str], back: str) -> Shown:
    """Who the provider says it was. Raises ProviderAway and ProviderRefused."""
    # RFC 9207: with two providers, one could else be given the other's code.
    iss = answer.get("iss")
    promised = oidc_provider.metadata(provider).get("authorization_response_iss_parameter_supported") is True
    if (iss is not None or promised) and iss != provider.issuer:
        raise ProviderRefused("iss")
    if "error" in answer:
        raise ProviderRefused(ERRORS.get(answer["error"], "error_there"))
    code = answer.get("code", "")
    if not 0 < len(code) <= 4096 or not code.isprintable():
        raise ProviderRefused("no_code")
    token = oidc_provider.id_token_for(provider, code, journey.verifier, back)
    return read_id_token(provider, token, journey.nonce, _keys(provider))


def read_logout(provider: Provider, token: str) -> Logout:
    return read_logout_token(provider, token, _keys(provider))


def _keys(provider: Provider) -> Keys:
    return lambda again: oidc_provider.keys(provider, again=again)
