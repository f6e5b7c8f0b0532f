"""An agreement’s life: proposed by IOM, signed or refused by the agency, taken back, ended; each by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import AGENCY, Role
from portal.accounts.models import User
from portal.agencies.models import Service
from portal.agencies.queries import today
from portal.db import db
from portal.promises.models import Agreement
from portal.promises.queries import get_in_force
from tests.agencies.service_forms import trace
from tests.factories import GWENT, area, make_sent, make_service, make_user
from tests.hostile import HOSTILE
from tests.promises.rows import dated, make_agreement, make_proposal, proposal_form, said, version
from tests.referring.journey import errors

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


@pytest.fixture
def service() -> Service:
    return make_service(name="Rooms", areas=[area(), area(GWENT)])


def propose(client: FlaskClient, service: Service, **changes: Any) -> Any:
    return client.post(f"/services/{service.id}/agreements/new", data=proposal_form(**changes))


def only_agreement(service: Service) -> Agreement:
    return db.session.scalars(sa.select(Agreement).where(Agreement.service_id == service.id)).one()


def test_a_manager_proposes_the_agency_signs_and_a_referral_keeps_the_promise(
    client_for: Clients, service: Service
) -> None:
    iom, manager = make_user("iom_manager"), make_user("agency_manager", service.agency)
    answer = propose(client_for(iom), service)
    proposal = only_agreement(service)
    assert answer.location == f"/agreements/{proposal.id}"
    assert (proposal.acknowledge_days, proposal.decide_days, proposal.offer_days) == (1, 5, None)
    assert (proposal.document, proposal.words, proposal.from_on) == ("Annex A", "Ring first", today())
    assert trace()[-1] == ("agreement.proposed", [proposal.id], service.agency_id)
    assert make_sent(service).promise_decide is None
    client = client_for(manager)
    page = client.get(f"/agreements/{proposal.id}/sign")
    assert "5 working days" in said(page)
    done = client.post(f"/agreements/{proposal.id}/sign", data={"version": version(page)})
    assert done.location == f"/agreements/{proposal.id}"
    assert trace()[-1].action == "agreement.signed"
    signed = get_in_force(service.id, area().id, today())
    assert signed is not None
    assert (signed.id, signed.signed_by_id) == (proposal.id, manager.id)
    sent = make_sent(service)
    assert (sent.agreement_id, sent.promise_acknowledge, sent.promise_decide) == (proposal.id, 1, 5)


def test_everybody_reads_the_agreement_on_the_services_page(client_for: Clients, service: Service) -> None:
    iom = make_user("iom_manager", name="Iorwerth", organisation="Heddlu Enghraifft")
    agreement = make_agreement(service, by=iom, document="Annex A", acknowledge_days=0, offer_days=10)
    make_agreement(service, from_on=today() - timedelta(days=90), decide_days=9)
    make_proposal(service, decide_days=3)
    for role in [role for role in Role if role is not Role.SYSTEM]:
        page = said(client_for(make_user(role)).get(f"/services/{service.id}"))
        for words in ("In force", "The same working day", "5 working days", "10 working days", "Annex A"):
            assert words in page, (role, words)
        assert "Iorwerth, Heddlu Enghraifft" in page
        assert f"{agreement.signed_by.name}, {service.agency.name}" in page  # type: ignore[union-attr]
        # What is being agreed is between the two sides: these agency users are another agency's.
        assert ("Waiting for a signature" in page) == (role not in AGENCY)
        assert "Replaced Has agreed to decide within 9 working days" in page


@pytest.mark.parametrize(
    "role", ["iom_officer", "agency_worker", "agency_manager", "analyst", "administrator"]
)
def test_only_iom_managers_propose(client_for: Clients, service: Service, role: str) -> None:
    client = client_for(make_user(role, service.agency if role.startswith("agency") else None))
    assert client.get(f"/services/{service.id}/agreements/new").status_code == 403
    assert propose(client, service).status_code == 403
    assert "Propose an agreement" not in client.get(f"/services/{service.id}").text


def test_a_manager_proposes_for_own_areas_that_the_service_covers(
    client_for: Clients, service: Service
) -> None:
    client = client_for(make_user("iom_manager"))
    assert propose(client, service, areas=[area(GWENT).id]).status_code == 422
    elsewhere = make_service(areas=[area(GWENT)])
    assert client.get(f"/services/{elsewhere.id}/agreements/new").status_code == 404


def test_a_new_proposal_starts_from_what_is_in_force(client_for: Clients, service: Service) -> None:
    make_agreement(service, decide_days=17, document="Annex B")
    page = client_for(make_user("iom_manager")).get(f"/services/{service.id}/agreements/new").text
    assert 'value="17"' in page
    assert 'value="Annex B"' in page


def test_a_proposal_sent_twice_is_one(client_for: Clients, service: Service) -> None:
    client = client_for(make_user("iom_manager"))
    assert propose(client, service).location == propose(client, service).location
    assert only_agreement(service)
    assert propose(client, service, decide_days="6").location != f"/agreements/{only_agreement_id(service)}"


def only_agreement_id(service: Service) -> int | None:
    return db.session.scalar(sa.select(sa.func.min(Agreement.id)).where(Agreement.service_id == service.id))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"areas": []}, "Select at least one area"),
        ({"acknowledge_days": "", "decide_days": ""}, "Enter a number of days for at least one"),
        ({"decide_days": "soon"}, "Enter a whole number"),
        ({"offer_days": "251"}, "Enter a number from 0 to 250"),
        ({"from_on-day": "", "from_on-month": "", "from_on-year": ""}, "Enter the first day"),
        (dated("from_on", today() - timedelta(days=1)), "The first day must be today or later"),
        (dated("from_on", today() + timedelta(days=400)), "within a year"),
        (dated("to_on", today() - timedelta(days=1)), "The last day must not be before the first"),
        ({"words": "x" * 2001}, "Enter no more than 2000 characters"),
    ],
)
def test_each_mistake_is_said_beside_its_field_and_nothing_typed_is_lost(
    client_for: Clients, service: Service, changes: dict[str, Any], message: str
) -> None:
    page = propose(client_for(make_user("iom_manager")), service, **({"document": "Kept as typed"} | changes))
    assert page.status_code == 422
    assert any(message in words for words in errors(page).values())
    assert 'value="Kept as typed"' in page.text


def test_a_refusal_needs_words_and_iom_reads_them(client_for: Clients, service: Service) -> None:
    proposal, client = make_proposal(service), client_for(make_user("agency_manager", service.agency))
    path = f"/agreements/{proposal.id}/refuse"
    assert errors(client.post(path, data={"version": proposal.version})) == {"#words": "Enter why you refuse"}
    client.post(path, data={"version": proposal.version, "words": "Ten days we could do"})
    page = said(client_for(make_user("iom_manager")).get(f"/agreements/{proposal.id}"))
    assert "Refused" in page
    assert "Ten days we could do" in page
    assert get_in_force(service.id, area().id, today()) is None


def test_iom_takes_back_what_waits_and_then_nobody_signs_it(client_for: Clients, service: Service) -> None:
    proposal = make_proposal(service)
    manager = client_for(make_user("agency_manager", service.agency))
    open_page = version(manager.get(f"/agreements/{proposal.id}/sign"))
    iom = client_for(make_user("iom_manager"))
    iom.post(f"/agreements/{proposal.id}/take-back", data={"version": proposal.version})
    late = manager.post(f"/agreements/{proposal.id}/sign", data={"version": open_page})
    assert late.status_code == 409
    assert "It now stands at: Taken back" in said(late)
    assert get_in_force(service.id, area().id, today()) is None


def test_either_side_ends_an_agreement_with_a_last_day(client_for: Clients, service: Service) -> None:
    for user in (make_user("iom_manager"), make_user("agency_manager", service.agency)):
        agreement, client = make_agreement(service), client_for(user)
        path, last = f"/agreements/{agreement.id}/end", today() + timedelta(days=3)
        past = client.post(
            path, data={"version": agreement.version} | dated("last_day", today() - timedelta(days=1))
        )
        assert errors(past) == {"#last_day-day": "The last day must be today or later"}
        client.post(path, data={"version": agreement.version} | dated("last_day", last))
        assert (agreement.to_on, agreement.ended_by_id) == (last, user.id)
        assert get_in_force(service.id, area().id, last) == agreement
        assert get_in_force(service.id, area().id, last + timedelta(days=1)) is None
        again = client.post(path, data={"version": agreement.version} | dated("last_day", last))
        assert again.status_code == 409


def test_an_end_only_comes_nearer(client_for: Clients, service: Service) -> None:
    agreement = make_agreement(service, to_on=today() + timedelta(days=5))
    client = client_for(make_user("iom_manager"))
    data = {"version": agreement.version} | dated("last_day", today() + timedelta(days=6))
    page = client.post(f"/agreements/{agreement.id}/end", data=data)
    assert "must not be after the one that was agreed" in " ".join(errors(page).values())


def test_whoever_is_second_is_told_and_keeps_what_was_typed(client_for: Clients, service: Service) -> None:
    proposal = make_proposal(service)
    first, second = (client_for(make_user("agency_manager", service.agency)) for _ in range(2))
    seen = version(second.get(f"/agreements/{proposal.id}/refuse"))
    first.post(f"/agreements/{proposal.id}/sign", data={"version": proposal.version})
    page = second.post(
        f"/agreements/{proposal.id}/refuse", data={"version": seen, "words": "Too soon for us"}
    )
    assert page.status_code == 409
    assert "In force" in said(page)
    assert "Too soon for us" in said(page)
    assert only_agreement(service).refused_at is None


def test_others_cannot_act_and_managers_of_other_agencies_find_nothing(
    client_for: Clients, service: Service
) -> None:
    proposal, agreement = make_proposal(service), make_agreement(service)
    addresses = [f"/agreements/{proposal.id}/{act}" for act in ("sign", "refuse", "take-back")]
    addresses.append(f"/agreements/{agreement.id}/end")
    for role in ("iom_officer", "agency_worker", "analyst", "administrator"):
        client = client_for(make_user(role, service.agency if role == "agency_worker" else None))
        assert {client.post(path).status_code for path in addresses} == {403}
    gwent = client_for(make_user("iom_manager", areas=[area(GWENT)]))
    foreign = client_for(make_user("agency_manager"))
    assert gwent.post(addresses[2]).status_code == gwent.post(addresses[3]).status_code == 404
    assert {foreign.post(path).status_code for path in (*addresses[:2], addresses[3])} == {404}
    assert client_for(make_user("iom_manager")).post(addresses[0]).status_code == 403


def test_a_manager_of_other_services_or_of_some_areas_signs_nothing(
    client_for: Clients, service: Service
) -> None:
    other = make_service(service.agency)
    chosen = make_user("agency_manager", service.agency, every_service=False, services=[other])
    local = make_user("agency_manager", service.agency, every_area=False, areas=[area(GWENT)])
    proposal = make_proposal(service, [area(), area(GWENT)])
    assert client_for(chosen).get(f"/agreements/{proposal.id}/sign").status_code == 404
    assert client_for(local).get(f"/agreements/{proposal.id}/sign").status_code == 409
    assert f"/agreements/{proposal.id}/sign" not in client_for(local).get(f"/agreements/{proposal.id}").text


def test_no_hostile_answer_is_a_fault(client_for: Clients, service: Service) -> None:
    iom, manager = (
        client_for(make_user("iom_manager")),
        client_for(make_user("agency_manager", service.agency)),
    )
    proposal = make_proposal(service)
    for text in HOSTILE:
        posted = text.encode("utf-8", "surrogatepass")
        form = {name: posted for name in proposal_form()}
        assert iom.post(f"/services/{service.id}/agreements/new", data=form).status_code in (400, 422)
        assert iom.get("/agreements", query_string={"show": posted}).status_code in (200, 400)
        refused = manager.post(f"/agreements/{proposal.id}/refuse", data={"version": posted, "words": posted})
        assert refused.status_code in (400, 409)
    for number in ("0", "2147483648", "9" * 40, "x"):
        assert iom.get(f"/agreements/{number}").status_code == 404


def test_another_agency_sees_what_was_signed_not_what_is_being_agreed(client_for: Clients) -> None:
    service = make_service()
    proposal, signed = make_proposal(service, words="«Cyfrinach»"), make_agreement(service)
    other = client_for(make_user("agency_manager"))
    assert other.get(f"/agreements/{proposal.id}").status_code == 404
    assert other.get(f"/agreements/{signed.id}").status_code == 200
    assert f"/agreements/{proposal.id}" not in other.get(f"/services/{service.id}").text
    own = client_for(make_user("agency_manager", service.agency))
    assert own.get(f"/agreements/{proposal.id}").status_code == 200
