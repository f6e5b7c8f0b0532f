"""The first page of each role: its counts are those of the lists they open."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.absences import add_absence
from portal.accounts.models import User
from portal.clocks.clock import london_date
from portal.home import views as home_views
from portal.referrals import actions, lists
from portal.referrals.lists import ListFilter
from portal.reminders import needs
from tests.factories import make_agency, make_draft, make_person, make_sent, make_service, make_user
from tests.referring.journey import soup, words

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
NOW = datetime.now(UTC)


def make_history(agency_service: object, officer: User, worker: User) -> None:
    """Of each state some, by the officer and by a colleague."""
    for by in (officer, make_user()):
        for wanted in ("sent", "sent", "acknowledged", "accepted", "started", "declined", "withdrawn"):
            referral = make_sent(agency_service, by=by, at=NOW - timedelta(days=3))  # type: ignore[arg-type]
            if wanted == "acknowledged":
                actions.acknowledge(referral, worker, NOW)
            elif wanted in ("accepted", "started"):
                actions.accept(referral, worker, NOW, priority=True)
                if wanted == "started":
                    actions.start(referral, worker, NOW)
            elif wanted == "declined":
                actions.decline(referral, worker, NOW, reason="no_capacity")
            elif wanted == "withdrawn":
                actions.withdraw(referral, by, NOW, reason="custody")


def cards(client: FlaskClient) -> dict[str, int]:
    """Address to count of every card on the first page."""
    found = soup(client.get("/")).select(".portal-card a")
    return {str(link["href"]): int(link.select_one(".portal-card__count").get_text()) for link in found}  # type: ignore[union-attr]


def length(client: FlaskClient, address: str) -> int:
    return len(re.findall(r'href="/referrals/[A-Z]{2}[2-9]{4}[A-Z]{2}"', client.get(address).text))


@pytest.mark.parametrize("role", ["iom_officer", "iom_manager", "agency_worker", "agency_manager"])
def test_each_count_opens_a_list_of_exactly_that_many(client_for: Clients, role: str) -> None:
    service = make_service()
    worker, officer = make_user("agency_worker", service.agency), make_user()
    make_history(service, officer, worker)
    make_sent(by=officer)  # to another agency
    viewer = make_user(role, service.agency if role.startswith("agency") else None)
    client = client_for(officer if role == "iom_officer" else viewer)
    counted = cards(client)
    assert len(counted) >= 4
    assert sum(counted.values()) > 0
    for address, count in counted.items():
        if address.startswith("/referrals"):
            assert length(client, address) == count, address


def test_a_message_that_one_has_not_had_on_a_page_is_counted_until_then(client_for: Clients) -> None:
    service = make_service()
    worker, officer = make_user("agency_worker", service.agency), make_user()
    referral = make_sent(service, by=officer, at=NOW - timedelta(days=1))
    actions.write_message(referral, worker, NOW, "words", "one")
    client = client_for(officer)
    assert cards(client)["/referrals?tab=unread"] == length(client, "/referrals?tab=unread") == 1
    client.get(f"/referrals/{referral.reference}")
    assert "/referrals?tab=unread" not in cards(client)
    assert length(client, "/referrals?tab=unread") == 0


def test_whoever_covers_for_a_colleague_finds_their_work_with_their_own(client_for: Clients) -> None:
    service = make_service()
    away, cover = make_user("agency_worker", service.agency), make_user("agency_worker", service.agency)
    referral = make_sent(service, at=NOW - timedelta(days=1))
    actions.accept(referral, away, NOW, priority=True)
    today = london_date(NOW)
    add_absence(away.id, today, today + timedelta(days=1), cover.id, away.id)  # a run may pass midnight
    assert length(client_for(cover), "/referrals?tab=accepted&mine=1") == 1


def test_what_iom_presses_for_is_named_with_a_way_to_answer(client_for: Clients) -> None:
    service = make_service()
    officer = make_user()
    referral = make_sent(service, by=officer, at=NOW - timedelta(days=1))
    client = client_for(officer)
    form = {"kind": "chase", "level": "worker", "channel": "portal", "words": "When?", "token": "t"}
    assert client.post(f"/referrals/{referral.reference}/chase", data=form).status_code == 302
    page = client_for(make_user("agency_worker", service.agency)).get("/")
    assert soup(page).select(f'#chases + ul a[href^="/referrals/{referral.reference}/chases/"]')


def test_a_manager_is_shown_what_waits_for_a_review(client_for: Clients) -> None:
    service = make_service()
    make_history(service, make_user(), make_user("agency_worker", service.agency))
    page = client_for(make_user("iom_manager")).get("/")
    assert words(page, ".portal-card--urgent") == "2 Declined, for you to review"
    assert not soup(client_for(make_user()).get("/")).select(".portal-card--urgent")


def test_drafts_wait_on_the_first_page_of_whoever_began_them(client_for: Clients) -> None:
    officer = make_user()
    draft = make_draft(make_person(surname="Owain"), officer)
    page = client_for(officer).get("/")
    assert soup(page).select(f'a[href="/refer/{draft.reference}"]')
    assert "Siân Owain" in words(page)
    assert draft.reference not in client_for(make_user()).get("/").text


def test_the_search_box_posts_to_the_people_page(client_for: Clients) -> None:
    form = soup(client_for(make_user()).get("/")).select_one("form[role=search]")
    assert form
    assert (form["method"], form["action"]) == ("post", "/people")


def test_an_agency_sees_the_longest_waiting_first_by_initials_only(client_for: Clients) -> None:
    service = make_service()
    person = make_person(surname="Longwait", forenames="Siân")
    newer = make_sent(service)
    older = make_sent(service, person, at=NOW - timedelta(days=9))
    page = client_for(make_user("agency_worker", service.agency)).get("/")
    assert re.findall(r'href="/referrals/([A-Z]{2}\d{4}[A-Z]{2})"', page.text) == [
        older.reference,
        newer.reference,
    ]
    assert "Longwait" not in page.text
    empty = client_for(make_user("agency_worker", make_agency())).get("/")
    assert "No referral is waiting for your answer." in words(empty)


@pytest.mark.parametrize(("role", "address"), [("analyst", "/turnaround"), ("administrator", "/admin")])
def test_who_handles_no_referrals_is_led_to_their_work(client_for: Clients, role: str, address: str) -> None:
    assert soup(client_for(make_user(role)).get("/")).select(f'main a[href="{address}"]')


@pytest.mark.parametrize("address", ["/help", "/accessibility", "/privacy"])
@pytest.mark.parametrize("language", ["en", "cy"])
def test_everybody_may_read_about_the_portal(app: Flask, address: str, language: str) -> None:
    page = app.test_client().get(f"{address}?lang={language}")
    assert page.status_code == 200
    assert soup(page).html["lang"] == language  # type: ignore[index]
    assert len(words(page)) > 300


@pytest.mark.parametrize("role", ["iom_officer", "iom_manager", "agency_worker", "agency_manager"])
def test_no_tabs_are_counted_twice_for_a_page(
    client_for: Clients, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ListFilter] = []

    def seen(narrowed: ListFilter, user_ids: list[int]) -> dict[str, int]:
        asked.append(narrowed)
        return lists.count_tabs(narrowed, user_ids)

    for where in (home_views, needs):
        monkeypatch.setattr(where, "count_tabs", seen)
    viewer = make_user(role, make_agency() if role.startswith("agency") else None)
    assert client_for(viewer).get("/").status_code == 200
    assert asked
    assert len(asked) == len(set(asked))
