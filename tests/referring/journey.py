"""The steps of the journey as a test client takes them, and what is read off its pages."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

REQUEST = {"asked": "A place to stay from Friday", "priority_reasons": ["no_address", "engaged_now"]}
CONTACT = {"contact": "Through me, in the afternoon", "visit_alone": "yes"}
SHARE = {"sections": ["identity", "contact"], "basis": "offender_management", "person_agrees": "yes"}
ANSWERS: dict[str, dict[str, Any]] = {"request": REQUEST, "contact": CONTACT, "share": SHARE}


def soup(page: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(page.text, "html.parser")


def words(page: TestResponse, selector: str = "main") -> str:
    """The text of the first place that fits, its white space made single."""
    found = soup(page).select_one(selector)
    assert found, (selector, page.text)
    return " ".join(found.get_text(" ").split())


def errors(page: TestResponse) -> dict[str, str]:
    """What stands beside each field in error: the address that the summary links to, and the words beside the field."""
    found = soup(page)
    listed = {}
    for link in found.select(".govuk-error-summary a"):
        box = found.select_one(str(link["href"]))
        assert box, link
        group = box.find_parent(class_="govuk-form-group--error")
        assert group, link
        beside = group.select_one(".govuk-error-message")
        assert beside
        assert link.get_text(strip=True) in beside.get_text(" ", strip=True)
        listed[str(link["href"])] = link.get_text(strip=True)
    return listed


def version(page: TestResponse) -> str:
    field = soup(page).select_one("input[name=version]")
    assert field, page.text
    return str(field["value"])


def fill(client: FlaskClient, address: str, **answers: Any) -> TestResponse:
    """Open a page of the journey and post its form."""
    page = client.get(address)
    assert page.status_code == 200, (address, page.status_code)
    return client.post(address, data={"version": version(page), **answers})


def start(client: FlaskClient, person_id: int, need: str = "housing") -> str:
    """The address of a new draft, as /refer/AB1234CD."""
    page = client.post(f"/people/{person_id}/refer", data={"need": need})
    assert page.status_code == 302, page.text
    assert page.location.endswith("/service")
    return page.location.removesuffix("/service")


def answer_all(client: FlaskClient, draft: str, service_id: int, **other: dict[str, Any]) -> TestResponse:
    """Every task up to check answers; `other` replaces a task's answers. The check page."""
    page = fill(client, f"{draft}/service", service=str(service_id))
    for task, answers in (ANSWERS | other).items():
        assert page.status_code == 302, page.text
        assert page.location == f"{draft}/{task}"
        page = fill(client, page.location, **answers)
    assert page.status_code == 302, page.text
    assert page.location == f"{draft}/check"
    page = client.get(page.location)
    assert page.status_code == 200
    return page


def send(client: FlaskClient, draft: str) -> TestResponse:
    return fill(client, f"{draft}/check")
