"""Every component in a real browser: axe finds nothing, the strict policy is kept, and nothing needs scrolling."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.components.conftest import ROOT, make_app
from tests.components.gallery import add_gallery

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = [(language, width) for language in ("en", "cy") for width in (1280, 375)]


class SilentHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Requests are not worth a line each."""


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    app = make_app()
    add_gallery(app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=SilentHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/gallery"
    server.shutdown()
    thread.join()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page whose script errors and breaches of the content security policy become complaints."""
    opened = chromium.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
    yield opened
    opened.close()


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page, as rule and element."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize(("language", "width"), VIEWS)
def test_axe_finds_nothing_wrong(
    page: Page, gallery: str, complaints: list[str], language: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{gallery}?lang={language}")
    assert violations(page) == []
    assert complaints == []


@pytest.mark.parametrize(("language", "width"), VIEWS)
def test_axe_finds_nothing_wrong_when_every_answer_is_refused(
    page: Page, gallery: str, complaints: list[str], language: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{gallery}?lang={language}")
    refuse_everything(page)
    assert page.locator(".govuk-error-summary__list a").count() == 8
    assert violations(page) == []
    assert complaints == []


def refuse_everything(page: Page) -> None:
    for box, value in {
        "#name": "",
        "#email": "x",
        "#days": "x",
        "#born-day": "31",
        "#born-month": "2",
    }.items():
        page.fill(box, value)
    page.evaluate("document.querySelector('#share').value = 'something else'")
    page.check("#share")
    page.click("form[method=post] .govuk-button-group button >> nth=0")
    page.wait_for_selector(".govuk-error-summary")


def test_each_error_leads_to_the_box_it_is_about(page: Page, gallery: str) -> None:
    page.goto(gallery)
    refuse_everything(page)
    links = page.locator(".govuk-error-summary__list a")
    for link in links.all():
        link.click()
        focused = page.evaluate("document.activeElement.id")
        assert f"#{focused}" == link.get_attribute("href")


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("width", [320, 640, 1280])
def test_no_width_needs_scrolling_sideways(page: Page, gallery: str, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{gallery}?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_is_out_of_reach_without_javascript(chromium: Browser, gallery: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(gallery)
    assert page.get_by_role("link", name="Turnaround").is_visible()
    assert page.get_by_label("Say what it is").is_visible()
    assert page.get_by_text("You can enter up to 200 characters").is_visible()
    assert not page.get_by_role("button", name="Show password").is_visible()
    context.close()


def test_the_scripts_run_under_the_policy_and_count_in_welsh(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}?lang=cy")
    page.fill("#told", "a" * 198)
    page.wait_for_function(
        "document.querySelector('.govuk-character-count__status')?.innerText.includes('2')"
    )
    assert "Mae gennych 2 nod ar ôl" in page.locator(".govuk-character-count__status").inner_text()
    assert page.get_by_role("button", name="Dangos y cyfrinair").is_visible()
