"""The public scoring rules of MDN’s HTTP Observatory, as far as a portal of one origin meets them.

Source: mozilla/http-observatory, httpobs/docs/scoring.md (2024-02-27), and MDN’s page on its tests and scoring. Each
site begins at 100; what is missing takes off; bonuses count from 90. A+ is 100 and more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from werkzeug.test import TestResponse

BROAD = {"*", "http:", "https:", "ftp:", "data:", "blob:", "filesystem:"}
SIX_MONTHS = 15_552_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


@dataclass(frozen=True)
class Score:
    """`parts`: points by rule, below zero what is taken off."""

    parts: dict[str, int]

    @property
    def total(self) -> int:
        base = 100 + sum(points for points in self.parts.values() if points < 0)
        return base + (sum(points for points in self.parts.values() if points > 0) if base >= 90 else 0)

    @property
    def grade(self) -> str:
        grades = (
            (100, "A+"),
            (90, "A"),
            (85, "A-"),
            (80, "B+"),
            (70, "B"),
            (65, "B-"),
            (60, "C+"),
            (50, "C"),
        )
        return next((grade for least, grade in grades if self.total >= least), "D or worse")


def score(page: TestResponse, over_http: TestResponse) -> Score:
    """`page` came over https; `over_http` is what the same address answers without (a redirection by the proxy)."""
    policy = read_policy(page.headers.get("Content-Security-Policy", ""))
    hsts = _hsts(page.headers.get("Strict-Transport-Security", ""))
    return Score(
        {
            "csp": _csp(policy),
            "cookies": _cookies(page.headers.getlist("Set-Cookie"), hsts=hsts == 0),
            "cors": -50 if page.headers.get("Access-Control-Allow-Origin") == "*" else 0,
            "redirection": 0 if over_http.headers.get("Location", "").startswith("https://") else -20,
            "referrer": _referrer(page.headers.get("Referrer-Policy")),
            "hsts": hsts,
            "sri": _sri(page.text),
            "sniffing": 0 if page.headers.get("X-Content-Type-Options") == "nosniff" else -5,
            "frames": _frames(policy, page.headers.get("X-Frame-Options")),
            "corp": _corp(page.headers.get("Cross-Origin-Resource-Policy")),
        }
    )


def read_policy(text: str) -> dict[str, set[str]]:
    """Of a directive that stands there twice the first counts, as in a browser."""
    policy: dict[str, set[str]] = {}
    for directive in text.split(";"):
        words = directive.split()
        if words:
            policy.setdefault(words[0].lower(), set(words[1:]))
    return policy


def _csp(policy: dict[str, set[str]]) -> int:
    if not policy:
        return -25
    usual = policy.get("default-src", {"*"})
    scripts, objects = policy.get("script-src", usual), policy.get("object-src", usual)
    styles = policy.get("style-src", usual)
    guarded = any(re.match(r"'(nonce|sha(256|384|512))-", source) for source in scripts)
    if (scripts | objects) & BROAD or ("'unsafe-inline'" in scripts and not guarded):
        return -20
    sources = {source for name in policy for source in policy[name]}
    if any(source.startswith(("http:", "ftp:")) for source in sources):
        return -20
    if "'unsafe-eval'" in scripts:
        return -10
    if styles & (BROAD | {"'unsafe-inline'"}):
        return 0
    return 10 if usual == {"'none'"} else 5


def _cookies(cookies: list[str], *, hsts: bool) -> int:
    if not cookies:
        return 0
    flags = [{part.strip().lower() for part in cookie.split(";")[1:]} for cookie in cookies]
    if not all("secure" in each for each in flags):
        return -10 if hsts else -40
    if not all("httponly" in each for each in flags):
        return -30
    return 5 if all({"samesite=lax", "samesite=strict"} & each for each in flags) else 0


def _referrer(text: str | None) -> int:
    words = [word.strip().lower() for word in (text or "").split(",") if word.strip()]
    if not words:
        return 0
    return 5 if words[-1] in PRIVATE else -5


def _hsts(text: str) -> int:
    """+5 is for names in the browsers' own list, which is the owner's to ask for: not counted."""
    found = re.search(r"max-age=(\d+)", text)
    return -20 if not found else 0 if int(found[1]) >= SIX_MONTHS else -10


def _sri(page: str) -> int:
    """Nothing is taken off while every script is of the page's own origin."""
    scripts = re.findall(r"<script[^>]*\ssrc=[\"']?([^\"'\s>]+)", page)
    outside = [source for source in scripts if re.match(r"(https?:)?//", source)]
    return 0 if not outside else -50 if any(source.startswith("http:") for source in outside) else -5


def _frames(policy: dict[str, set[str]], header: str | None) -> int:
    if "frame-ancestors" in policy and not policy["frame-ancestors"] & BROAD:
        return 5
    return 0 if header in ("DENY", "SAMEORIGIN") else -20


def _corp(text: str | None) -> int:
    return {None: 0, "same-origin": 10, "same-site": 10, "cross-origin": 0}.get(text, -5)
