"""The main job, by a stranger in a real browser: refer, acknowledge, accept as priority, and see it counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.i18n import LONDON
from tests.browser.conftest import sign_in
from tests.browser.pairs import find_pair
from tests.browser.steps import Desk

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
DIRECTORY = Path(__file__).parent.parent / "agencies" / "data" / "directory.json"
IMPORTED_SERVICE, IMPORTED_AGENCY = "Women’s Service for Wales", "Example Recovery Trust"
NEW_WORKER, NEW_PASSWORD = "new.worker@imported.example", "four quite unrelated words"
GRANTED_BY = timedelta(days=60)  # by when a referral of today is judged on whether it was given priority


def run(app: Flask, *command: str) -> str:
    done = app.test_cli_runner().invoke(args=command)
    assert done.exit_code == 0, done.output
    return done.stdout


def count(app: Flask, measure: str, agency: str, wanted: str) -> int:
    """A number of `turnaround --json` for the agency's housing, as it will stand when it can be judged."""
    today = datetime.now(LONDON).date()
    period = ("--from", str(today - GRANTED_BY), "--to", str(today), "--as-of", str(today + GRANTED_BY))
    answer = run(
        app, "turnaround", "--measure", measure, "--agency", agency, "--need", "housing", *period, "--json"
    )
    return int(json.loads(answer)["rows"][0][wanted])


@pytest.mark.parametrize("language", ["en", "cy"])
def test_a_referral_goes_from_the_officer_to_the_agency_and_into_the_managers_figures(
    demo_app: Flask, open_page: OpenPage, language: str
) -> None:
    officer, worker, manager = (Desk(open_page(), language) for _ in range(3))
    pair, agency = find_pair(demo_app, language=language), find_pair(demo_app).agency
    sign_in(manager.page, "manager", language)
    sent, waiting = manager.turnaround_of(pair.agency)
    answered, granted = count(demo_app, "M1", agency, "events"), count(demo_app, "M4", agency, "granted")

    sign_in(officer.page, "officer", language)
    officer.find_and_refer(pair)
    reference = officer.check_and_send(pair)
    assert manager.turnaround_of(pair.agency) == (sent + 1, waiting + 1)

    sign_in(worker.page, "housing", language)
    worker.open_from_inbox(reference)
    worker.sees_only_what_was_released(pair)
    worker.acknowledge_and_accept(pair)
    officer.page.reload()
    officer.sees_status("accepted")
    assert manager.turnaround_of(pair.agency) == (sent + 1, waiting)
    assert count(demo_app, "M1", agency, "events") == answered + 1
    assert count(demo_app, "M4", agency, "granted") == granted + 1

    worker.start_and_close()
    worker.sees_only_what_was_released(pair)
    assert worker.page.locator("html").get_attribute("lang") == language


def test_a_worker_made_by_command_declines_for_a_service_of_an_imported_directory_and_iom_agrees(
    demo_app: Flask, open_page: OpenPage
) -> None:
    run(demo_app, "import-directory", str(DIRECTORY))
    link = run(
        demo_app, "create-user", NEW_WORKER, "--role", "agency_worker", "--agency", IMPORTED_AGENCY
    ).strip()
    officer, worker, manager = Desk(open_page()), Desk(open_page()), Desk(open_page())
    page = worker.page
    page.goto(urlsplit(link).path)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Enter the new password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.goto(urlsplit(link).path)
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    sign_in(page, NEW_WORKER, password=NEW_PASSWORD)

    pair = find_pair(demo_app, IMPORTED_SERVICE)
    sign_in(officer.page, "officer")
    officer.find_and_refer(pair)
    reference = officer.check_and_send(pair)

    worker.open_from_inbox(reference)
    page.get_by_role("button", name="Decline").click()
    page.get_by_label("No capacity").check()
    page.get_by_label("Explain the reason").fill("Every place is taken until May")
    page.get_by_role("button", name="Decline").click()
    expect(page.locator("main")).to_contain_text("You have declined this referral.")

    sign_in(manager.page, "manager")
    manager.page.get_by_role("link", name="Declined, for you to review").click()
    manager.page.get_by_role("link", name=reference).click()
    expect(manager.page.locator("main")).to_contain_text("Every place is taken until May")
    manager.page.get_by_role("button", name="Agree with decline").click()
    expect(manager.page.get_by_role("heading", level=1)).to_contain_text("Agree with decline")
    manager.page.get_by_role("button", name="Agree with decline").click()
    manager.sees_status("closed")
    officer.page.reload()
    expect(officer.page.locator("main")).to_contain_text("Reason: No capacity")
    officer.sees_status("closed")
    officer.page.get_by_role("link", name=pair.person).click()
    expect(officer.page.get_by_role("heading", name="Past referrals")).to_be_visible()
