"""Settings, read from the environment once. A default stands here only if it is safe in production and public."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

METHODS = ("password", "passkey")  # of signing in, which no provider may be called
NEEDED = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "NAME_EN", "NAME_CY")  # of each provider of identities


class SettingsError(RuntimeError):
    """The environment asks for something impossible; the message says what to set."""


@dataclass(frozen=True)
class Provider:
    """A provider of identities by OpenID Connect. `acr` and `amr`: what it says of who has shown a second factor."""

    key: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name_en: str
    name_cy: str
    acr: frozenset[str] = frozenset()
    amr: frozenset[str] = frozenset()

    def name(self, language: str) -> str:
        return self.name_cy if language == "cy" else self.name_en


@dataclass(frozen=True)
class Settings:
    """Everything the portal reads from outside.

    `trusted_proxies`: how many servers of ours stand in front and each add the address they were asked from; with 0
    nothing of `X-Forwarded-…` is believed. `requests_a_minute`: of one session and process; 0 is without limit.
    `answer_seconds`: how long a statement of a page may take; of a command or the worker, five minutes.
    `metrics_token`: what `/metrics` asks for; without one it answers this machine alone. `worker_metrics_port`: where
    the worker gives its own on this machine; 0 is nowhere.
    `database_url` and `database_owner_url` are None where the portal keeps its own PostgreSQL in `home`;
    `database_read_url` where figures are read from no standby.
    """

    home: Path
    secret_key: str
    database_url: str | None = None
    database_owner_url: str | None = None
    database_read_url: str | None = None
    demo: bool = False
    production: bool = False
    testing: bool = False
    base_url: str = "http://localhost:8000"
    trusted_hosts: list[str] = field(default_factory=lambda: ["127.0.0.1", "localhost"])
    trusted_proxies: int = 0
    requests_a_minute: int = 600
    answer_seconds: int = 10
    metrics_token: str | None = field(default=None, repr=False)
    worker_metrics_port: int = 0
    mail: dict[str, str] = field(default_factory=dict)
    providers: tuple[Provider, ...] = ()
    audit_signing_key: str | None = None  # file of the Ed25519 key that signs the access log's heads
    audit_head_email: str | None = None  # mailbox outside, to which each signed head goes

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https:")

    def flask(self) -> dict[str, object]:
        """The names Flask and its extensions expect."""
        name = "__Host-portal" if self.secure_cookies else "portal"
        return {
            "SECRET_KEY": self.secret_key,
            "TESTING": self.testing,
            "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
            "MAX_FORM_PARTS": 1000,
            "TRUSTED_HOSTS": self.trusted_hosts,
            "SESSION_COOKIE_NAME": name,
            "SESSION_COOKIE_SECURE": self.secure_cookies,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "WTF_CSRF_TIME_LIMIT": None,
            "BABEL_DEFAULT_LOCALE": "en",
            "BABEL_DEFAULT_TIMEZONE": "Europe/London",
            "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).parent / "translations"),
            **self.mail,
        }


def from_environment(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings; raise SettingsError where one is missing or contradicts another."""
    env = dict(os.environ) if environ is None else environ
    home = Path(env.get("PORTAL_HOME", ".portal")).resolve()
    production = env.get("PORTAL_ENV") == "production"
    demo = env.get("PORTAL_DEMO") == "1"
    if production and demo:
        raise SettingsError("PORTAL_DEMO=1 is refused when PORTAL_ENV=production: unset one of them.")
    base_url = env.get("BASE_URL", f"http://localhost:{env.get('PORT', '8000')}").rstrip("/")
    hosts = [host for host in env.get("TRUSTED_HOSTS", "").split(",") if host]
    if not hosts:
        hosts = (
            [urlsplit(base_url).hostname or "localhost"] if "BASE_URL" in env else ["127.0.0.1", "localhost"]
        )
    return Settings(
        home=home,
        secret_key=_secret_key(env, home, production=production),
        database_url=env.get("DATABASE_URL"),
        database_owner_url=env.get("DATABASE_OWNER_URL"),
        database_read_url=env.get("DATABASE_READ_URL") or None,
        demo=demo,
        production=production,
        base_url=base_url,
        trusted_hosts=hosts,
        trusted_proxies=_whole_number(env, "TRUSTED_PROXIES", 0, most=5),
        requests_a_minute=_whole_number(env, "REQUESTS_A_MINUTE", 0 if demo else 600, most=1_000_000),
        answer_seconds=_whole_number(env, "ANSWER_SECONDS", 300 if _is_command(env) else 10, most=3600)
        or 3600,
        metrics_token=env.get("METRICS_TOKEN") or None,
        worker_metrics_port=_whole_number(env, "WORKER_METRICS_PORT", 0, most=65535),
        mail={name: value for name, value in env.items() if name.startswith("MAIL_")},
        audit_signing_key=env.get("AUDIT_SIGNING_KEY") or None,
        audit_head_email=env.get("AUDIT_HEAD_EMAIL") or None,
        providers=_providers(env, production=production),
    )


def _providers(env: dict[str, str], *, production: bool) -> tuple[Provider, ...]:
    """Those that OIDC_PROVIDERS names, in its order; docs/identity-providers.md says what each setting means."""
    keys = [key.strip() for key in env.get("OIDC_PROVIDERS", "").split(",") if key.strip()]
    providers = tuple(_provider(key, env, production=production) for key in keys)
    for what, values in (("names", keys), ("issuers", [provider.issuer for provider in providers])):
        if len({*values}) < len(values):
            raise SettingsError(
                f"OIDC_PROVIDERS: two providers have the same {what[:-1]}. Give each its own."
            )
    return providers


def _provider(key: str, env: dict[str, str], *, production: bool) -> Provider:
    if not re.fullmatch("[a-z][a-z0-9]{1,29}", key) or key in METHODS:
        raise SettingsError(
            f"OIDC_PROVIDERS: {key!r} is no name for a provider. Use small letters and digits, as in police,probation;"
            f" not {' or '.join(METHODS)}."
        )
    prefix = f"OIDC_{key.upper()}_"
    said = {name: env.get(prefix + name, "").strip() for name in (*NEEDED, "ACR", "AMR")}
    if missing := [prefix + name for name in NEEDED if not said[name]]:
        raise SettingsError(f"{', '.join(missing)}: not set. OIDC_PROVIDERS names {key}, which needs it.")
    issuer = urlsplit(said["ISSUER"])
    fits = issuer.scheme == "https" or (issuer.scheme == "http" and not production)
    if not fits or not issuer.hostname or issuer.query or issuer.fragment or issuer.username:
        raise SettingsError(
            f"{prefix}ISSUER must be an https address without ? or #, as the provider's own discovery document gives it."
        )
    return Provider(
        key,
        said["ISSUER"],
        said["CLIENT_ID"],
        said["CLIENT_SECRET"],
        said["NAME_EN"],
        said["NAME_CY"],
        acr=frozenset(said["ACR"].split()),
        amr=frozenset(said["AMR"].split()),
    )


def _whole_number(env: dict[str, str], name: str, usual: int, *, most: int) -> int:
    text = env.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise SettingsError(f"{name} is “{text[:20]}”. Set it to a whole number from 0 to {most}.")
    return int(text)


def _is_command(env: dict[str, str]) -> bool:
    """`flask --app wsgi …`, the worker among them: Flask's own mark."""
    return env.get("FLASK_RUN_FROM_CLI") == "true"


def _secret_key(env: dict[str, str], home: Path, *, production: bool) -> str:
    """The key from SECRET_KEY; outside production a random one is made once and kept in `home`."""
    if key := env.get("SECRET_KEY"):
        return key
    if production:
        raise SettingsError("SECRET_KEY is not set. Set it to 32 or more random characters.")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "secret_key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
