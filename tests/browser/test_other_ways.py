"""Other ways to work than with a mouse, scripts and a wide screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, sign_in
from tests.browser.pairs import HOUSING_WORKER, find_pair, send_one
from tests.browser.steps import Desk

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
FOCUSED = "(e => (e.labels?.length ? e.labels[0] : e).innerText.trim())(document.activeElement)"
MOST_TABS = 60
DECLINE = {
    "en": ("Decline", "Explain the reason", "Select a reason", "Error: "),
    "cy": ("Gwrthod", "Esboniwch y rheswm", "Dewiswch reswm", "Gwall: "),
}


def tab_to(page: Page, name: str) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    pytest.fail(f"the Tab key does not lead to “{name}” on {page.url}")


def test_without_scripts_an_officer_refers_and_a_worker_accepts(demo_app: Flask, open_page: OpenPage) -> None:
    officer, worker = Desk(open_page(scripts=False)), Desk(open_page(scripts=False))
    pair = find_pair(demo_app)
    sign_in(officer.page, "officer")
    officer.find_and_refer(pair)
    reference = officer.check_and_send(pair)
    sign_in(worker.page, "housing")
    worker.open_from_inbox(reference)
    worker.acknowledge_and_accept(pair)
    worker.sees_only_what_was_released(pair)


def test_with_the_keyboard_alone_a_worker_signs_in_and_accepts(demo_app: Flask, open_page: OpenPage) -> None:
    reference = send_one(demo_app)
    page = open_page()
    keyboard = page.keyboard
    page.goto("/sign-in?lang=en")
    keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to main content"
    keyboard.press("Enter")
    keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Email address"
    keyboard.type(HOUSING_WORKER)
    tab_to(page, "Password")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Your work")
    tab_to(page, "Referrals")
    keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Referrals to your agency")
    tab_to(page, reference)
    keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"Referral {reference}")
    tab_to(page, "Accept as priority")
    keyboard.press("Space")
    expect(page.locator("h1")).to_have_text("Accept as priority")
    tab_to(page, "Who will work with the person?")
    keyboard.press("ArrowDown")
    worker = page.evaluate("document.activeElement.selectedOptions[0].text")
    tab_to(page, "Anything the officer should know (optional)")
    keyboard.type("Ring the bell twice")
    tab_to(page, "Accept as priority")
    keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("main")).to_contain_text(f"{worker} will work with the person.")
    expect(page.locator("main")).to_contain_text("Ring the bell twice")


def test_on_a_telephone_an_error_takes_the_focus_and_leads_to_its_field(
    demo_app: Flask, open_page: OpenPage
) -> None:
    reference = send_one(demo_app)
    page = open_page(width=375)
    sign_in(page, "housing")
    for language, (decline, words, message, prefix) in DECLINE.items():
        page.goto(f"/referrals/{reference}/decline?lang={language}")
        page.get_by_label(words).fill("Llawn")
        page.get_by_role("button", name=decline, exact=True).click()
        summary = page.locator(".govuk-error-summary")
        expect(summary).to_be_focused()
        assert page.title().startswith(prefix)
        summary.get_by_role("link", name=message).click()
        expect(page.get_by_role("radio").first).to_be_focused()
        expect(page.get_by_role("radio").first).to_be_in_viewport()
        expect(page.get_by_label(words)).to_have_value("Llawn")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.goto(f"/referrals/{reference}/accept-as-standard?lang=en")
    for part, typed in (("Day", "31"), ("Month", "2"), ("Year", "2027")):
        page.get_by_label(part, exact=True).fill(typed)
    page.get_by_role("button", name="Accept as standard").click()
    page.locator(".govuk-error-summary a").click()
    expect(page.get_by_label("Day", exact=True)).to_be_focused()
    expect(page.get_by_label("Day", exact=True)).to_have_value("31")
