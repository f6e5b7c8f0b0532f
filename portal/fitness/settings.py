"""Checks of what the environment says. None of them asks the database."""

from __future__ import annotations

import math
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from config import Settings
from portal.fitness.finding import Finding
from portal.mail import YES

SHORTEST_KEY = 32  # characters
LEAST_BITS = 96  # by the letters' own frequencies: 32 random hexadecimal digits have about 117
LOCAL = ("", "localhost", "127.0.0.1", "::1")
ENCRYPTED = ("require", "verify-ca", "verify-full")
BACKUP_MARK = "last_backup"  # a file in PORTAL_HOME, touched by whatever makes the backups
OLDEST_BACKUP = timedelta(hours=26)
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def demo(settings: Settings) -> Iterator[Finding]:
    if settings.demo:
        yield Finding(
            "PORTAL_DEMO is 1: accounts whose password everybody knows can sign in.", "Unset PORTAL_DEMO."
        )


def environment(settings: Settings) -> Iterator[Finding]:
    if not settings.production:
        yield Finding(
            "PORTAL_ENV is not production: an unfit portal would be served all the same.",
            "Set PORTAL_ENV=production.",
        )


def secret_key(settings: Settings) -> Iterator[Finding]:
    """A key is never shown, not even in part."""
    key = settings.secret_key
    make = 'Make one with python3 -c "import secrets; print(secrets.token_urlsafe(48))" and set it. It signs everybody out.'
    if len(key) < SHORTEST_KEY:
        yield Finding(f"SECRET_KEY is shorter than {SHORTEST_KEY} characters.", make)
    elif bits(key) < LEAST_BITS or re.fullmatch(r"[a-z ,.'-]+", key.lower()):
        yield Finding("SECRET_KEY can be guessed: it repeats itself, or is made of words.", make)


def bits(text: str) -> float:
    """Shannon's entropy of the text, by how often each of its characters stands in it."""
    counts = Counter(text).values()
    return -sum(count * math.log2(count / len(text)) for count in counts)


def base_url(settings: Settings) -> Iterator[Finding]:
    if not settings.base_url.startswith("https:"):
        yield Finding(
            "BASE_URL is not https: whoever listens on the way reads everything, and cookies are not Secure.",
            "Put the portal behind TLS and set BASE_URL=https://….",
        )


def trusted_hosts(settings: Settings) -> Iterator[Finding]:
    host = urlsplit(settings.base_url).hostname
    if strange := [name for name in settings.trusted_hosts if name != host]:
        yield Finding(
            f"TRUSTED_HOSTS has {', '.join(strange)}, which is not the host of BASE_URL.",
            f"Unset TRUSTED_HOSTS, or set it to {host}.",
        )


def mail(settings: Settings) -> Iterator[Finding]:
    server = settings.mail.get("MAIL_SERVER", "")
    if not server:
        yield Finding(
            "MAIL_SERVER is not set: mails are written to files, and nobody gets them.",
            "Set MAIL_SERVER, and MAIL_USE_TLS=true.",
        )
    elif (
        server not in LOCAL and not _is_on(settings, "MAIL_USE_TLS") and not _is_on(settings, "MAIL_USE_SSL")
    ):
        yield Finding(
            "Mail goes to MAIL_SERVER without TLS: links that set passwords can be read on the way.",
            "Set MAIL_USE_TLS=true (or MAIL_USE_SSL=true).",
        )


def _is_on(settings: Settings, name: str) -> bool:
    return settings.mail.get(name, "").lower() in YES


def database_tls(settings: Settings) -> Iterator[Finding]:
    for name, url in (
        ("DATABASE_URL", settings.database_url),
        ("DATABASE_OWNER_URL", settings.database_owner_url),
    ):
        if url is None:
            continue
        mode = _sslmode(url)
        if mode is not None and mode not in ENCRYPTED:
            yield Finding(
                f"{name} reaches another machine without TLS.", f"Add ?sslmode=verify-full to {name}."
            )
        elif mode in ("require", "verify-ca"):
            yield Finding(
                f"{name} is encrypted, but whoever answers need not prove to be that machine.",
                f"Use sslmode=verify-full in {name}, with sslrootcert.",
                must=False,
            )


def _sslmode(url: str) -> str | None:
    """None where the database is on this machine."""
    parts = make_url(url)
    asked = parts.query.get("host", parts.host or "")
    hosts = [asked] if isinstance(asked, str) else list(asked)
    if all(host in LOCAL or host.startswith("/") for host in hosts):
        return None
    return str(parts.query.get("sslmode", os.environ.get("PGSSLMODE", "prefer")))


def own_cluster(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None:
        yield Finding(
            "DATABASE_URL is not set: the portal runs its own PostgreSQL, which is meant for trying it out.",
            "Set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL that somebody looks after.",
            must=False,
        )


def files(settings: Settings) -> Iterator[Finding]:
    """What of PORTAL_HOME other users of this machine may read: keys, mails, erasures."""
    readable = list(_readable(settings.home))
    if readable:
        shown = ", ".join(str(path) for path in readable[:3])
        yield Finding(
            f"Other users of this machine may read {len(readable)} files of PORTAL_HOME ({shown}).",
            f"chmod -R go-rwx {settings.home}",
        )


def _readable(folder: Path) -> Iterator[Path]:
    """Files; a folder that is closed closes what is in it."""
    if not folder.is_dir() or not folder.stat().st_mode & OPEN_TO_OTHERS:
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.is_socket():
            continue
        if path.is_dir():
            yield from _readable(path)
        elif path.stat().st_mode & OPEN_TO_OTHERS:
            yield path


def backup(settings: Settings) -> Iterator[Finding]:
    mark = settings.home / BACKUP_MARK
    made = datetime.fromtimestamp(mark.stat().st_mtime, UTC) if mark.exists() else None
    if made is None or datetime.now(UTC) - made > OLDEST_BACKUP:
        when = f"The last backup was made on {made:%d %B %Y}." if made else "No backup has been seen."
        yield Finding(
            when,
            f"Run flask --app wsgi backup FILE each day; where something else makes the backups: touch {mark}",
        )
