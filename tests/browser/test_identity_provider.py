"""An invited user comes in by a real provider of identities, and signs out of both, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from portal.access import Role
from portal.accounts import actions
from portal.accounts.oidc_models import UserIdentity
from portal.db import SYSTEM, db, enter_scope
from tests.accounts.providers import configured, real_providers
from tests.browser.conftest import axe_violations
from tests.factories import make_user

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
WORDS = {
    "en": {
        "in": "Sign in with «Police»",
        "invited": "With your organisation’s account",
        "out": "Sign out of «Police»",
        "account": "Your organisation’s account",
        "connected": "Connected on",
        "sign out": "Sign out",
        "no": "You stopped signing in with «Police»",
    },
    "cy": {
        "in": "Mewngofnodi gyda chyfrif «Heddlu»",
        "invited": "Gyda chyfrif eich sefydliad",
        "out": "Allgofnodi o gyfrif «Heddlu»",
        "account": "Cyfrif eich sefydliad",
        "connected": "Cysylltwyd ar",
        "sign out": "Allgofnodi",
        "no": "Gwnaethoch roi’r gorau i fewngofnodi gyda chyfrif «Heddlu»",
    },
}


@pytest.fixture(scope="module")
def connected(demo_app: Flask, address: str) -> Iterator[Flask]:
    """The portal, served, with two real providers that know its address."""
    with real_providers(address) as providers, configured(demo_app, *providers, base=address):
        yield demo_app


def invite(app: Flask, language: str) -> str:
    with app.app_context():
        enter_scope(SYSTEM)
        token = actions.make_link(make_user(Role.IOM_OFFICER, language=language))
        db.session.commit()
        db.session.remove()
    return f"/set-password/{token}"


def say_who(page: Page, subject: str, button: str = "With a second factor") -> None:
    """On the provider's own page."""
    expect(page.get_by_role("heading", name="police")).to_be_visible()
    page.get_by_label("Who").fill(subject)
    page.get_by_role("button", name=button).click()


def is_fit(page: Page) -> None:
    assert axe_violations(page) == []
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("language", ["en", "cy"])
def test_an_invited_user_comes_in_by_their_organisation_and_signs_out_of_both(
    connected: Flask, open_page: OpenPage, address: str, language: str
) -> None:
    page, words, subject = open_page(), WORDS[language], f"olwen {language}"
    page.goto(f"{invite(connected, language)}?lang={language}")
    expect(page.get_by_role("heading", name=words["invited"])).to_be_visible()
    is_fit(page)
    page.get_by_role("button", name=words["in"]).click()
    say_who(page, subject)
    page.wait_for_url(f"{address}/")
    page.goto("/account/identities")
    expect(page.get_by_role("heading", name=words["account"])).to_be_visible()
    expect(page.get_by_text(words["connected"])).to_be_visible()
    is_fit(page)

    page.get_by_role("button", name=words["sign out"], exact=True).click()
    page.wait_for_url("**/signed-out/police")
    is_fit(page)
    page.get_by_role("button", name=words["out"]).click()
    page.get_by_role("button", name="Yes, sign me out").click()
    page.wait_for_url("**/sign-in**")
    is_fit(page)

    page.get_by_role("button", name=words["in"]).click()
    say_who(page, subject, "Cancel")
    page.wait_for_url("**/trouble/cancelled")
    expect(page.get_by_text(words["no"])).to_be_visible()
    is_fit(page)


def test_signing_out_at_the_provider_ends_the_session_here(
    connected: Flask, open_page: OpenPage, address: str
) -> None:
    """The provider's own server tells the portal's."""
    page, other = open_page(), open_page()
    page.goto(f"{invite(connected, 'en')}/with/police")
    say_who(page, "sioned")
    page.wait_for_url(f"{address}/")
    other.goto("/sign-in/with/police?next=/account")
    say_who(other, "sioned", "Password only")
    other.wait_for_url("**/account")
    with connected.app_context():
        enter_scope(SYSTEM)
        issuer = db.session.scalars(
            sa.select(UserIdentity.issuer).where(UserIdentity.subject == "sioned")
        ).one()
        db.session.remove()
    page.goto(f"{issuer}/session/end")
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
    page.goto(f"{address}/account")
    page.wait_for_url("**/sign-in?next=/account")
    other.goto("/account")
    expect(other.get_by_role("heading", name="Your account")).to_be_visible()
