"""A record that is refused by its number leaves an entry with that number, whether it is there or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.db import db
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def test_foreign_restricted_and_missing_leave_the_same(client_for: Clients) -> None:
    officer = make_user()
    foreign, hidden = make_person(area=area(GWENT)), make_person(restricted=True)
    reference = make_sent(make_service(), foreign).reference
    client = client_for(officer)
    numbers = [foreign.id, hidden.id, 2**40]
    for number in numbers:
        assert client.get(f"/people/{number}").status_code == 404
    assert client.get(f"/people/{foreign.id}/needs").status_code == 404
    for asked in (reference, "ZZ2222ZZ", "x" * 30):
        assert client.get(f"/referrals/{asked}").status_code == 404
    query = sa.text("SELECT action, subject_ids, detail FROM audit_entry WHERE user_id = :id ORDER BY id")
    rows = [tuple(row) for row in db.session.execute(query, {"id": officer.id})]
    assert rows == [
        *(("person.refused", [number], {}) for number in (*numbers, foreign.id)),
        ("referral.refused", [], {"reference": reference}),
        ("referral.refused", [], {"reference": "ZZ2222ZZ"}),
    ]


def test_nobody_signed_in_and_no_such_page_leave_nothing(client_for: Clients, app: object) -> None:
    client = client_for(make_user())
    assert client.get("/nowhere").status_code == 404
    assert db.session.scalar(sa.text("SELECT count(*) FROM audit_entry")) == 0


def test_the_manager_of_the_person_sees_who_was_refused(client_for: Clients) -> None:
    person, manager = make_person(), make_user(Role.IOM_MANAGER)
    client_for(make_user(name="Gwen o Went", areas=[area(GWENT)])).get(f"/people/{person.id}")
    page = client_for(manager).get(f"/people/{person.id}/readers").text
    assert "Gwen o Went" in page
    assert "was refused" in page
