"""The access log's days and pages, of entries from the past: only the owner of the table can write such."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.trace import log_queries
from tests.conftest import sign_in_client
from tests.factories import make_user

AT = "/admin/access-log?action=needs.read"
WRITE = sa.text(
    "INSERT INTO audit_entry (at, action, subject, subject_ids) VALUES (:at, 'needs.read', 'person', ARRAY[:id])"
)


@pytest.fixture
def admin(committed_app: Flask) -> Iterator[FlaskClient]:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield sign_in_client(committed_app, make_user("administrator"))


def write(*moments: datetime) -> None:
    with as_owner():
        for number, at in enumerate(moments):
            db.session.execute(WRITE, {"at": at, "id": number})
        db.session.commit()


def numbers(page: BeautifulSoup) -> list[int]:
    return [int(row.select("td")[-1].get_text().split()[-1]) for row in page.select("tbody tr")]


def ask(client: FlaskClient, path: str) -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html.parser")


def test_days_are_whole_ones_and_thirty_where_none_is_asked_for(admin: FlaskClient) -> None:
    now = datetime.now(UTC)
    write(*(now - timedelta(days=days) for days in (1, 29, 40)))
    day = (now - timedelta(days=40)).date()
    assert numbers(ask(admin, AT)) == [0, 1]
    assert numbers(ask(admin, f"{AT}&from={day}&to={day}")) == [2]
    assert numbers(ask(admin, f"{AT}&from={day}")) == [0, 1, 2]
    assert numbers(ask(admin, f"{AT}&from={day + timedelta(days=1)}")) == [0, 1]


def test_what_an_address_cannot_mean_is_left_out(admin: FlaskClient) -> None:
    write(datetime.now(UTC))
    assert numbers(
        ask(admin, f"{AT}&from=2026-13-45&to=0001-01-01&user=x&person=٣&referral=0&before=-1")
    ) == [0]
    assert numbers(ask(admin, f"{AT}&to=9998-12-31&before={'9' * 18}")) == []


def test_pages_follow_on_each_other_without_gap_or_repetition(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three entries of each moment, four on a page."""
    monkeypatch.setattr(log_queries.list_entries, "__defaults__", (4,))
    now = datetime.now(UTC)
    write(*(now - timedelta(seconds=number // 3) for number in range(10)))
    seen, path = [], AT
    while path:
        page = ask(admin, path)
        assert "10 entries" in page.get_text()
        seen += numbers(page)
        following = page.select_one("a[rel=next]")
        path = str(following["href"]) if following else ""
    assert seen == [2, 1, 0, 5, 4, 3, 8, 7, 6, 9]
