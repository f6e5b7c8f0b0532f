"""Who may open what, walked over every rule."""

from __future__ import annotations

from flask import Flask


def test_every_view_says_who_may_open_it(app: Flask) -> None:
    unstamped = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not app.view_functions[rule.endpoint].__dict__.get("portal_permissions")
    ]
    assert unstamped == []
