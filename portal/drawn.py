"""Whole pages drawn once: docs/decisions/0012-drawn-once.md."""

from __future__ import annotations

import secrets
from collections.abc import Hashable
from functools import lru_cache

from flask import current_app, g, render_template, request, session
from flask_login import current_user

from portal.i18n import language
from portal.web import csrf_token, once_token

# Where the nonce of each answer and the token of its forms go in a page that is kept: nobody can have written it in a text.
PLACE, ONCE = secrets.token_urlsafe(16), secrets.token_urlsafe(16)


def draw_page(template: str, **parts: Hashable) -> bytes:
    """The page of a signed-in user, in UTF-8; drawn once for the same parts, user, session, address and language.

    For templates that show nothing but `parts` and the layout around every page. What the layout reads of its own
    accord is in the key too: `_draw`.
    """
    if "_flashes" in session:  # shown once, and gone
        return render_template(template, **parts).encode()
    user = current_user._get_current_object()
    address = request.path, request.query_string
    around = user.name, user.role, csrf_token(), address, language(), current_app.config["DEMO"]
    page = _draw(template, tuple(parts.items()), around)
    return page.replace(PLACE.encode(), g.csp_nonce.encode()).replace(ONCE.encode(), once_token().encode())


@lru_cache(maxsize=32)
def _draw(template: str, parts: tuple[tuple[str, Hashable], ...], _around: tuple[Hashable, ...]) -> bytes:
    g.once = ONCE
    try:
        return render_template(template, **dict(parts), csp_nonce=PLACE).encode()
    finally:
        g.pop("once")
