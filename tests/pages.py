"""Every page of the portal by role: what the walks over all pages (languages, accessibility, statements) go through."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask

from portal.access import GRANTS, PUBLIC, Role

# The states in which a page has more to show than that it comes at the wrong time.
STATES = {
    "<reference>": [
        "sent",
        "accepted",
        "declined",
        "information_requested",
        "challenged",
        "paused",
        "closed",
    ],
    "answer": ["information_requested"],
    "reverse-as-priority": ["challenged"],
    "reverse-as-standard": ["challenged"],
    "uphold": ["challenged"],
    "resume": ["paused"],
    "reopen": ["closed"],
}
# Pages that show nothing without one.
WITH_QUERY = {"/register/quality/close": "?person={closable}&person={person_id}"}
# What else a page shows when it is asked to.
QUERIES = {"/turnaround": ("show=days",), "/access/unusual": ("show=answered",)}
# Addresses that show no page: they answer machines, or send elsewhere at once.
NO_PAGE = {
    "static",
    "health.healthz",
    "health.readyz",
    "scrape.metrics",
    "meetings.show_pdf",
    "turnaround_files.download",
    "turnaround_files.download_pdf",
    "charts.download",
    "factors.show_qr_code",
    "person_copy.take_pdf",
    "person_copy.take_json",
    "needs.download",
}


def list_pages(app: Flask, scene: dict[str, object]) -> Iterator[tuple[Role | None, str]]:
    """(role, address) of every page that can be asked for; None for pages open to whoever is not signed in."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NO_PAGE or "GET" not in (rule.methods or ()):
            continue
        needed = app.view_functions[rule.endpoint].__dict__["portal_permissions"]
        roles = [None] if needed == PUBLIC else [role for role in scene["users"] if GRANTS[role] & needed]  # type: ignore[attr-defined]
        for role in roles:
            seen = _seen_by(role, scene)
            for path in _addresses(str(rule), rule.arguments, seen):
                yield role, path + WITH_QUERY.get(path, "").format(**seen)


def _seen_by(role: Role | None, scene: dict[str, object]) -> dict[str, object]:
    """The scene with what each role has one of its own of."""
    own: dict[Role | None, dict[str, object]] = scene["own"]  # type: ignore[assignment]
    return scene | own.get(role, {})


def _addresses(rule: str, arguments: set[str], scene: dict[str, object]) -> list[str]:
    """A rule with its arguments filled in; a reference stands for each state in which the page may be asked for."""
    if rule.endswith("/reason"):
        scene = {**scene, "person_id": scene["restricted_id"]}
    for one in {"agreement_id", "extract_id", "unusual_id"} & arguments:
        every: list[int] = scene[f"{one}s"]  # type: ignore[assignment]
        return [re.sub(rf"<[^<>]*{one}>", str(number), rule) for number in every]
    states = ["draft"] if rule.startswith("/refer/") else ["sent", "accepted", "declined"]
    states = STATES.get(rule.rpartition("/")[2], states)
    if "reference" not in arguments or rule.endswith("/sent"):
        states = ["sent"]
    found = []
    for state in states:
        path = rule
        for argument in arguments:
            value = scene[state] if argument == "reference" else scene[argument]
            path = re.sub(rf"<([^<>]*:)?{argument}>", str(value), path)
        found += [path, *(f"{path}?{query}" for query in QUERIES.get(rule, ()))]
    return found
