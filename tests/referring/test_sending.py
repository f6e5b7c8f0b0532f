"""Sending: once however often the button is pressed, and exactly what was looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.db import as_owner, db
from portal.mail import OutboxEmail
from portal.referrals.models import Event, Referral, Release
from tests.conftest import sign_in_client
from tests.factories import make_person, make_service, make_user
from tests.referring.journey import CONTACT, SHARE, answer_all, fill, send, soup, start, version, words

Clients = Callable[[User], FlaskClient]
TWICE = 6

CANARIES: dict[str, dict[str, Any]] = {
    "request": {"asked": "asked-canary", "priority_reasons": ["other"], "priority_words": "priority-canary"},
    "contact": {
        "contact": "contact-canary",
        "unavailable": "unavailable-canary",
        "language": "language-canary",
        "access_needs": "access-canary",
        "visit_alone": "no",
        "risk_words": "risk-canary",
    },
}
SHOWN_BY = {
    "identity": ["Canaryname", "Canaryforename", "Canarypreferred", "4 May 1990"],
    "contact": ["contact-canary", "unavailable-canary", "language-canary", "access-canary"],
    "priority": ["priority-canary"],
    "risk": ["risk-canary", "Staff must not visit alone"],
}
NEVER = ["agrees-canary", "why-canary", "X654321", "gender-canary"]


def at_once(
    clients: list[FlaskClient], press: Callable[[FlaskClient, int], TestResponse]
) -> list[TestResponse]:
    """What each client is answered when all press in the same instant."""
    barrier, answers = threading.Barrier(len(clients)), {}

    def wait_and_press(n: int) -> None:
        barrier.wait()
        answers[n] = press(clients[n], n)

    threads = [threading.Thread(target=wait_and_press, args=(n,)) for n in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[n] for n in range(len(clients))]


def get(draft: str) -> Referral:
    return db.session.scalars(sa.select(Referral).where(Referral.reference == draft[-8:])).one()


@pytest.mark.parametrize("chosen", [[], ["identity"], ["contact"], ["priority"], ["risk"], list(SHOWN_BY)])
@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_agency_sees_what_the_preview_showed_and_nothing_more(
    database: None, client_for: Clients, chosen: list[str], language: str
) -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency, language=language)
    person = make_person(
        surname="Canaryname", forenames="Canaryforename", preferred_name="Canarypreferred", crn="X654321"
    )
    person.spells[0].why = "why-canary"
    client = client_for(make_user(language=language))
    draft = start(client, person.id)
    share = SHARE | {"sections": chosen, "person_agrees": "no", "agrees_words": "agrees-canary"}
    page = answer_all(client, draft, service.id, **CANARIES, share=share)
    preview = soup(page).select_one(".portal-preview")
    assert preview
    for action in preview.select(".govuk-summary-card__actions"):
        action.decompose()
    cards = [card.get_text(" ", strip=True) for card in preview.select(".govuk-summary-card")]
    send(client, draft)
    agency = client_for(worker)
    page = agency.get(f"/referrals/{draft[-8:]}")
    assert [card.get_text(" ", strip=True) for card in soup(page).select(".govuk-summary-card")] == cards
    name = str(preview.select_one(".portal-identity__name").get_text(strip=True))  # type: ignore[union-attr]
    assert words(page, ".portal-identity__name") == name
    agencys = page.text + agency.get("/referrals").text + agency.get("/").text
    for section, canaries in SHOWN_BY.items():
        for canary in canaries:
            if language == "cy" and " " in canary:
                continue
            assert (canary in agencys) == (section in chosen), canary
    assert "asked-canary" in agencys
    assert not [canary for canary in NEVER if canary in agencys]


def test_a_preview_of_each_section_stands_beneath_the_choice_that_shares_it(
    database: None, client_for: Clients
) -> None:
    service = make_service()
    client = client_for(make_user())
    draft = start(
        client,
        make_person(surname="Canaryname", forenames="Canaryforename", preferred_name="Canarypreferred").id,
    )
    answer_all(client, draft, service.id, **CANARIES)
    found = soup(client.get(f"{draft}/share"))
    for section, canaries in SHOWN_BY.items():
        box = found.select_one(f"input[name=sections][value={section}]")
        assert box
        beneath = found.select_one(f"#{box['data-aria-controls']}")
        assert beneath
        assert all(canary in beneath.get_text(" ", strip=True) for canary in canaries)


def test_pressing_send_again_leads_to_the_sent_page_and_sends_nothing_more(
    database: None, client_for: Clients
) -> None:
    service = make_service(intake_email="intake@test.example")
    client = client_for(make_user())
    draft = start(client, make_person().id)
    seen = version(answer_all(client, draft, service.id))
    for _ in range(3):
        assert client.post(f"{draft}/check", data={"version": seen}).location == f"{draft}/sent"
    assert client.get(f"{draft}/check").status_code == 302
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Release)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxEmail)) == 1


def test_what_changed_after_it_was_looked_at_is_shown_before_it_is_sent(
    database: None, client_for: Clients
) -> None:
    service, person = make_service(), make_person()
    client = client_for(make_user())
    draft = start(client, person.id)
    seen = version(answer_all(client, draft, service.id))
    person.forenames = "Renamed"
    page = client.post(f"{draft}/check", data={"version": seen})
    assert page.status_code == 409
    assert "The answers have changed since you looked at them" in words(page)
    assert "Renamed" in words(page, ".portal-preview")
    assert get(draft).status == "draft"
    assert client.post(f"{draft}/check", data={"version": version(page)}).location == f"{draft}/sent"


def test_of_two_officers_on_one_page_the_second_is_told_and_loses_nothing(
    database: None, client_for: Clients
) -> None:
    first, second = client_for(make_user()), client_for(make_user())
    draft = start(first, make_person().id)
    seen = version(first.get(f"{draft}/contact"))
    assert fill(second, f"{draft}/contact", **CONTACT | {"contact": "Second"}).status_code == 302
    page = first.post(f"{draft}/contact", data=CONTACT | {"contact": "First", "version": seen})
    assert page.status_code == 409
    assert "This referral has changed since you opened it" in words(page)
    assert "First" in words(page)
    assert get(draft).detail.contact == "Second"


def test_a_page_that_the_browser_kept_may_be_saved_again_by_the_same_officer(
    database: None, client_for: Clients
) -> None:
    client = client_for(make_user())
    draft = start(client, make_person().id)
    kept = version(client.get(f"{draft}/contact"))
    for said in ("One", "Two", "Three"):
        page = client.post(f"{draft}/contact", data=CONTACT | {"contact": said, "version": kept})
        assert page.status_code == 302
    assert get(draft).detail.contact == "Three"


def test_of_many_who_press_at_once_one_sends_and_all_are_shown_that_it_is_sent(committed_app: Flask) -> None:
    with committed_app.app_context(), as_owner():
        service = make_service(intake_email="intake@test.example")
        officers = [make_user(), make_user()]
        person_id = make_person().id
        clients = [sign_in_client(committed_app, officers[n % 2]) for n in range(TWICE)]
        service_id = service.id
        db.session.commit()
    draft = start(clients[0], person_id)
    pages = [answer_all(clients[0], draft, service_id), clients[1].get(f"{draft}/check")]
    seen = [version(page) for page in pages]
    answers = at_once(clients, lambda client, n: client.post(f"{draft}/check", data={"version": seen[n % 2]}))
    assert [page.location for page in answers] == [f"{draft}/sent"] * TWICE
    with committed_app.app_context(), as_owner():
        referral = db.session.scalars(sa.select(Referral)).one()
        assert referral.status == "sent"
        assert [event.kind for event in db.session.scalars(sa.select(Event))] == ["sent"]
        assert len(db.session.scalars(sa.select(Release)).all()) == 1
        assert len(db.session.scalars(sa.select(OutboxEmail)).all()) == 1
        assert db.session.scalars(sa.select(Event)).one().by_id == referral.referrer_id


def test_two_who_start_or_choose_at_once_get_one_draft_and_one_service(committed_app: Flask) -> None:
    with committed_app.app_context(), as_owner():
        service = make_service()
        officers = [make_user(), make_user()]
        person_id, service_id = make_person().id, service.id
        clients = [sign_in_client(committed_app, officer) for officer in officers]
        same = [clients[0], sign_in_client(committed_app, officers[0])]
        db.session.commit()
    started = at_once(
        same, lambda client, _n: client.post(f"/people/{person_id}/refer", data={"need": "housing"})
    )
    drafts = [page.location.removesuffix("/service") for page in started]
    assert drafts[0] == drafts[1]
    drafts[1] = start(clients[1], person_id)
    assert drafts[0] != drafts[1]
    pages = at_once(
        clients, lambda client, n: client.post(f"{drafts[n]}/service", data={"service": str(service_id)})
    )
    assert sorted(page.status_code for page in pages) == [302, 422]
    refused = next(page for page in pages if page.status_code == 422)
    assert "already asks this service for this need" in words(refused)
