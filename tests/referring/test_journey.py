"""The whole journey, from a known person's page to the agency's inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.i18n import LONDON
from portal.mail import OutboxEmail
from portal.people.models import PersonNeed
from portal.referrals.models import Event, Referral
from tests import TODAY
from tests.factories import make_agency, make_person, make_sent, make_service, make_user
from tests.referring.journey import CONTACT, SHARE, answer_all, fill, send, soup, start, words

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def get(draft: str) -> Referral:
    reference = draft.removeprefix("/refer/")
    return db.session.scalars(sa.select(Referral).where(Referral.reference == reference)).one()


@pytest.mark.parametrize(
    ("language", "refer", "check", "sent"),
    [
        ("en", "Refer", "Check your answers", "Referral sent"),
        ("cy", "Atgyfeirio", "Gwiriwch eich atebion", "Anfonwyd yr atgyfeiriad"),
    ],
)
def test_an_officer_refers_a_known_person_in_seven_pages(
    client_for: Clients, language: str, refer: str, check: str, sent: str
) -> None:
    service = make_service(make_agency("Tŷ Enghraifft"), intake_email="intake@test.example")
    person = make_person()
    client = client_for(make_user(language=language))
    (link,) = soup(client.get(f"/people/{person.id}")).select(f'a[href="/people/{person.id}/refer"]')
    assert link.get_text(strip=True) == refer
    assert client.get(str(link["href"])).status_code == 200  # the first of seven
    draft = start(client, person.id)
    page = answer_all(client, draft, service.id)  # service, request, contact, share, check
    assert check in words(page)
    assert "A place to stay from Friday" in words(page)
    page = send(client, draft)
    assert page.location == f"{draft}/sent"
    page = client.get(page.location)  # the seventh
    assert words(page, "h1") == sent
    assert draft.removeprefix("/refer/") in words(page)


def test_what_is_sent_is_in_the_agencys_inbox_and_each_mailbox_is_told_once(client_for: Clients) -> None:
    agency = make_agency()
    service = make_service(agency)
    worker, second = make_user("agency_worker", agency), make_user("agency_manager", agency)
    client = client_for(make_user())
    draft = start(client, make_person().id)
    answer_all(client, draft, service.id)
    send(client, draft)
    reference = draft.removeprefix("/refer/")
    assert reference in client_for(worker).get("/referrals").text
    told = db.session.scalars(sa.select(OutboxEmail.address)).all()
    assert sorted(told) == sorted([worker.email, second.email])
    events = db.session.scalars(sa.select(Event.kind).where(Event.referral_id == get(draft).id)).all()
    assert events == ["sent"]


def test_every_answer_is_kept_where_it_belongs(client_for: Clients) -> None:
    service = make_service()
    person = make_person()
    person.needs = [
        PersonNeed(need_code=code, identified_on=TODAY, changed_on=TODAY) for code in ("housing", "finance")
    ]
    client = client_for(make_user())
    draft = start(client, person.id)
    date = {"day": "2", "month": "1", "year": str(datetime.now(LONDON).year + 1)}
    answer_all(
        client,
        draft,
        service.id,
        request={
            "asked": "Two rooms\r\nand a bath",
            "priority_reasons": ["release", "other"],
            "priority_words": "Nowhere else",
            "further_needs": ["finance"],
            **{f"available_from-{part}": value for part, value in date.items()},
            **{f"needed_by-{part}": value for part, value in date.items()},
        },
        contact={
            "contact": "Ring",
            "unavailable": "Mornings",
            "language": "Welsh",
            "access_needs": "Large print",
            "visit_alone": "no",
            "risk_words": "A dog",
        },
        share={
            "sections": ["risk", "identity"],
            "basis": "protection",
            "person_agrees": "not_asked",
            "agrees_words": "Not safe to ask",
        },
    )
    send(client, draft)
    kept = get(draft)
    detail = kept.detail
    assert (detail.asked, detail.priority_words) == ("Two rooms\nand a bath", "Nowhere else")
    assert (detail.priority_reasons, kept.further_needs) == (["release", "other"], ["finance"])
    assert kept.available_from == kept.needed_by
    assert kept.available_from is not None
    assert (kept.available_from.day, kept.available_from.month) == (2, 1)
    assert (detail.contact, detail.unavailable) == ("Ring", "Mornings")
    assert (detail.language, detail.access_needs) == ("Welsh", "Large print")
    assert (detail.visit_alone, detail.risk_words) == ("no", "A dog")
    assert (detail.sections, detail.basis) == (["identity", "risk"], "protection")
    assert (detail.person_agrees, detail.agrees_words) == ("not_asked", "Not safe to ask")
    assert kept.status == "sent"
    need = db.session.get_one(PersonNeed, (person.id, "housing"))
    assert need.state == "referred"


def test_the_task_list_says_what_is_done_and_what_cannot_start_yet(client_for: Clients) -> None:
    service = make_service()
    client = client_for(make_user())
    draft = start(client, make_person().id)

    def states() -> list[str]:
        page = soup(client.get(draft))
        return [status.get_text(strip=True) for status in page.select(".govuk-task-list__status")]

    assert states() == ["Not started"] * 3 + ["Cannot start yet"] * 2
    fill(client, f"{draft}/contact", **CONTACT)
    fill(client, f"{draft}/service", service=str(service.id))
    assert states() == ["Completed", "Not started", "Completed", "Cannot start yet", "Cannot start yet"]
    assert client.get(f"{draft}/share").location == draft
    assert client.get(f"{draft}/check").location == draft
    assert client.post(f"{draft}/share", data=SHARE).location == draft
    assert client.post(f"{draft}/check").location == draft
    assert get(draft).status == "draft"


def test_a_draft_is_resumed_from_the_first_page_and_from_the_persons(client_for: Clients) -> None:
    person = make_person()
    client = client_for(make_user())
    draft = start(client, person.id)
    for address in ("/", f"/people/{person.id}", f"/people/{person.id}/refer"):
        assert soup(client.get(address)).select(f'a[href="{draft}"]'), address


def test_starting_twice_starts_one_draft_until_something_is_answered(client_for: Clients) -> None:
    person = make_person()
    client = client_for(make_user())
    draft = start(client, person.id)
    assert start(client, person.id) == draft
    assert start(client, person.id, "finance") != draft
    fill(client, f"{draft}/contact", **CONTACT)
    assert start(client, person.id) != draft


def test_a_colleague_continues_a_draft_and_whoever_sends_it_is_the_referrer(client_for: Clients) -> None:
    service = make_service()
    first, second = make_user(name="First Officer"), make_user(name="Second Officer")
    draft = start(client_for(first), make_person().id)
    assert get(draft).referrer_id == first.id
    colleague = client_for(second)
    page = answer_all(colleague, draft, service.id)
    assert get(draft).referrer_id == first.id
    assert "Second Officer" in words(page, ".portal-preview")
    send(colleague, draft)
    assert get(draft).referrer_id == second.id
    assert (
        "First Officer"
        not in client_for(make_user("agency_worker", service.agency))
        .get(f"/referrals/{get(draft).reference}")
        .text
    )


def test_a_draft_is_discarded_only_after_asking(client_for: Clients) -> None:
    person = make_person()
    client = client_for(make_user())
    draft = start(client, person.id)
    assert client.get(f"{draft}/discard").status_code == 200
    assert client.get(draft).status_code == 200
    assert client.post(f"{draft}/discard").location == f"/people/{person.id}"
    assert client.get(draft).status_code == 404


def test_contact_begins_with_the_persons_record_and_the_last_referral(client_for: Clients) -> None:
    person = make_person(language="cy", access_needs="Large print")
    last = make_sent(person=person, service=make_service())
    last.detail.contact, last.detail.risk_words, last.detail.visit_alone = "Ring her mother", "A dog", "no"
    client = client_for(make_user())
    page = client.get(f"{start(client, person.id)}/contact")
    found = soup(page)
    assert found.select_one("[name=contact]").get_text(strip=True) == "Ring her mother"  # type: ignore[union-attr]
    assert found.select_one("[name=risk_words]").get_text(strip=True) == "A dog"  # type: ignore[union-attr]
    assert found.select_one("[name=language]")["value"] == "Welsh"  # type: ignore[index]
    assert found.select_one("[name=access_needs]").get_text(strip=True) == "Large print"  # type: ignore[union-attr]
    assert not found.select("[name=visit_alone][checked]")
    assert "Check that it is still right" in words(page)


def test_answers_once_saved_are_not_replaced_by_those_of_the_last_referral(client_for: Clients) -> None:
    person = make_person()
    make_sent(person=person, service=make_service()).detail.unavailable = "Mondays"
    make_sent(person=person, service=make_service()).detail.contact = "An old number"
    client = client_for(make_user())
    draft = start(client, person.id)
    fill(client, f"{draft}/contact", **CONTACT | {"unavailable": ""})
    page = client.get(f"{draft}/contact")
    assert "An old number" not in page.text
    assert "Mondays" not in page.text
    assert "Check that it is still right" not in page.text


def test_a_change_from_check_answers_comes_back_to_check_answers(client_for: Clients) -> None:
    service = make_service()
    client = client_for(make_user())
    draft = start(client, make_person().id)
    page = answer_all(client, draft, service.id)
    changes = [str(link["href"]) for link in soup(page).select(".govuk-summary-card__actions a")]
    tasks = ("request", "share", "contact", "request", "contact", "share")
    assert changes == [f"{draft}/{task}" for task in tasks]
    assert [link["href"] for link in soup(page).select(".portal-preview > p a")] == [
        f"{draft}/need",
        f"{draft}/service",
    ]
    assert soup(client.get(f"{draft}/contact")).select(f'.govuk-back-link[href="{draft}/check"]')
    page = fill(client, f"{draft}/contact", **CONTACT | {"contact": "By letter"})
    assert page.location == f"{draft}/check"
    assert "By letter" in words(client.get(page.location))


def test_another_agency_asks_anew_what_may_be_shared_and_another_need_which_service(
    client_for: Clients,
) -> None:
    agency = make_agency()
    one, same = make_service(agency, ("housing", "finance")), make_service(agency)
    other = make_service()
    client = client_for(make_user())
    draft = start(client, make_person().id)
    answer_all(client, draft, one.id)
    assert fill(client, f"{draft}/service", service=str(same.id)).location == f"{draft}/check"
    assert fill(client, f"{draft}/service", service=str(other.id)).location == f"{draft}/share"
    assert fill(client, f"{draft}/share", **SHARE).location == f"{draft}/check"
    assert fill(client, f"{draft}/need", need="housing").location == f"{draft}/check"
    assert fill(client, f"{draft}/need", need="finance").location == f"{draft}/service"
    kept = get(draft)
    assert (kept.need_code, kept.service_id, kept.agency_id) == ("finance", None, None)
    assert "share" not in kept.detail.done


def test_what_has_been_sent_is_no_draft_any_more(client_for: Clients) -> None:
    service = make_service()
    client = client_for(make_user())
    draft = start(client, make_person().id)
    answer_all(client, draft, service.id)
    send(client, draft)
    page = f"/referrals/{get(draft).reference}"
    assert client.get(draft).location == page
    assert client.get(f"{draft}/contact").location == page
    late = client.post(f"{draft}/contact", data=CONTACT | {"contact": "Typed too late"})
    assert late.status_code == 409
    assert "Typed too late" in late.text
    assert client.post(f"{draft}/discard").location == page
    assert get(draft).status == "sent"
    assert get(draft).detail.contact == CONTACT["contact"]
