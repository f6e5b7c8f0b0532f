"""Unread marks: a message is new on the page until its reader has had it there, for both sides alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import Scope, db
from portal.referrals import actions
from portal.referrals.models import MessageMark, Referral
from portal.referrals.unread import unread_for, unread_values
from tests.factories import make_sent, make_service, make_user

Clients = Callable[[User], FlaskClient]
NEW = "portal-message--new"


@pytest.fixture
def scene(database: None) -> tuple[Referral, User, User]:
    service = make_service()
    officer, worker = make_user("iom_officer"), make_user("agency_worker", service.agency)
    return make_sent(service, by=officer), officer, worker


def unread(user: User, *covered: User) -> list[str]:
    kind = "agency" if user.agency_id else "iom"
    scope = Scope(kind, user.id, user.agency_id)
    condition = unread_for(scope, [user.id, *(other.id for other in covered)])
    return list(db.session.scalars(sa.select(Referral.reference).where(condition)))


def say(referral: Referral, by: User, token: str) -> None:
    actions.write_message(referral, by, datetime.now(UTC), "words", token)


def test_a_message_is_new_to_the_other_side_until_it_has_been_on_a_page(scene, client_for: Clients) -> None:
    referral, officer, worker = scene
    say(referral, worker, "1")
    path = f"/referrals/{referral.reference}"
    assert (unread(officer), unread(worker)) == ([referral.reference], [])
    client = client_for(officer)
    first = client.get(path).text
    assert first.count(NEW) == 1
    assert "1 new message" in first
    assert NEW not in client.get(path).text
    assert unread(officer) == []
    assert NEW not in client_for(worker).get(path).text


def test_another_reader_of_the_same_side_still_finds_it_new(scene, client_for: Clients) -> None:
    referral, officer, worker = scene
    say(referral, officer, "1")
    colleague = make_user("agency_worker", worker.agency)
    path = f"/referrals/{referral.reference}"
    assert NEW in client_for(worker).get(path).text
    assert NEW in client_for(colleague).get(path).text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MessageMark)) == 2


def test_a_later_message_is_new_again_and_the_mark_goes_on(scene, client_for: Clients) -> None:
    referral, officer, worker = scene
    client = client_for(officer)
    path = f"/referrals/{referral.reference}"
    for number in range(3):
        say(referral, worker, str(number))
        assert client.get(path).text.count(NEW) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MessageMark)) == 1


def test_a_message_that_was_refused_leaves_the_marks_and_what_was_typed(scene, client_for: Clients) -> None:
    referral, officer, worker = scene
    say(referral, worker, "1")
    client = client_for(officer)
    page = client.post(f"/referrals/{referral.reference}/messages", data={"words": ""})
    assert page.status_code == 422
    assert NEW in page.text
    assert unread(officer) == []


def test_an_agency_has_unread_what_is_its_worker_s_or_nobody_s_yet(scene) -> None:
    referral, officer, worker = scene
    colleague = make_user("agency_worker", worker.agency)
    say(referral, officer, "1")
    assert unread(worker) == unread(colleague) == [referral.reference]
    referral.worker_id = worker.id
    db.session.flush()
    assert (unread(worker), unread(colleague)) == ([referral.reference], [])
    assert unread(colleague, worker) == [referral.reference]


def test_an_officer_has_unread_only_what_they_sent_or_cover_for(scene) -> None:
    referral, officer, worker = scene
    other = make_user("iom_officer")
    say(referral, worker, "1")
    assert unread(other) == []
    assert unread(other, officer) == [referral.reference]


def test_the_values_of_a_kept_statement_are_those_of_its_reader(scene) -> None:
    _referral, officer, worker = scene
    scope = Scope("iom", officer.id)
    assert unread_values(scope, [officer.id, worker.id]) == {
        "unread_users": [officer.id, worker.id],
        "unread_reader": officer.id,
    }
