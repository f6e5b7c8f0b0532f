"""Hostile text in every stored word, shown in a real browser on every page: nothing runs, and it is read as it was typed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from portal.access import Role
from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from tests.conftest import sign_in_client
from tests.forms import RANK
from tests.hostile_text import PAYLOADS, plant
from tests.pages import list_pages
from tests.scene import make_scene

pytestmark = pytest.mark.browser
# A page is of another if its address is the same but for its numbers: each is shown to who sees most of it.
FILES = (".ics", ".pdf", ".csv", ".xlsx")


@pytest.fixture
def planted(committed_app: Flask) -> Iterator[tuple[str, dict[Role, dict[str, str]], dict[str, Role]]]:
    """(address of the portal, the cookie of each role, pages with a role that may open each)."""
    app = committed_app
    with app.app_context():
        enter_scope(SYSTEM)
        scene = make_scene()
        columns, refused = plant()
        assert columns >= 40, (columns, refused)
        assert refused == []
        enter_scope(SYSTEM)
        cookies = {role: cookie_of(app, user) for role, user in scene["users"].items()}  # type: ignore[attr-defined]
        pages: dict[str, Role] = {}
        for role, path in list_pages(app, scene):
            if role and (path not in pages or RANK.index(role) < RANK.index(pages[path])):
                pages[path] = role
        db.session.remove()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", cookies, pages
    server.shutdown()
    thread.join()


def cookie_of(app: Flask, user_id: int) -> dict[str, str]:
    client = sign_in_client(app, db.session.get_one(User, user_id))
    cookie = client.get_cookie("portal")
    assert cookie
    return {"name": "portal", "value": cookie.value}


def test_hostile_text_is_shown_and_never_run(chromium: Browser, planted: Any) -> None:
    address, cookies, pages = planted
    ran: list[str] = []
    shown: set[str] = set()
    asked_outside: list[str] = []
    opened = 0
    for role, cookie in cookies.items():
        context: BrowserContext = chromium.new_context(base_url=address)
        context.add_cookies([{**cookie, "url": address}])
        page = context.new_page()
        page.on("dialog", lambda dialog: (ran.append(f"dialog: {page.url}"), dialog.dismiss()))  # noqa: B023
        page.on("pageerror", lambda error: ran.append(f"{page.url}: {error}"))  # noqa: B023
        page.on("console", lambda m: ran.append(f"{page.url}: {m.text}") if "Security" in m.text else None)  # noqa: B023
        page.on("request", lambda r: None if r.url.startswith(address) else asked_outside.append(r.url))
        for path in (path for path, its in pages.items() if its == role):
            if path.partition("?")[0].endswith(FILES):
                continue
            page.goto(path, wait_until="domcontentloaded")
            opened += 1
            said = page.evaluate(
                "document.body.textContent + [...document.querySelectorAll('input, textarea')].map(f => f.value).join(' ')"
            )
            shown |= {payload for payload in PAYLOADS if payload in said}
        page.goto("/account", wait_until="load")
        context.close()
    assert ran == []
    assert asked_outside == []
    assert opened > 150
    print(f"{len(shown)} of {len(PAYLOADS)} payloads shown as text on {opened} pages")
    assert len(shown) > len(PAYLOADS) * 0.9


def test_the_browser_would_tell(chromium: Browser) -> None:
    """What the test listens for is what a page does that does not escape."""
    page, heard = chromium.new_page(), []
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    page.set_content(f"<p>{PAYLOADS[3]}</p>")
    page.wait_for_timeout(200)
    page.close()
    assert heard == ["1"]
