"""A real Chromium on the real portal, with demo data, forms with tokens, and every complaint of the browser kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from portal import create_app
from portal.db import as_owner, db
from portal.demo.making import make_demo
from portal.i18n import LONDON
from portal.postgres import Cluster
from tests.conftest import TEMPLATE, dispose, settings_for

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "demonstration only 2026"
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def demo_app(cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The portal with demo data, as `make run` serves it."""
    name = f"portal_browser_{worker_id}"
    cluster.create_database(name, template=TEMPLATE)
    app = create_app(settings_for(cluster, tmp_path_factory.mktemp("browser-home"), name))
    with app.app_context(), as_owner():
        make_demo(300, seed=1, as_of=datetime.now(LONDON).date(), with_passwords=True)
        db.session.commit()
    yield app
    dispose(app)


@pytest.fixture(scope="session")
def address(demo_app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, demo_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens pages in contexts of their own; at the end the browser must have had nothing to complain of."""
    complaints: list[str] = []
    contexts = []

    def opened(*, width: int = 1280, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            locale="en-GB",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(f"{page.url}: {m.text}") if _is_complaint(m) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(message: object) -> bool:
    """Errors, and every report of the content security policy; an answer of 4xx is no fault of the page."""
    text, kind = message.text, message.type  # type: ignore[attr-defined]
    if "the server responded with a status of 4" in text:
        return False
    return kind == "error" or "Content Security Policy" in text


def sign_in(page: Page, account: str, language: str = "en", password: str = PASSWORD) -> None:
    page.goto(f"/sign-in?lang={language}")
    fill_in_sign_in(page, account, language, password)


def fill_in_sign_in(page: Page, account: str, language: str = "en", password: str = PASSWORD) -> None:
    """The page is that of signing in, in this language; `account` is an email address or a demonstration's name."""
    labels = {
        "en": ("Email address", "Password", "Sign in"),
        "cy": ("Cyfeiriad e-bost", "Cyfrinair", "Mewngofnodi"),
    }
    email, secret, button = labels[language]
    page.get_by_label(email).fill(account if "@" in account else f"{account}@demo.example")
    page.get_by_label(secret, exact=True).fill(password)
    page.get_by_role("button", name=button).click()


def axe_violations(page: Page) -> list[str]:
    """What axe finds, as `rule: place`; the script comes by way of the debugger, so the page's policy stays whole.

    It tells no more than that: describing all that is in order takes four times as long as looking.
    """
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'],"
        " resultTypes: ['violations'], preload: false}).then(found => found.violations)"
    )
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]
