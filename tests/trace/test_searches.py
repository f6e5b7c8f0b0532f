"""Words that were searched for: kept apart, proven by the log, and gone when their time or their person is over."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import User
from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.keeping import actions as keeping
from portal.keeping.erasing import erase
from portal.people.models import Person
from portal.trace import chain
from tests.conftest import sign_in_client
from tests.factories import make_person, make_user
from tests.trace.chaining import count, fault
from tests.trace.tampering import run, triggers

TODAY = datetime.now(UTC).date()


@pytest.fixture
def system(committed_app: Flask) -> Iterator[Flask]:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield committed_app


@pytest.fixture
def officer(system: Flask) -> User:
    return make_user()


@pytest.fixture
def client(system: Flask, officer: User) -> FlaskClient:
    return sign_in_client(system, officer)


def kept() -> list[Any]:
    """As the owner: the portal's own role does not read them."""
    with as_owner():
        rows = db.session.execute(
            sa.text(
                "SELECT t.words, t.salt, e.detail FROM search_term t JOIN audit_entry e ON e.id = t.entry_id ORDER BY e.id"
            )
        ).all()
    enter_scope(SYSTEM)
    return list(rows)


def search(client: FlaskClient, *words: str) -> None:
    for each in words:
        assert client.post("/people", data={"terms": each}).status_code == 200


def erase_now(person: Person, by: User) -> None:
    keeping.erase(person, TODAY, reason="order", words="", by_id=by.id, token="now")
    db.session.commit()
    assert erase(person.id, TODAY)


def test_the_log_holds_a_keyed_hash_and_the_words_stand_apart(client: FlaskClient) -> None:
    search(client, "Cyfrinach Siân", "Cyfrinach Siân")
    one, other = kept()
    assert one.words == "Cyfrinach Siân"
    assert one.detail["typed"] == hmac.digest(bytes(one.salt), one.words.encode(), hashlib.sha256).hex()
    assert one.detail["typed"] != other.detail["typed"]
    assert one.detail["kinds"] == ["name"]
    logged = db.session.scalars(sa.text("SELECT e::text FROM audit_entry e")).all()
    assert "yfrinach" not in str(logged)


def test_the_portals_role_writes_them_and_reads_none(client: FlaskClient) -> None:
    search(client, "Cyfrinach")
    for query in (
        "SELECT * FROM search_term",
        "DELETE FROM search_term",
        "UPDATE search_term SET words = ''",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            db.session.execute(sa.text(query))
        db.session.rollback()


def test_they_go_after_their_period_and_the_log_stays_whole(client: FlaskClient) -> None:
    search(client, "Cyfrinach")
    now = datetime.now(UTC)
    assert chain.sweep_log(now + timedelta(days=89))["searches"] == 0
    assert chain.sweep_log(now + timedelta(days=91))["searches"] == 1
    chain.chain_entries()
    assert count("audit_entry") == 1
    assert fault() is None


def test_they_go_with_the_person_whom_they_name_or_found(client: FlaskClient, officer: User) -> None:
    person = make_person(None, surname="Cyfrinach-Jones", forenames="Siân Mair", crn="X123456")
    make_person(None, surname="Jones", forenames="Gwen")
    db.session.commit()
    search(
        client,
        "Cyfrinach",
        "x 123456",
        "X123456",
        "jones sian",
        "JONES",
        "gwen jones",
        "Siân",
        "Sain Cyfrinax",
    )
    chain.sign_when_due()
    erase_now(person, officer)
    # "JONES" and "Siân" found the person; "Sain Cyfrinax" found somebody who sounds alike, or nobody.
    left = [row.words for row in kept()]
    assert "gwen jones" in left
    assert not {"Cyfrinach", "x 123456", "X123456", "jones sian", "JONES", "Siân"} & set(left)
    assert fault() is None


def test_a_name_that_found_nobody_goes_too(client: FlaskClient, officer: User) -> None:
    """Searched for by somebody who may not see them."""
    person = make_person(None, surname="Ŵyn", forenames="Tâl", crn="X654321", restricted=True)
    db.session.commit()
    search(client, "tal wyn", "x 654321", "wyn")
    erase_now(person, officer)
    assert [row.words for row in kept()] == ["wyn"]


def test_words_altered_afterwards_are_found(client: FlaskClient) -> None:
    search(client, "Cyfrinach")
    chain.chain_entries()
    with as_owner():
        run("UPDATE search_term SET words = 'Arall'")
        triggers(on=True)
        db.session.commit()
    assert "What was searched for in entry" in (fault() or "")
