"""An agency that closes: its staff are out at once, and its open referrals are listed for IOM to refer elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.queries import today
from portal.db import db
from portal.referrals.models import Referral
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def test_its_staff_are_out_at_their_next_request(client_for: Clients) -> None:
    service = make_service()
    clients = [client_for(make_user(role, service.agency)) for role in ("agency_worker", "agency_manager")]
    assert [client.get("/referrals").status_code for client in clients] == [200, 200]
    service.agency.closed_on = today()
    db.session.commit()
    assert [client.get("/referrals").status_code for client in clients] == [302, 302]


def test_its_open_referrals_are_listed_and_referred_elsewhere(client_for: Clients) -> None:
    service, officer = make_service(), make_user()
    stays = make_sent(by=officer)
    stranded = make_sent(service, by=officer)
    hidden = make_sent(service, person=make_person(restricted=True))
    foreign = make_sent(service, person=make_person(area=area(GWENT)))
    client = client_for(officer)
    assert "Open at an agency that has closed" not in client.get("/").text
    assert client.post(f"/referrals/{stranded.reference}/refer-again").status_code == 409
    service.agency.closed_on = today() - timedelta(days=1)
    db.session.commit()
    assert 'href="/referrals/closed-agencies"' in client.get("/").text
    listed = client.get("/referrals/closed-agencies").text
    assert stranded.reference in listed
    assert all(other.reference not in listed for other in (stays, hidden, foreign))
    assert "The agency has closed." in client.get(f"/referrals/{stranded.reference}").text
    again = client.post(f"/referrals/{stranded.reference}/refer-again")
    assert again.status_code == 302
    reference = again.location.split("/")[2]
    assert client.get(again.location).status_code == 200
    draft = db.session.query(Referral).filter_by(reference=reference).one()
    assert (draft.copied_from_id, draft.person_id) == (stranded.id, stranded.person_id)


def test_only_iom_has_the_list(client_for: Clients) -> None:
    assert client_for(make_user("agency_worker")).get("/referrals/closed-agencies").status_code == 403
