"""Every form that changes something, opened twice: what the first page saved the second one does not overwrite unseen.

The second gets 409 (or, where the thing is gone or the form has errors by now, 404 or 422) and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.db import db
from tests.access.rules import address
from tests.access.test_matrix import PAGES, World, owners_of, world  # noqa: F401 - a fixture
from tests.replays import CASES, REPEATABLE, Case, find_form
from tests.test_hostile_new_pages import undone
from tests.test_replays import changed, form_in, posted, state, user_of

CHUNKS = 6
REFUSED = {404, 409, 422}
# Where the second page has an effect too, or is led on, and why nothing is lost by it.
OWN = "one's own choice: the last one holds"
ADDED = "each page adds one, and both stay"
LED_ON = "it is so already: nothing is changed, and one is led to where that can be seen"
BOTH = {
    "own_account.choose_emails": OWN,
    "own_account.change_language": OWN,
    "factors.rename_passkey": OWN,
    "factors.make_codes": "the last codes hold",
    "user_admin.send_link": "each link works until one is used",
    "own_account.end_session": LED_ON,
    "own_account.sign_out_elsewhere": LED_ON,
    "factors.remove_passkey": LED_ON,
    "leaving.suspend": LED_ON,
    "leaving.give": "gives what is there to give, if there is any",
    "factor_admin.remove": "removes what is there; the user is told each time",
    "directory_admin.reopen_agency": LED_ON,
    "directory_admin.reopen_area": LED_ON,
    "services.reopen_service": LED_ON,
    "user_admin.reactivate": LED_ON,
    "records.end_cohort": LED_ON,
    "keeping.erase": LED_ON,
    "keeping.stop": LED_ON,
    "closing.close": LED_ON,
    "undelivered.send_again": LED_ON,
    "quality.aside": LED_ON,
    "extracts.confirm": LED_ON,
    "history.confirm": LED_ON,
    "history.undo": LED_ON,
    "sending.check": LED_ON,
    "person_page.refer": "leads to the draft that is begun",
    "after.refer_again": "leads to the draft that is begun",
    "agreements.propose": "one that says the same is led to; another is refused by an index",
    "access_review.show_review": "answers are added, none is lost; the last one of a user holds",
    "access_review.answer": "answers are added, none is lost; the last one of a user holds",
    "meetings.decide": ADDED,
    "following.write_message": ADDED,
    "chasing.chase": ADDED,
    "chasing.escalate": ADDED,
    "keeping.keep": ADDED,
    "person_copy.ask": ADDED,
    "reading_reasons.say_why": ADDED,
    "service_page.add_usual_wait": ADDED,
    "services.add_service": ADDED,
    "hubs.add_hub": ADDED,
    "extracts.show": ADDED,
    "history.show": ADDED,
    "records.add": "asks first whether it is the same person",
    "giving.take_next": "each press takes the next one",
    "quality.settings": "one number, which is all that the form says: the last one holds, and the page shows it",
    "referring.need": "the same session's own draft: a page that the browser kept may be saved over its own answers",
    "referring.service": "as referring.need",
    "referring.ask": "as referring.need",
    "referring.contact": "as referring.need",
    "referring.share": "as referring.need",
}


def send(client: FlaskClient, path: str, case: Case, fields: dict[str, list[str]]) -> TestResponse:
    answer = client.post(path, data=case.body(fields))
    if answer.status_code == 200 and (shown := form_in(answer.text, path)):
        answer = client.post(path, data=case.body(shown))
    return answer


def save_from_two(client: FlaskClient, path: str, case: Case, scene: dict[str, Any]) -> str | None:
    """What is wrong with it; "" if nothing, None if this actor is offered no form."""
    more = (case.prepare(scene, user_of(client)) if case.prepare else None) or {}
    db.session.commit()
    asked = path + case.query.format(**scene)
    pages = [
        {"once": [letter]} if case.button else find_form(client, path, (asked, *PAGES)) for letter in "ab"
    ]
    if None in pages:
        return None
    one, two = ({**page, **{name: [text] for name, text in more.items()}} for page in pages if page)
    first = send(client, path, case, one)
    if first.status_code not in (200, 302):
        return f"not done: {first.status_code}"
    between = state()
    second = send(client, path, case, two)
    if second.status_code in REFUSED and not (more := changed(between, state())):  # type: ignore[assignment]
        return ""
    return f"second: {second.status_code} {second.location}, changed {changed(between, state())}"


def faults(app: Flask, rules: list[Rule], the_world: World) -> Iterator[tuple[str, str]]:
    scene, clients = the_world
    for rule in rules:
        case = CASES.get(rule.endpoint, Case())
        path = case.path(scene) if case.path else address(app, rule, scene)
        for name in owners_of(app, rule, restricted=False):
            found = undone(lambda: save_from_two(clients[name], path, case, scene))  # noqa: B023
            if found is not None and not found.startswith("not done: 40"):
                if found:
                    yield rule.endpoint, found
                break


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_stale_page_overwrites_nothing(app: Flask, world: World, chunk: int) -> None:  # noqa: F811
    rules = [rule for rule in posted(app) if rule.endpoint not in REPEATABLE.keys() | BOTH.keys()]
    bad = dict(faults(app, rules[chunk::CHUNKS], world))
    assert not bad, "\n".join(f"{endpoint}: {found}" for endpoint, found in bad.items())


def test_every_exception_is_a_rule(app: Flask) -> None:
    assert {rule.endpoint for rule in posted(app)} >= BOTH.keys()
