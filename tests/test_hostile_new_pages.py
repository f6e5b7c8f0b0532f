"""Every page with hostile values in its address, every form with hostile fields, every number that nothing has: no failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.queries import today
from tests.factories import make_sent, make_service, make_user
from tests.forms import encoded, open_pages, undone

CARRIED = ("csrf_token", "once", "version", "token")
ASKED = (
    "after", "agency", "area", "client", "cohort", "day", "kind", "lang", "level", "mine", "need", "next", "page",
    "person", "service", "show", "tab", "to", "whose", "worker",
)  # fmt: skip
ODD = ("0001-01-01", "9999-12-31", "2026-W01", "0.0", "99999999999999999.1", "9999", "0", "|", "a")
WORST = ("a\x00b", "\ud800", "9" * 400, "٣٤", "9999", "2147483648")
# Their forms have such tests of their own; they are many.
ROOMS_TESTED_APART = ("/admin", "/people", "/refer/", "/turnaround", "/sign-in", "/account", "/hubs")
Clients = Callable[[User], FlaskClient]


@pytest.fixture
def pages(app: Flask, database: None, client_for: Clients) -> list[tuple[FlaskClient, str]]:
    return open_pages(app, client_for)


def test_no_hostile_address_is_a_fault(pages: list[tuple[FlaskClient, str]]) -> None:
    bad = []
    for client, path in pages:
        for value in (*WORST, *ODD):
            query = encoded([(name, value) for name in ASKED]).decode()
            code = undone(lambda: client.get(f"{path}?{query}")).status_code  # noqa: B023
            if code not in (200, 302, 400, 404, 409, 422):
                bad.append((path, value[:20], code))
    assert not bad


def fill(page: str) -> list[tuple[str, str]]:
    """The fields of a page's form with something plausible in each."""
    form = BeautifulSoup(page, "html.parser").select_one("main form[method=post]")
    found: dict[str, str] = {}
    day = dict(zip(("day", "month", "year"), (today().day, today().month, today().year), strict=True))
    for field in form.select("[name]") if form else ():
        name, kind = str(field["name"]), field.get("type", field.name)
        if kind == "select":
            options = [str(option.get("value", "")) for option in field.select("option")]
            found[name] = next(filter(None, options), "")
        elif kind in ("radio", "checkbox"):
            found.setdefault(name, str(field.get("value", "on")))
        else:
            part = name.rpartition("-")[2]
            found[name] = str(field.get("value") or day.get(part, "10"))
    return list(found.items())


def hostile_forms(page: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every field hostile at once; then one alone, each with another value, so that what follows it is reached."""
    fields = fill(page)
    for value in WORST:
        yield f"all {value[:20]}", [(name, old if name in CARRIED else value) for name, old in fields]
    for number, (changed, _old) in enumerate(fields):
        for value in WORST[number % 3 :: 3]:
            yield (
                f"{changed} {value[:20]}",
                [(name, value if name == changed else old) for name, old in fields],
            )


def test_no_hostile_form_is_a_fault(pages: list[tuple[FlaskClient, str]]) -> None:
    bad = []
    for client, path in pages:
        if path.startswith(ROOMS_TESTED_APART):
            continue
        page = client.get(path)
        for what, fields in hostile_forms(page.text) if page.status_code == 200 else ():
            body = encoded(fields)
            code = undone(
                lambda: client.post(path, data=body, content_type="application/x-www-form-urlencoded")  # noqa: B023
            ).status_code
            if code not in (200, 302, 400, 404, 405, 409, 422):
                bad.append((path, what, code))
    assert not bad


@pytest.mark.parametrize("number", ["0", "2147483648", "9" * 19, "9" * 40])
def test_a_number_that_nothing_has_is_not_found(
    app: Flask, database: None, client_for: Clients, number: str
) -> None:
    referral = make_sent(make_service())
    client = client_for(make_user("agency_manager", referral.agency))
    at = f"/referrals/{referral.reference}"
    for path in (
        f"{at}/appointments/{number}/move",
        f"{at}/appointments/{number}/cancel",
        f"{at}/appointments/{number}/attendance",
        f"{at}/appointments/{number}.ics",
        f"{at}/chases/{number}/answer",
        f"/meetings/{number}",
        f"/agreements/{number}",
    ):
        assert client.get(path).status_code == 404, path
    assert client.post(f"/caseload/absences/{number}/remove").status_code == 404
    assert client_for(make_user()).get(f"/people/{number}").status_code == 404
