"""Lists in clock order: paging that misses nothing, counts that agree, the same number of statements for any length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.agencies.calendar import working_days
from portal.clocks.clock import london_date
from portal.db import SYSTEM, Prepared, db, enter_scope, run
from portal.referrals import actions, lists
from tests.factories import make_agency, make_person, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that reach the database meanwhile; savepoints and scopes, which the test enters too, left out."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if "SAVEPOINT" not in statement and "set_config" not in statement:
            seen.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)


def references(page: str) -> list[str]:
    return re.findall(r'href="/referrals/([A-Z]{2}[2-9]{4}[A-Z]{2})"', page)


def test_pages_follow_each_other_and_miss_nothing_even_where_many_were_sent_at_once(
    client_for: Clients,
) -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    sent = [make_sent(service, at=AT + timedelta(minutes=n // 10)).reference for n in range(57)]
    client = client_for(worker)
    found, path = [], "/referrals"
    while path:
        page = client.get(path).text
        found += references(page)
        following = re.search(r'href="([^"]*after=[^"]*)" rel="next"', page)
        path = following.group(1).replace("&amp;", "&") if following else ""
    assert found == sent


def test_counts_on_the_tabs_agree_with_the_lists_they_open(client_for: Clients) -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    for n in range(6):
        referral = make_sent(service, at=AT + timedelta(hours=n))
        if n % 2:
            actions.acknowledge(referral, worker, AT + timedelta(days=1))
        if n == 5:
            actions.accept(referral, worker, AT + timedelta(days=1), priority=True)
    client = client_for(worker)
    page = client.get("/referrals").text
    for tab, href in (("new", 3), ("to_decide", 5), ("accepted", 1)):
        assert re.search(
            rf'href="/referrals\?tab={tab}">[^<]*<span class="portal-count">{href}</span>',
            page.replace("\n", ""),
        )
        assert len(references(client.get(f"/referrals?tab={tab}").text)) == href
    assert len(references(client.get("/referrals?tab=accepted&mine=1").text)) == 1
    assert references(client.get("/referrals?tab=new&mine=1").text) == []


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(client_for: Clients) -> None:
    agency = make_agency()
    service = make_service(agency)
    client = client_for(make_user("agency_worker", agency))
    make_sent(service, at=AT)
    client.get("/referrals")
    counts = []
    for more in (1, 30):
        for _ in range(more):
            make_sent(service, at=AT)
        with statements() as seen:
            assert client.get("/referrals").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8, seen


def test_the_statements_of_a_referrals_page_do_not_depend_on_its_history(client_for: Clients) -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    referral = make_sent(service, at=AT)
    client = client_for(worker)
    counts = []
    for more in range(2):
        for n in range(more * 20):
            writer = worker if n % 2 else referral.referrer
            actions.write_message(referral, writer, AT + timedelta(days=1), "words", f"{more}-{n}")
        with statements() as seen:
            assert client.get(f"/referrals/{referral.reference}").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 10, seen


@pytest.mark.parametrize(
    "query",
    [
        "after=1",
        "after=x.y",
        "after=99999999999999999.1",
        "after=٣.٤",
        "tab=no",
        "need=%00",
        "service=-1",
        "service=9999999999",
    ],
)
def test_an_address_that_nobody_could_have_been_given_is_read_as_far_as_it_goes(
    client_for: Clients, query: str
) -> None:
    client = client_for(make_user("agency_worker"))
    assert client.get(f"/referrals?{query}").status_code == 200


def test_what_people_typed_stays_text_in_a_list(client_for: Clients) -> None:
    hostile = "<script>alert(1)</script>"
    agency = make_agency()
    service = make_service(agency, name=hostile)
    officer = make_user(name=hostile)
    person = make_person(surname=hostile, forenames="<b>")
    referral = make_sent(service, person, officer, at=AT)
    worker = make_user("agency_worker", agency, name=hostile)
    actions.accept(referral, worker, AT, priority=True)
    for reader, times in ((worker, 2), (officer, 3)):
        page = client_for(reader).get("/referrals?tab=open").text
        assert "<script>alert" not in page
        assert "<b>" not in page
        assert page.count("&lt;script&gt;") >= times


def test_a_list_is_narrowed_to_one_worker_one_service_or_what_nobody_has(client_for: Clients) -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    mine, nobodys = make_sent(service, at=AT), make_sent(make_service(service.agency), at=AT)
    mine.worker_id = worker.id
    client = client_for(worker)
    fields = client.get("/referrals/filter?tab=open").text
    assert f'<option value="{worker.id}">{worker.name}</option>' in fields
    for query, found in (
        (f"worker={worker.id}", [mine]),
        ("worker=0", [nobodys]),
        (f"service={nobodys.service_id}", [nobodys]),
        (f"area={mine.area_id}", [mine, nobodys]),
        ("area=1", []),
    ):
        page = client.get(f"/referrals?tab=open&{query}").text
        assert references(page) == [referral.reference for referral in found], query


def test_what_is_past_its_promise_and_what_is_on_its_last_day_have_their_tabs(client_for: Clients) -> None:
    service = make_service()
    today, calendar = london_date(datetime.now(UTC)), working_days()
    late, due, early, none = (make_sent(service, at=AT) for _ in range(4))
    late.late_from, due.late_from = today, calendar.add(today, 1)
    early.late_from = calendar.add(today, 2)
    client = client_for(make_user("agency_worker", service.agency))
    works_today = calendar.add(today, 0) == today
    assert references(client.get("/referrals?tab=late").text) == [late.reference]
    assert references(client.get("/referrals?tab=due").text) == [due.reference] * works_today
    assert none.reference in references(client.get("/referrals?tab=to_decide").text)


@pytest.mark.parametrize(("role", "side"), [("agency_worker", "agency"), ("iom_officer", "area")])
def test_the_indexes_hold_whatever_a_count_and_its_policies_read(
    committed_app: Flask, role: str, side: str
) -> None:
    """Left with one side's indexes, PostgreSQL need not open a page of the table: no column is missing in them."""
    with committed_app.app_context():
        enter_scope(SYSTEM)
        make_sent()
        user = make_user(role)
        db.session.commit()
        address = committed_app.config["SETTINGS"].database_owner_url
        with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as owner:
            other = "area" if side == "agency" else "agency"
            owner.execute(f"DROP INDEX ix_referral_{other}_status, ix_referral_{other}_late")
            owner.execute("VACUUM ANALYZE referral")
        scope, narrowed = scope_of(user.id), lists.ListFilter("open")
        enter_scope(scope)
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        db.session.execute(sa.text("SET LOCAL enable_bitmapscan = off"))
        counts = Prepared(lists._counts(narrowed, scope))
        values = lists._scope_values(scope) | lists._narrowing_values(narrowed, scope, [user.id])
        plan = "\n".join(line for (line,) in run(f"EXPLAIN {counts.sql}", counts.constants | values))
    reads = re.findall(r"(\w[\w ]*) using (\w+) on referral|(\w+) Scan on referral", plan)
    assert {how for how, _index, _other in reads} == {"Index Only Scan"}, plan
    assert any(index.startswith(f"ix_referral_{side}") for _how, index, _other in reads), plan
