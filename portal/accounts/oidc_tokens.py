"""What a provider's signed tokens say, once everything about them has been checked.

OpenID Connect Core 1.0, 3.1.3.7 (id tokens) and Back-Channel Logout 1.0, 2.6 (logout tokens).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from config import Provider
from portal.accounts.oidc_provider import ProviderRefused

# Signed with a private key, each of them: nothing unsigned, and no secret that two parties share.
ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512"]
LEEWAY = 60  # seconds by which clocks may differ
LONGEST_NAME = 255  # characters of a subject (Core 1.0, 2)
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

Keys = Callable[[bool], KeySet]  # called with True where those known do not fit: they may have been changed


@dataclass(frozen=True)
class Shown:
    """Who somebody is at the provider; `factor`: it says that they have shown a second factor."""

    subject: str
    sid: str | None = None
    factor: bool = False


@dataclass(frozen=True)
class Logout:
    """Whose sessions, or which session, the provider has ended; `jti` names the message."""

    jti: str
    subject: str | None
    sid: str | None


def read_id_token(provider: Provider, token: str, nonce: str, keys: Keys) -> Shown:
    """Raises ProviderRefused with the first thing that is not as it must be."""
    claims = _signed(token, keys)
    _check_claims(provider, claims)
    if claims.get("nonce") != nonce:
        raise ProviderRefused("nonce")
    subject = _name(claims, "sub")
    if subject is None:
        raise ProviderRefused("sub")
    return Shown(subject, _name(claims, "sid"), _shows_factor(provider, claims))


def read_logout_token(provider: Provider, token: str, keys: Keys) -> Logout:
    """Raises ProviderRefused, as above."""
    claims = _signed(token, keys)
    _check_claims(provider, claims)
    events, jti = claims.get("events"), _name(claims, "jti")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict) or "nonce" in claims:
        raise ProviderRefused("no_logout")
    subject, sid = _name(claims, "sub"), _name(claims, "sid")
    if jti is None or (subject is None and sid is None):
        raise ProviderRefused("no_logout")
    return Logout(jti, subject, sid)


def _signed(token: str, keys: Keys) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        try:
            return jwt.decode(token, keys(False), registry=registry).claims
        except (InvalidKeyIdError, BadSignatureError):
            return jwt.decode(token, keys(True), registry=registry).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise ProviderRefused("signature") from error


def _check_claims(provider: Provider, claims: Mapping[str, Any]) -> None:
    """Issuer, audience, party and times, which both kinds of token have."""
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except JoseError as error:
        raise ProviderRefused(error.error) from error
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise ProviderRefused("azp")


def _name(claims: Mapping[str, Any], claim: str) -> str | None:
    """A name that can be kept and compared; one that is there but is no such thing is refused."""
    value = claims.get(claim)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        raise ProviderRefused(claim)
    return value


def _shows_factor(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """`acr` is one level (Core 1.0, 2), `acrs` Entra's list of them, `amr` the list of methods (RFC 8176)."""
    return bool(
        provider.acr & (_words(claims.get("acr")) | _words(claims.get("acrs")))
        or provider.amr & _words(claims.get("amr"))
    )


def _words(value: object) -> set[str]:
    values = value if isinstance(value, list) else [value]
    return {word for word in values if isinstance(word, str)}
