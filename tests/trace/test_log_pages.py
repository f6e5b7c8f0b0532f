"""The access log as administrators read it: found by user, person, referral, action and day; nobody on IOM is named."""

from __future__ import annotations

import ast
import csv
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal import audit
from portal.accounts.models import User
from portal.appointments.models import ATTENDED
from portal.chasing.actions import EVENTS
from portal.db import Scope, db, enter_scope
from portal.referrals.states import EVENT_KINDS
from portal.trace import chain, log_queries, log_views
from portal.trace.log_words import ACTIONS
from tests.factories import make_person, make_sent, make_service, make_user
from tests.test_hostile_new_pages import WORST, encoded

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
AT = "/admin/access-log"
# Codes that are put together: what stands before the dot, and all that may follow.
PUT_TOGETHER = {
    "agency.": {"added", "changed", "closed", "reopened"},
    "area.": {"added", "changed", "closed", "reopened"},
    "agreement.": {"proposed", "signed", "refused", "taken_back", "ended"},
    "hub_session.": {"added", "changed", "ended"},
    "factor.": {
        "passkey_added", "passkey_removed", "app_added", "app_removed", "all_removed", "codes_made", "code_used",
        "wrong_codes",
    },
    "keeping.": {"keep", "erase", "stop"},
    "referral.": {
        *EVENT_KINDS.values(), *EVENTS.values(), "chase_answered", "appointment_offered", "appointment_moved",
        "appointment_cancelled", *(f"appointment_{state}" for state in ATTENDED), "assigned", "waiting_list", "updated",
        "discussed",
    },
}  # fmt: skip
# Handed on by a function that is given the code.
HANDED = {
    "turnaround.read", "turnaround.export", "meeting.read", "meeting.printed", "person.said_same", "people.searched",
    "access_log.read", "access_log.exported", "access_log.swept", "person.erased",
}  # fmt: skip


@pytest.fixture
def admin(client_for: Clients) -> FlaskClient:
    return client_for(make_user("administrator", name="«Gweinyddwr»", email="admin@test.example"))


def table(client: FlaskClient, query: str = "") -> list[list[str]]:
    page = client.get(f"{AT}{query}")
    assert page.status_code == 200
    rows = BeautifulSoup(page.text, "html.parser").select("tbody tr")
    for heading in (each for row in rows for each in row.select(".portal-table__heading")):
        heading.decompose()
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in rows]


def entries(action: str) -> list[sa.Row[tuple[object, ...]]]:
    query = sa.text(
        "SELECT user_id, subject, subject_ids, detail FROM audit_entry WHERE action = :action ORDER BY id"
    )
    return list(db.session.execute(query, {"action": action}))


def test_it_says_who_did_what_in_words_with_numbers_and_references_and_no_names(admin: FlaskClient) -> None:
    officer = make_user(name="«Swyddog»", organisation="«Heddlu»")
    referral = make_sent(make_service(), make_person(surname="«Cyfrinach»", forenames="«Siân»"), officer)
    audit.record("person.read", "person", [referral.person_id], by=officer.id)
    audit.record("people.listed", "person", range(1, 26), by=officer.id)
    audit.record("sign_in.failed")
    rows = table(admin)
    assert rows[0][1:] == ["Nobody signed in", "Failed to sign in", "–"]
    assert rows[1][1:] == [
        "«Swyddog» IOM officer, «Heddlu»",
        "Listed people",
        "People 1, 2, 3, 4, 5 and 20 more",
    ]
    assert rows[2][2:] == ["Opened a person’s record", f"Person {referral.person_id}"]
    assert ["Sent a referral", f"Referral {referral.reference}"] in [row[2:] for row in rows]
    assert "Cyfrinach" not in admin.get(AT).text


def test_a_look_at_it_is_in_it(admin: FlaskClient) -> None:
    admin.get(f"{AT}?person=12&action=person.read")
    assert table(admin)[0][1:] == ["«Gweinyddwr» Administrator", "Opened the access log", "Person 12"]
    seen = entries("access_log.read")[0]
    assert (seen.subject, seen.subject_ids, seen.detail["did"]) == ("person", [12], "person.read")


def test_it_is_searched_by_a_form_whose_answer_has_codes_alone_in_its_address(admin: FlaskClient) -> None:
    officer, other = make_user(email="swyddog@test.example"), make_user()
    referral = make_sent(make_service(), by=officer)
    for who in (officer, other):
        audit.record("referral.read", "referral", [referral.id, 900], by=who.id)
        audit.record("person.read", "person", [referral.id], by=who.id)
    form = {
        "email": "Swyddog@test.example",
        "about": f" {referral.reference.lower()} ",
        "action": "referral.read",
    }
    found = admin.post(AT, data=form)
    assert found.status_code == 302
    assert f"user={officer.id}&referral={referral.id}&action=referral.read" in found.location
    assert "@" not in found.location
    filled = BeautifulSoup(admin.get(found.location).text, "html.parser")
    assert filled.select_one("[name=email]")["value"] == "swyddog@test.example"  # type: ignore[index]
    assert filled.select_one("[name=about]")["value"] == referral.reference  # type: ignore[index]
    rows = table(admin, found.location.removeprefix(AT))
    assert [row[3] for row in rows] == [f"Referrals {referral.reference}, 900"]
    by_person = admin.post(AT, data={"about": str(referral.id)}).location
    assert {row[2] for row in table(admin, by_person.removeprefix(AT))} == {"Opened a person’s record"}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("email", "neb@test.example", "There is no user with this email address"),
        ("about", "AB2345CD", "There is no referral with this reference"),
        ("about", "X123456", "Enter a number such as 1234, or a reference such as AB2345CD"),
        ("about", "٣٤", "Enter a number such as 1234, or a reference such as AB2345CD"),
        ("from_on-year", "99", "The date must include a day and month"),
    ],
)
def test_what_cannot_be_found_is_said_beside_the_field(
    admin: FlaskClient, field: str, value: str, error: str
) -> None:
    page = admin.post(AT, data={field: value})
    assert page.status_code == 422
    assert error in page.text
    assert value in page.text


def test_the_file_asks_why_is_logged_and_has_no_formula(admin: FlaskClient) -> None:
    officer = make_user(name="=cmd()")
    referral = make_sent(make_service(), by=officer)
    chain.chain_entries()
    assert admin.post(f"{AT}/export", data={}).status_code == 422
    taken = admin.post(f"{AT}/export?user={officer.id}", data={"reason": "concern"})
    assert taken.mimetype == "text/csv"
    rows = list(csv.DictReader(StringIO(taken.text.removeprefix("\ufeff"))))
    assert {row["User"] for row in rows} == {"'=cmd()"}
    sent = next(row for row in rows if row["Action"] == "referral.sent")
    assert (sent["References"], sent["Numbers"]) == (referral.reference, str(referral.id))
    assert sent["Position in the chain"].isdigit()
    logged = entries("access_log.exported")[0].detail
    assert (logged["reason"], logged["of"], logged["entries"]) == ("concern", officer.id, len(rows))


def test_a_file_of_too_many_is_refused(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_views, "MOST_ROWS", 2)
    for _ in range(3):
        audit.record("needs.read")
    refused = admin.post(f"{AT}/export?action=needs.read", data={"reason": "audit"})
    assert refused.status_code == 422
    assert "There are more than 2 entries: choose fewer days" in refused.text
    assert not entries("access_log.exported")


def test_statements_do_not_depend_on_rows(admin: FlaskClient) -> None:
    def statements() -> int:
        count = 0

        def counted(*_arguments: object) -> None:
            nonlocal count
            count += 1

        sa.event.listen(sa.Engine, "before_cursor_execute", counted)
        admin.get(AT)
        sa.event.remove(sa.Engine, "before_cursor_execute", counted)
        return count

    audit.record("referral.read", "referral", [make_sent(make_service()).id])
    few = statements()
    for _ in range(20):
        audit.record("referral.read", "referral", [make_sent(make_service()).id], by=make_user().id)
    assert statements() == few


def test_nobody_else_reads_it_and_the_database_agrees(client_for: Clients) -> None:
    referral = make_sent(make_service())
    for role in ("iom_manager", "iom_officer", "agency_manager", "analyst"):
        user = make_user(role)
        client = client_for(user)
        assert client.get(AT).status_code == client.get(f"{AT}/export").status_code == 403
        enter_scope(Scope("iom", user.id, area_ids=(referral.area_id,)))
        for table in ("audit_entry", "audit_head", "audit_link", "references_of(ARRAY[:id]::bigint[])"):
            query = sa.text(f"SELECT count(*) FROM {table}")  # noqa: S608 - constants
            assert db.session.scalar(query, {"id": referral.id} if "(" in table else {}) == 0, table
        assert log_queries.referral_called(referral.reference) is None
        enter_scope(Scope("system", area_ids=None, service_ids=None))


@pytest.mark.parametrize("value", WORST)
def test_no_hostile_value_is_a_fault(admin: FlaskClient, value: str) -> None:
    names = ("user", "person", "referral", "action", "from", "to", "before", "lang")
    query = encoded([(name, value) for name in names]).decode()
    for page in (AT, f"{AT}/export"):
        assert admin.get(f"{page}?{query}").status_code == 200
    fields = (
        "email",
        "about",
        "action",
        "from_on-day",
        "from_on-month",
        "from_on-year",
        "to_on-year",
        "reason",
    )
    for page in (AT, f"{AT}/export"):
        body = encoded([(name, value) for name in fields])
        posted = admin.post(page, data=body, content_type="application/x-www-form-urlencoded")
        assert posted.status_code == 422


def list_actions() -> Iterator[tuple[str, str]]:
    """(code, where) of whatever is given to `record` as text; of one put together, what stands before the rest."""
    for file in sorted(Path(audit.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text())):
            name = getattr(call, "func", None)
            if not isinstance(call, ast.Call) or getattr(name, "attr", getattr(name, "id", "")) != "record":
                continue
            for given in call.args[:1]:
                if isinstance(given, ast.JoinedStr):
                    given = given.values[0]
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value, f"{file.name}:{call.lineno}"


def test_every_action_of_the_code_has_words() -> None:
    """A code without words here: write them in portal/trace/log_words.py, and their Welsh."""
    found = list(list_actions())
    assert len(found) > 80
    unknown = [
        (code, where)
        for code, where in found
        if code not in (PUT_TOGETHER if code.endswith(".") else ACTIONS)
    ]
    assert unknown == []
    together = {f"{start}{end}" for start, ends in PUT_TOGETHER.items() for end in ends}
    assert (together | HANDED) - ACTIONS.keys() == set()


def test_words_say_one_thing_each_in_both_languages(admin: FlaskClient) -> None:
    for language in ("en", "cy"):
        page = BeautifulSoup(admin.get(f"{AT}?lang={language}").text, "html.parser")
        words = [option.get_text() for option in page.select("select[name=action] option")]
        assert len(words) == len(set(words)) == len(ACTIONS) + 1
