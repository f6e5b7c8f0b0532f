"""The register: who sees which agreements, who has to act, counts that agree with lists, and its emails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.agencies.queries import today
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from portal.promises import actions
from portal.promises.rights import count_waiting, waiting_list
from tests.factories import GWENT, area, make_agency, make_service, make_user
from tests.people.scenes import ClientFor
from tests.promises.rows import make_agreement, make_proposal, said
from tests.referring.test_statements import count

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def listed(client: FlaskClient, show: str) -> list[str]:
    page = BeautifulSoup(client.get(f"/agreements?show={show}").text, "html.parser")
    return [link.get_text(strip=True) for link in page.select("tbody th a")]


def counted(user: User) -> int:
    enter_scope(scope_of(user.id))
    try:
        return count_waiting(user)
    finally:
        enter_scope(SYSTEM)


def test_each_agreement_stands_in_the_list_that_its_state_names(client_for: ClientFor) -> None:
    def service(name: str) -> object:
        return make_service(name=name)

    make_proposal(service("Waits"))  # type: ignore[arg-type]
    make_agreement(service("Holds"))  # type: ignore[arg-type]
    make_agreement(service("Comes"), from_on=today() + timedelta(days=1))  # type: ignore[arg-type]
    make_agreement(service("Ends"), to_on=today() + timedelta(days=9))  # type: ignore[arg-type]
    make_agreement(service("Ended"), to_on=today() - timedelta(days=1))  # type: ignore[arg-type]
    client = client_for(make_user("iom_manager"))
    assert listed(client, "waiting") == ["Waits"]
    assert sorted(listed(client, "in_force")) == ["Comes", "Ends", "Holds"]
    assert listed(client, "ending") == ["Ends"]
    assert listed(client, "past") == ["Ended"]
    tabs = BeautifulSoup(client.get("/agreements").text, "html.parser").select(".moj-sub-navigation__link")
    assert [tab.get_text(" ", strip=True)[-1] for tab in tabs] == ["1", "3", "1", "1"]


def test_the_list_says_who_has_to_act(client_for: ClientFor) -> None:
    agency = make_agency("Cartref")
    make_proposal(make_service(agency))
    make_agreement(make_service(agency), to_on=today() + timedelta(days=9))
    iom, manager = client_for(make_user("iom_manager")), client_for(make_user("agency_manager", agency))
    waiting = said(iom.get("/agreements?show=waiting"))
    assert "Cartref: sign or refuse" in waiting
    assert "Proposed: to " in waiting
    assert "Has agreed to" not in waiting
    assert "You: sign or refuse" in said(manager.get("/agreements?show=waiting"))
    assert "You: propose the next agreement" in said(iom.get("/agreements?show=ending"))
    assert "IOM: propose the next agreement" in said(manager.get("/agreements?show=ending"))


def test_agencies_see_their_own_and_iom_those_of_own_areas(client_for: ClientFor) -> None:
    here, there = make_service(name="Here"), make_service(name="There", areas=[area(GWENT)])
    make_agreement(here)
    make_agreement(there, [area(GWENT)])
    assert listed(client_for(make_user("agency_manager", here.agency)), "in_force") == ["Here"]
    assert listed(client_for(make_user("iom_officer")), "in_force") == ["Here"]
    assert sorted(listed(client_for(make_user("analyst")), "in_force")) == ["Here", "There"]


def test_what_waits_for_a_user_is_counted_as_its_list_shows_it(client_for: ClientFor) -> None:
    agency = make_agency()
    for _ in range(3):
        make_proposal(make_service(agency))
    make_proposal(make_service())
    make_agreement(make_service(agency), to_on=today() + timedelta(days=9))
    make_agreement(make_service(agency), [area(GWENT)], to_on=today() + timedelta(days=9))
    manager, iom, officer = make_user("agency_manager", agency), make_user("iom_manager"), make_user()
    assert (counted(manager), counted(iom), counted(officer)) == (3, 1, 0)
    assert (waiting_list(manager), waiting_list(iom)) == ("waiting", "ending")
    for user in (manager, iom):
        page = client_for(user).get(f"/agreements?show={waiting_list(user)}")
        assert len(BeautifulSoup(page.text, "html.parser").select("tbody tr")) == counted(user)
        assert client_for(user).get("/agreements").text.count("You: ") == counted(user)


def test_the_register_asks_as_often_for_many_as_for_one(client_for: ClientFor) -> None:
    agency = make_agency()
    service = make_service(agency)
    make_agreement(service)
    make_proposal(service)
    clients = [client_for(make_user("agency_manager", agency)), client_for(make_user("iom_manager"))]
    paths = ("/agreements?show=in_force", "/agreements?show=waiting", f"/services/{service.id}")
    few = [[count(client, path) for path in paths] for client in clients]
    for _ in range(8):
        make_agreement(service, [area(), area(GWENT)])
        make_agreement(make_service(agency))
        make_proposal(make_service(agency))
        make_proposal(service)
    assert [[count(client, path) for path in paths] for client in clients] == few


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_email_leads_to_the_agreement_reaches_the_other_side_and_names_nobody(language: str) -> None:
    agency = make_agency("O’Neill & Sons")
    service = make_service(agency)
    iom = make_user("iom_manager", name="Named Officer", language=language)
    manager = make_user("agency_manager", agency, name="Named Manager", language=language)
    make_user("agency_manager", agency, suspended_at=datetime.now(UTC))
    make_user("agency_worker", agency)
    now, values = datetime.now(UTC), {"decide_days": 5, "from_on": today(), "words": "Canary"}

    def propose(days: int) -> object:
        return actions.propose(service, iom.id, now, [area().id], values | {"offer_days": days})

    refused, taken, ended, both = (propose(days) for days in range(4))
    actions.refuse(refused, manager.id, now, "Canary")  # type: ignore[arg-type]
    actions.take_back(taken, iom.id, now)  # type: ignore[arg-type]
    for agreement, by in ((ended, manager), (both, iom)):
        actions.sign(agreement, manager.id, now)  # type: ignore[arg-type]
        actions.end(agreement, by.id, now, today())  # type: ignore[arg-type]
    waiting = [row.email for row in db.session.scalars(sa.select(OutboxEmail))]
    told = sorted((mail.template.removeprefix("agreement_"), mail.user_id) for mail in waiting)
    assert told == sorted(
        [("proposed", manager.id)] * 4
        + [("refused", iom.id), ("taken_back", manager.id), ("signed", iom.id), ("signed", iom.id)]
        + [("ended", iom.id), ("ended", manager.id)]
    )
    for mail in waiting:
        subject, text, _html = render(mail)
        assert f"/agreements/{mail.params['agreement']}\n" in text
        assert "O’Neill & Sons" in text
        for secret in ("Canary", "Named", "{", "&amp;"):
            assert secret not in subject + text, mail.template


def test_the_signed_keep_their_names_whoever_changes_role(client_for: ClientFor) -> None:
    service = make_service()
    agreement = make_agreement(service)
    signer = agreement.signed_by
    assert signer is not None
    signer.role = Role.AGENCY_WORKER.value
    db.session.flush()
    page = said(client_for(make_user()).get(f"/agreements/{agreement.id}"))
    assert f"{signer.name}, {service.agency.name}" in page
