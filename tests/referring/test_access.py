"""Who reaches a person's page and a draft: others get what they would get for one that does not exist."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.people.models import Person, PersonReader
from portal.referrals.models import Referral
from tests.factories import (
    GWENT,
    area,
    give_reason,
    make_draft,
    make_person,
    make_sent,
    make_service,
    make_user,
)
from tests.referring.journey import CONTACT, fill, start

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
PAGES = ("", "/need", "/service", "/request", "/contact", "/share", "/check", "/sent", "/discard")


def addresses(person: Person, draft: Referral) -> list[str]:
    return [
        f"/people/{person.id}",
        f"/people/{person.id}/refer",
        *(f"/refer/{draft.reference}{page}" for page in PAGES),
    ]


@pytest.mark.parametrize("role", ["agency_worker", "agency_manager", "analyst", "administrator"])
def test_only_iom_staff_reach_people_and_drafts(client_for: Clients, role: str) -> None:
    draft = make_draft()
    client = client_for(make_user(role))
    for address in addresses(draft.person, draft):
        assert client.get(address).status_code == 403, address
        assert client.post(address).status_code in (403, 405), address


def test_whoever_is_not_signed_in_is_sent_to_sign_in(app: object, client_for: Clients) -> None:
    draft = make_draft()
    visitor = client_for(make_user()).application.test_client()
    for address in addresses(draft.person, draft):
        assert visitor.get(address).location.startswith("/sign-in"), address


@pytest.mark.parametrize("kind", ["foreign", "restricted", "moved"])
def test_foreign_and_restricted_look_the_same_as_missing(client_for: Clients, kind: str) -> None:
    person = make_person(area=area(GWENT) if kind == "foreign" else area(), restricted=kind == "restricted")
    draft = make_draft(person)
    if kind == "moved":
        person.area = area(GWENT)
    db.session.flush()
    client = client_for(make_user())
    for address in addresses(person, draft):
        missing = address.replace(str(person.id), "99999999").replace(draft.reference, "AB2345CD")
        for method in ("get", "post"):
            answer, other = getattr(client, method)(address), getattr(client, method)(missing)
            assert answer.status_code == other.status_code, address
            assert answer.status_code == 404 or (method == "post" and answer.status_code == 405), address
            if method == "post":
                assert answer.data.count(b"<main") == other.data.count(b"<main")
    assert db.session.get_one(Referral, draft.id).status == "draft"


def test_a_member_of_staff_named_on_a_restricted_person_refers_them(client_for: Clients) -> None:
    service, officer = make_service(), make_user()
    person = make_person(restricted=True)
    db.session.add(PersonReader(person_id=person.id, user_id=officer.id))
    give_reason(person.id, officer)
    client = client_for(officer)
    assert client.get(f"/people/{person.id}").status_code == 200
    draft = start(client, person.id)
    assert fill(client, f"{draft}/service", service=str(service.id)).status_code == 302
    assert client_for(make_user()).get(draft).status_code == 404


def test_nobody_reads_or_saves_without_a_trace(client_for: Clients) -> None:
    service, person, officer = make_service(), make_person(), make_user()
    sent = make_sent(service, person, officer)
    client = client_for(officer)

    def trace() -> set[tuple[str, int]]:
        rows = db.session.execute(
            sa.text("SELECT action, unnest(subject_ids) FROM audit_entry WHERE user_id = :who"),
            {"who": officer.id},
        )
        return {(row[0], row[1]) for row in rows}

    client.get(f"/people/{person.id}")
    assert {("person.read", person.id), ("referrals.listed", sent.id)} <= trace()
    address = start(client, person.id, "finance")
    draft = db.session.scalars(sa.select(Referral.id).where(Referral.reference == address[-8:])).one()
    assert ("referral.drafted", draft) in trace()
    assert ("referral.read", draft) not in trace()
    client.get(f"{address}/contact")
    assert ("referral.read", draft) in trace()
    assert ("referral.saved", draft) not in trace()
    fill(client, f"{address}/contact", **CONTACT)
    assert ("referral.saved", draft) in trace()
    client.post(f"{address}/discard")
    assert ("referral.discarded", draft) in trace()
