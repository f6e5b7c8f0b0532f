"""Outside a demonstration, in Chromium: invitation, passkey, codes and the second step, each page free of faults.

The authenticator is the browser's own virtual one. The portal is asked for under the name in BASE_URL, to which
passkeys are bound.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from portal import create_app
from portal.accounts import actions
from portal.db import as_owner, db
from portal.postgres import Cluster
from tests.browser.conftest import axe_violations
from tests.conftest import TEMPLATE, dispose, settings_for
from tests.factories import make_user

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"
WORDS = {
    "en": {
        "passkey": "Set up a passkey",
        "make": "Make the passkey",
        "show": "Show my recovery codes",
        "kept": "I have kept them: continue",
        "sign out": "Sign out",
        "sign in": "Use a passkey",
        "use": "Use a passkey",
        "no": "No passkey was used",
    },
    "cy": {
        "passkey": "Gosod allwedd mynediad",
        "make": "Creu’r allwedd mynediad",
        "show": "Dangos fy nghodau adfer",
        "kept": "Rwyf wedi’u cadw: parhau",
        "sign out": "Allgofnodi",
        "sign in": "Defnyddio allwedd mynediad",
        "use": "Defnyddio allwedd mynediad",
        "no": "Ni ddefnyddiwyd allwedd mynediad",
    },
}


@pytest.fixture(scope="module")
def strict_app(cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The portal as it is in earnest, known under a name of its own."""
    name, home = f"portal_strict_{worker_id}", tmp_path_factory.mktemp("strict-home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cluster.create_database(name, template=TEMPLATE)
    settings = replace(settings_for(cluster, home, name), demo=False, base_url=f"http://localhost:{port}")
    app = create_app(settings)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    dispose(app)
    cluster.drop_database(name)


@pytest.fixture
def page(chromium: Browser, strict_app: Flask) -> Iterator[Page]:
    complaints: list[str] = []
    context = chromium.new_context(
        base_url=strict_app.config["SETTINGS"].base_url, viewport={"width": 320, "height": 800}
    )
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
    yield page
    context.close()
    assert complaints == []


def invite(app: Flask, email: str) -> str:
    with app.app_context(), as_owner():
        token = actions.make_link(make_user(email=email))
        db.session.commit()
    return f"/set-password/{token}"


def give_authenticator(page: Page) -> tuple[object, str]:
    """Of the browser: it keeps passkeys, and its user is there and willing."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def press(page: Page, text: str) -> None:
    page.get_by_role("button", name=text, exact=True).click()


def look(page: Page) -> None:
    """Nothing for axe to find, nothing wider than a telephone."""
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url


@pytest.mark.parametrize("language", ["en", "cy"])
def test_from_the_invitation_to_a_sign_in_by_passkey(strict_app: Flask, page: Page, language: str) -> None:
    words = WORDS[language]
    session, authenticator = give_authenticator(page)
    page.goto(f"{invite(strict_app, f'passkey.{language}@test.example')}?lang={language}")
    look(page)
    press(page, words["passkey"])
    press(page, words["show"])
    look(page)
    assert len(page.locator("main code").all_inner_texts()) == 10
    press(page, words["kept"])
    expect(page).to_have_url(re.compile("/$"))
    press(page, words["sign out"])
    page.goto("/sign-in")
    look(page)
    press(page, words["sign in"])
    expect(page).to_have_url(re.compile("/$"))
    page.goto("/account/security")
    look(page)
    page.goto("/account/sessions")
    look(page)
    press(page, words["sign out"])
    # An authenticator whose user does not show who they are: the page says so, and nobody is signed in.
    session.send(  # type: ignore[attr-defined]
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    expect(page.get_by_text(words["no"])).to_be_hidden()
    press(page, words["sign in"])
    expect(page.get_by_role("alert").filter(has_text=words["no"])).to_be_visible()
    page.goto("/account")
    expect(page).to_have_url(re.compile("/sign-in"))


@pytest.mark.parametrize("language", ["en", "cy"])
def test_password_then_app_then_passkey_as_the_second_step(
    strict_app: Flask, page: Page, language: str
) -> None:
    words, email = WORDS[language], f"app.{language}@test.example"
    page.goto(f"{invite(strict_app, email)}?lang={language}")
    for box in page.locator("input[type=password]").all():
        box.fill(PASSWORD)
    page.locator("main form").first.locator("button[type=submit]").click()
    expect(page).to_have_url(re.compile("/account/set-up"))
    look(page)
    page.goto("/account/security/app")
    assert page.evaluate("document.querySelector('.portal-qr').naturalWidth") > 0
    look(page)
    app = pyotp.TOTP(page.locator(".portal-key").text_content().replace(" ", "").strip())  # type: ignore[union-attr]
    page.locator("#code").fill(app.now())
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/account/security/codes"))
    look(page)
    give_authenticator(page)
    page.goto("/account/security/passkeys/new")
    look(page)
    press(page, words["make"])
    expect(page).not_to_have_url(re.compile("/passkeys/new"))  # leaving sooner would lose it
    press(page, words["sign out"])
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("main form").first.locator("button[type=submit]").click()
    expect(page).to_have_url(re.compile("/sign-in/second-step"))
    look(page)
    press(page, words["use"])
    expect(page).to_have_url(re.compile("/$"))


def test_without_scripts_the_app_does(chromium: Browser, strict_app: Flask) -> None:
    context = chromium.new_context(base_url=strict_app.config["SETTINGS"].base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto(invite(strict_app, "plain@test.example"))
    expect(page.get_by_role("button", name="Set up a passkey")).to_be_hidden()
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("Enter the new password again").fill(PASSWORD)
    press(page, "Set password")
    page.get_by_role("button", name="Set up an authenticator app").click()
    app = pyotp.TOTP(page.locator(".portal-key").text_content().replace(" ", "").strip())  # type: ignore[union-attr]
    page.get_by_label("Code from your authenticator app").fill(app.now())
    press(page, "Continue")
    press(page, "Show my recovery codes")
    with page.expect_download() as download:
        press(page, "Save as a file")
    saved = Path(download.value.path()).read_text()
    assert all(code in saved for code in page.locator("main code").all_inner_texts())
    context.close()
