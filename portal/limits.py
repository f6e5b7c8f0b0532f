"""How much one visitor may ask: requests a minute, in the memory of each process; files an hour, by the access log.

Nothing here costs a page a statement: see docs/decisions/0027-limits.md.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, abort, g, render_template, request, session
from flask_login import AnonymousUserMixin
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.db import run
from portal.web import SESSION_KEY

View = TypeVar("View", bound=Callable[..., Any])
FILES_AN_HOUR = {"people": 30, "figures": 120, "log": 30}
UNCOUNTED = {"static", "health.healthz", "health.readyz", "scrape.metrics"}

_WAIT = "SELECT file_wait(%(kind)s, %(most)s)"


class Budget:
    """So many requests a minute for each key, spent at once or spread; 0: any number. The clock (seconds) is passed in.

    Of each key only the moment is kept at which its budget will be whole again, and only until then: what is held is
    bounded by what was asked within a minute.
    """

    def __init__(self, a_minute: int, most_keys: int = 20_000) -> None:
        self.most_keys = most_keys
        self._each = 60 / a_minute if a_minute else 0.0
        self._whole_at: dict[str, float] = {}

    def wait(self, key: str, now: float) -> int:
        """0 if this request may pass, and it is spent; otherwise whole seconds until one may."""
        whole_at = max(self._whole_at.get(key, 0.0), now) + self._each
        if whole_at > now + 60 + 1e-6:
            return max(1, math.ceil(whole_at - now - 60))
        if len(self._whole_at) >= self.most_keys:
            self._forget(now)
        self._whole_at[key] = whole_at
        return 0

    def _forget(self, now: float) -> None:
        """Those whose budget is whole; if all are busy, all: better a budget anew than memory without end."""
        busy = {key: at for key, at in list(self._whole_at.items()) if at > now}
        self._whole_at = busy if len(busy) < self.most_keys else {}


def network(address: str) -> str:
    """The address, or of IPv6 the network of 64 bits that one household or office is given."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    except ValueError:
        return address


def too_many(seconds: int, *, files: bool = False) -> Response:
    """The page that needs no database: nobody is looked up for it."""
    g._login_user = AnonymousUserMixin()
    page = render_template("errors/too_many.html", minutes=math.ceil(seconds / 60), files=files)
    return Response(page, status=429, headers={"Retry-After": str(seconds)})


def file_of(kind: str) -> Callable[[View], View]:
    """Stamp a view that gives out a file of `people` or of `figures`: so many an hour, as the access log has them.

    The view writes the entry that is counted (`file_wait`, migration 0027). A form that is asked for first, by GET,
    is not yet its file.
    """

    def stamp(view: View) -> View:
        @wraps(view)
        def counted(*values: Any, **named: Any) -> Any:
            asks = request.method == "GET" and "POST" in (request.url_rule.methods or ())  # type: ignore[union-attr]
            if not asks:
                [(seconds,)] = run(_WAIT, {"kind": kind, "most": FILES_AN_HOUR[kind]})
                if seconds:
                    return too_many(seconds, files=True)
            return view(*values, **named)

        counted.__dict__["portal_file"] = kind
        return counted  # type: ignore[return-value]

    return stamp


def init_app(app: Flask) -> None:
    """Before forms are read and users are loaded, so that a flood costs neither."""
    settings = app.config["SETTINGS"]
    proxies = settings.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    # Somebody who clicks without a pause asks for 60 a minute; a whole force that signs in may stand behind one address.
    sessions, addresses = Budget(settings.requests_a_minute), Budget(2 * settings.requests_a_minute)
    app.extensions["limits"] = (sessions, addresses)
    trusted = app.config["TRUSTED_HOSTS"]

    def refuse() -> Response | None:
        if request.endpoint in UNCOUNTED:
            return None
        asked = request.environ
        if "HTTP_X_FORWARDED_HOST" in asked or asked.get("RAW_URI", "/")[:1] != "/":
            _check_hosts(asked, trusted)
        token = session.get(SESSION_KEY)
        now = time.monotonic()
        seconds = (
            sessions.wait(token, now) if token else addresses.wait(network(request.remote_addr or ""), now)
        )
        return too_many(seconds) if seconds else None

    app.before_request(refuse)


def _check_hosts(asked: dict[str, Any], trusted: list[str]) -> None:
    """Another host's name has no business in a request, wherever it stands, though nothing of ours reads it there."""
    from_line = asked.get("RAW_URI", "/").partition("://")[2].partition("/")[0]
    for named in (*asked.get("HTTP_X_FORWARDED_HOST", "").split(","), from_line):
        host = named.strip().rpartition("@")[2]
        if host and host.rsplit(":", 1)[0] not in trusted and host not in trusted:
            abort(400)
