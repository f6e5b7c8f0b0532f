"""Every page on which a referral is read leaves a trace: no trace, no page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.referrals.models import Referral
from tests.factories import make_sent, make_user
from tests.pages import list_pages
from tests.scene import make_scene

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def traces(referral_id: int) -> int:
    found = sa.text("SELECT count(*) FROM audit_entry WHERE subject = 'referral' AND :id = ANY (subject_ids)")
    number: int = db.session.scalars(found, {"id": referral_id}).one()
    return number


def test_a_page_shown_again_because_the_message_was_empty_leaves_a_trace(client_for: Clients) -> None:
    referral = make_sent()
    client, before = client_for(make_user("iom_officer")), traces(referral.id)
    answer = client.post(f"/referrals/{referral.reference}/messages", data={"words": ""})
    assert answer.status_code == 422
    assert traces(referral.id) == before + 1


def test_every_page_of_a_referral_leaves_a_trace_with_and_without_errors(
    app: Flask, client_for: Clients
) -> None:
    scene = make_scene()
    clients = {role: client_for(db.session.get_one(User, user)) for role, user in scene["users"].items()}  # type: ignore[attr-defined]
    ids = {
        row.reference: (row.id, row.version)
        for row in db.session.execute(sa.select(Referral.reference, Referral.id, Referral.version))
    }
    silent, seen = [], 0
    for role, path in list_pages(app, scene):
        parts = path.split("/")
        if role is None or len(parts) < 3 or parts[2] not in ids or parts[1] != "referrals":
            continue
        number, version = ids[parts[2]]
        for ask in (clients[role].get, lambda p, c=clients[role], v=version: c.post(p, data={"version": v})):
            before = traces(number)
            answer = ask(path)
            if answer.status_code in (200, 409, 422):
                seen += 1
                if traces(number) == before:
                    silent.append((role.value, path, answer.status_code))
    assert seen > 100
    assert not silent
