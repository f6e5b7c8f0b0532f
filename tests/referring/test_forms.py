"""Bad input on every page of the journey: said beside the field, nothing typed lost, never a 500."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.i18n import LONDON
from tests.factories import make_person, make_service, make_user
from tests.hostile import HOSTILE
from tests.referring.journey import (
    ANSWERS,
    CONTACT,
    REQUEST,
    SHARE,
    answer_all,
    errors,
    fill,
    send,
    soup,
    start,
)

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def day(name: str, day: str, month: str, year: str) -> dict[str, str]:
    return {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}


NEXT_YEAR = str(datetime.now(LONDON).year + 1)
WRONG: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "request",
        {},
        {"#asked": "Enter what you ask the agency for", "#priority_reasons": "Select why this is a priority"},
    ),
    ("request", REQUEST | {"asked": "x" * 2001}, {"#asked": "Enter no more than 2000 characters"}),
    (
        "request",
        REQUEST | {"priority_reasons": ["other"]},
        {"#priority_words": "Explain why this is a priority"},
    ),
    (
        "request",
        REQUEST | {"priority_reasons": ["whim"]},
        {"#priority_reasons": "Select an answer from the list"},
    ),
    (
        "request",
        REQUEST | {"priority_reasons": ["release"]},
        {"#available_from-day": "Enter the date of release"},
    ),
    (
        "request",
        REQUEST | day("available_from", "1", "1", "2190"),
        {"#available_from-day": "The date must be within a year of today"},
    ),
    (
        "request",
        REQUEST | day("needed_by", "31", "2", NEXT_YEAR),
        {"#needed_by-day": "Enter a real date, like 27 3 2026"},
    ),
    (
        "request",
        REQUEST | day("needed_by", "٣", "4", NEXT_YEAR),
        {"#needed_by-day": "Enter a real date, like 27 3 2026"},
    ),
    (
        "request",
        REQUEST | day("needed_by", "1", "1", "2001"),
        {"#needed_by-day": "The date must be today or later"},
    ),
    (
        "request",
        REQUEST | day("available_from", "2", "1", NEXT_YEAR) | day("needed_by", "1", "1", NEXT_YEAR),
        {"#needed_by-day": "The date must be on or after the day on which the person can start"},
    ),
    (
        "contact",
        {},
        {
            "#contact": "Enter how and when the agency can reach the person",
            "#visit_alone": "Select whether staff may visit alone",
        },
    ),
    ("contact", CONTACT | {"visit_alone": "no"}, {"#risk_words": "Enter the known risks to staff"}),
    ("contact", CONTACT | {"visit_alone": "sometimes"}, {"#visit_alone": "Select an answer from the list"}),
    (
        "share",
        {},
        {
            "#basis": "Select why this may be shared",
            "#person_agrees": "Select whether the person knows and agrees",
        },
    ),
    ("share", SHARE | {"sections": ["everything"]}, {"#sections": "Select an answer from the list"}),
    (
        "share",
        SHARE | {"person_agrees": "no"},
        {"#agrees_words": "Explain why you share without the person’s agreement"},
    ),
    (
        "share",
        SHARE | {"basis": "agreement", "person_agrees": "not_asked", "agrees_words": "Why"},
        {"#person_agrees": "Select another reason for sharing: the person has not agreed"},
    ),
]


@pytest.mark.parametrize(("task", "answers", "expected"), WRONG)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    client_for: Clients, task: str, answers: dict[str, Any], expected: dict[str, str]
) -> None:
    service = make_service()
    client = client_for(make_user())
    draft = start(client, make_person().id)
    answer_all(client, draft, service.id)
    page = fill(client, f"{draft}/{task}", **answers)
    assert page.status_code == 422
    assert errors(page) == expected
    found = soup(page)
    for name, given in answers.items():
        for value in given if isinstance(given, list) else [given]:
            field = found.select_one(f'[name="{name}"][value="{value}"]') or found.select_one(
                f'textarea[name="{name}"]'
            )
            if field is None:  # a choice that was never offered
                assert value in ("whim", "sometimes", "everything")
            elif field.name == "textarea":
                assert field.get_text().strip() == value
            elif field.get("type") in ("radio", "checkbox"):
                assert field.has_attr("checked")


@pytest.mark.parametrize("task", ["request", "contact", "share"])
def test_the_errors_are_in_welsh_on_a_welsh_page(client_for: Clients, task: str) -> None:
    service = make_service()
    client = client_for(make_user(language="cy"))
    draft = start(client, make_person().id)
    answer_all(client, draft, service.id)
    page = fill(client, f"{draft}/{task}")
    assert page.status_code == 422
    assert "Mae problem wedi codi" in page.text
    for said in errors(page).values():
        assert said.split()[0] in ("Rhowch", "Dewiswch"), said


def test_a_need_must_be_one_of_those_offered(client_for: Clients) -> None:
    person = make_person()
    client = client_for(make_user())
    for given in ({}, {"need": "gold"}, {"need": ""}):
        page = client.post(f"/people/{person.id}/refer", data=given)
        assert page.status_code == 422
        assert list(errors(page)) == ["#need"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused_or_kept_as_text_and_never_fails(client_for: Clients, text: str) -> None:
    service, person = make_service(), make_person()
    client = client_for(make_user())
    posted = text.encode("utf-8", "surrogatepass")
    assert client.post(f"/people/{person.id}/refer", data={"need": posted}).status_code == 422
    draft = start(client, person.id)
    answer_all(client, draft, service.id)
    for task, answers in {**ANSWERS, "service": {"service": ""}, "need": {"need": ""}}.items():
        for name in [*answers, "version", "priority_words", "risk_words", "agrees_words", "needed_by-day"]:
            page = client.post(f"{draft}/{task}", data={**answers, name: posted})
            assert page.status_code in (302, 409, 422), (task, name)
            assert "<script>alert" not in page.text
    assert fill(client, f"{draft}/service", service=str(service.id)).status_code == 302
    assert client.post(f"{draft}/check", data={"version": posted}).status_code in (409, 422)
    assert "<script>alert" not in client.get(f"{draft}/check").text
    assert send(client, draft).location == f"{draft}/sent"
