"""The language switch: it keeps you on the page, and is kept for next time."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import fill_in_sign_in, sign_in

pytestmark = pytest.mark.browser


def test_the_language_chosen_keeps_the_page_and_is_kept_on_another_device(
    open_page: Callable[..., Page],
) -> None:
    page = open_page()
    sign_in(page, "substance")
    page.goto("/referrals?tab=accepted&cohort=fixed")
    page.get_by_role("link", name="Cymraeg").click()
    expect(page.locator("html")).to_have_attribute("lang", "cy")
    address = urlsplit(page.url)
    assert address.path == "/referrals"
    assert parse_qs(address.query) == {"tab": ["accepted"], "cohort": ["fixed"], "lang": ["cy"]}
    page.goto("/services")
    expect(page.locator("h1")).to_have_text("Gwasanaethau")
    page.get_by_role("button", name="Allgofnodi").click()
    expect(page.locator("h1")).to_have_text("Mewngofnodi")

    elsewhere = open_page()
    elsewhere.goto("/sign-in")
    fill_in_sign_in(elsewhere, "substance")
    expect(elsewhere.locator("h1")).to_have_text("Eich gwaith")
    elsewhere.get_by_role("link", name="English").click()
    expect(elsewhere.locator("h1")).to_have_text("Your work")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_what_was_typed_before_an_error_goes_along_to_the_other_language(
    open_page: Callable[..., Page], scripts: bool
) -> None:
    page = open_page(scripts=scripts)
    page.goto("/sign-in")
    page.get_by_label("Email address").fill("rhywun@demo.example")
    page.keyboard.press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    if scripts:
        page.get_by_label("Email address").fill("arall@demo.example")
    page.get_by_role("button", name="Cymraeg").click()
    expect(page.locator("html")).to_have_attribute("lang", "cy")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    typed = "arall@demo.example" if scripts else "rhywun@demo.example"
    expect(page.get_by_label("Cyfeiriad e-bost")).to_have_value(typed)
