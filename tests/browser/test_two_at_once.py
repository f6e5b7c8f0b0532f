"""Two people act on one referral at once: one wins, the other is told who did what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.pairs import send_one

pytestmark = pytest.mark.browser


def test_whoever_answers_second_is_told_who_did_what_and_keeps_what_they_typed(
    demo_app: Flask, open_page: Callable[..., Page]
) -> None:
    reference = send_one(demo_app)
    first, second = open_page(), open_page()
    sign_in(first, "housing")
    sign_in(second, "housing.manager")
    first.goto(f"/referrals/{reference}/decline")
    second.goto(f"/referrals/{reference}/accept-as-priority")
    first.get_by_label("No capacity").check()
    first.get_by_role("button", name="Decline").click()
    expect(first.locator("main")).to_contain_text("You have declined this referral.")

    worker = second.get_by_label("Who will work with the person?")
    worker.select_option(index=1)
    typed = [worker.locator("option").nth(1).inner_text(), "31 2 2027", "Call before you come"]
    for part, number in zip(("Day", "Month", "Year"), typed[1].split(), strict=True):
        second.get_by_label(part, exact=True).fill(number)
    second.get_by_label("Anything the officer should know (optional)").fill(typed[2])
    second.get_by_role("button", name="Accept as priority").click()

    told = second.locator("main")
    expect(told.get_by_role("heading", level=1)).to_have_text("This referral has changed since you opened it")
    name = first.locator(".portal-header__user").inner_text().removeprefix("Your account:").strip()
    expect(told).to_contain_text(f"The last change: Declined, by {name}")
    expect(told.locator(".govuk-summary-list__value")).to_have_text(typed)
    expect(told).to_contain_text("Nothing you entered has been saved.")
    told.get_by_role("button", name="See the referral as it is now").click()
    expect(second.locator("main .govuk-tag").first).to_have_text("Declined")
    expect(second.get_by_role("button", name="Accept as priority")).to_have_count(0)
