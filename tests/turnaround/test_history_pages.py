"""The pages of imported history: a file sent, its report read, confirmed once, undone; and who may do so."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.agencies.models import Agency
from portal.db import db
from portal.turnaround.history_models import HistoryImport, HistoryReferral, HistoryUpload
from portal.turnaround.history_reading import COLUMNS
from tests.factories import GWENT, area, make_user
from tests.hostile import HOSTILE
from tests.referring.test_statements import count
from tests.turnaround.history_files import as_csv, as_workbook, row

pytestmark = pytest.mark.usefixtures("database")

Clients = Callable[[User], FlaskClient]
HOME = "/turnaround/history"


@pytest.fixture
def manager(database: None) -> User:
    return make_user("iom_manager")


@pytest.fixture
def client(client_for: Clients, manager: User) -> FlaskClient:
    return client_for(manager)


def send(client: FlaskClient, content: bytes, name: str = "past.csv", **more: Any) -> TestResponse:
    return client.post(HOME, data={"file": (io.BytesIO(content), name), **more})


def report_of(client: FlaskClient, *rows: dict[str, Any]) -> str:
    """The address of the report on a file of these rows."""
    answer = send(client, as_csv(*rows))
    assert answer.status_code == 302, answer.text
    return answer.location


def words(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.status
    return " ".join(BeautifulSoup(answer.text, "html.parser").main.get_text(" ").split())  # type: ignore[union-attr]


def held() -> list[str]:
    db.session.expire_all()
    return sorted(db.session.scalars(sa.select(HistoryReferral.reference)))


def test_nothing_is_written_before_it_is_confirmed_and_it_goes_in_once(client: FlaskClient) -> None:
    report = report_of(client, row(), row(reference="2", need="x"), row(reference="3", cohort="fixed"))
    said = words(client.get(report))
    assert "past.csv" in said
    assert "Nothing has been imported yet." in said
    assert "New 2 Changed since they were last imported 0 Imported before and unchanged 0 Refused 1" in said
    assert "Agencies that will be added" in said
    assert "Line 3 Column need What was found “x” is not one of: housing" in said
    assert "Import 2 past referrals" in said
    assert held() == []
    assert db.session.scalar(sa.select(Agency).where(Agency.name == "Nacro")) is None
    done = client.post(report)
    assert held() == ["1", "3"]
    assert client.post(report).location == done.location
    assert held() == ["1", "3"]
    said = words(client.get(done.location))
    assert "The past referrals are imported." in said
    assert "New 2 Changed since they were last imported 0 Imported before and unchanged 0 Refused 1" in said
    assert client.get(report).status_code == 404
    assert db.session.scalars(sa.select(HistoryUpload)).all() == []


def test_the_done_page_leads_to_the_figures_of_those_days(client: FlaskClient) -> None:
    done = client.post(report_of(client, row(), row(reference="2", sent_on="2023-12-31"))).location
    page = BeautifulSoup(client.get(done).text, "html.parser")
    link = next(a["href"] for a in page.select("main a") if "figures" in a.text)
    answer = client.get(str(link))
    assert "sent from 31 December 2023 to 4 March 2024" in words(answer)


def test_a_workbook_can_be_sent_too(client: FlaskClient) -> None:
    answer = send(client, as_workbook(row()), "past.xlsx")
    assert "Import 1 past referral" in words(client.get(answer.location))


def test_a_file_that_changes_nothing_offers_nothing_to_import(client: FlaskClient) -> None:
    client.post(report_of(client, row()))
    again = report_of(client, row())
    said = words(client.get(again))
    assert "There is nothing to import in this file." in said
    assert "Imported before and unchanged 1" in said
    assert client.post(again).location == HOME
    assert len(db.session.scalars(sa.select(HistoryImport)).all()) == 1


def test_rows_of_areas_that_the_manager_does_not_work_for_stay_out(client: FlaskClient) -> None:
    report = report_of(client, row(), row(reference="2", area="Newport"))
    assert "Newport is not an area that you work for" in words(client.get(report))
    client.post(report)
    assert held() == ["1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Select a file"),
        (b"\xff\xfe", "The file must be a CSV file in UTF-8"),
        (b"PK\x03\x04", "The workbook cannot be opened"),
        (b"reference\n", "these are missing: agency, need, area, sent_on"),
        (b"\x00" * 50, "these are missing"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_beside_its_box(
    client: FlaskClient, content: bytes, said: str
) -> None:
    answer = send(client, content, "past.csv" if content else "")
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert said in page.select_one("#file-error").text  # type: ignore[union-attr]
    assert page.select_one(".govuk-error-summary a")["href"] == "#file"  # type: ignore[index]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_text_in_place_of_a_file_are_no_fault(client: FlaskClient, text: str) -> None:
    encodable = text.encode(errors="replace").decode()
    assert client.post(HOME, data={"file": encodable}).status_code == 422
    answer = send(client, as_csv(row()), f"../../{encodable}.csv")
    assert answer.status_code == 302
    assert words(client.get(answer.location))
    assert "/" not in db.session.scalars(sa.select(HistoryUpload.file_name)).one()


def test_a_body_may_be_larger_here_than_elsewhere_and_no_larger_than_a_file(client: FlaskClient) -> None:
    three = as_csv(row()).ljust(3 * 1024 * 1024, b"\n")
    assert send(client, three).status_code == 302
    assert send(client, b"x" * (11 * 1024 * 1024)).status_code == 413


def test_the_larger_body_is_allowed_before_the_forms_token_is_looked_for(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.application.config, "WTF_CSRF_ENABLED", True)
    assert send(client, as_csv(row()).ljust(3 * 1024 * 1024, b"\n")).status_code == 400
    assert client.post("/services/new", data={"x": "x" * (3 * 1024 * 1024)}).status_code == 413


def test_an_upload_of_somebody_else_is_not_there(client: FlaskClient, client_for: Clients) -> None:
    report = report_of(client, row())
    other = client_for(make_user("iom_manager"))
    for answer in (other.get(report), other.get(f"{report}/findings.csv"), other.post(report)):
        assert answer.status_code == 404
    assert held() == []
    assert client.get(f"{HOME}/files/{'x' * 400}").status_code == 404


@pytest.mark.parametrize(
    "role", ["iom_officer", "agency_worker", "agency_manager", "analyst", "administrator"]
)
def test_only_managers_of_iom_import(client: FlaskClient, client_for: Clients, role: str) -> None:
    report = report_of(client, row())
    done = client.post(report).location
    other = client_for(make_user(role))
    for path in (HOME, f"{HOME}/template.csv", report, f"{report}/findings.csv", done):
        assert other.get(path).status_code == 403, path
    for path in (HOME, report, f"{done}/undo"):
        assert other.post(path).status_code == 403, path


def test_a_manager_of_another_area_does_not_see_the_import(client: FlaskClient, client_for: Clients) -> None:
    done = client.post(report_of(client, row())).location
    elsewhere = client_for(make_user("iom_manager", areas=[area(GWENT)]))
    assert elsewhere.get(done).status_code == 404
    assert elsewhere.post(f"{done}/undo").status_code == 404
    assert "past.csv" not in words(elsewhere.get(HOME))
    assert held() == ["1"]
    assert client.get(f"{HOME}/imports/0").status_code == 404
    assert client.get(f"{HOME}/imports/{'9' * 30}").status_code == 404


def test_an_import_is_listed_and_undone_once(client: FlaskClient, manager: User) -> None:
    done = client.post(report_of(client, row(), row(reference="2"))).location
    listed = words(client.get(HOME))
    assert "past.csv" in listed
    assert manager.name in listed
    assert "This removes 2 past referrals" in words(client.get(done))
    assert client.post(f"{done}/undo").location == done
    assert held() == []
    said = words(client.get(done))
    assert "2 past referrals are removed." in said
    assert "Undone on" in said
    assert "Undo this import" not in said
    client.post(f"{done}/undo")
    assert "Undone" in words(client.get(HOME))


def test_an_import_that_reaches_beyond_the_managers_areas_is_not_theirs_to_undo(
    client: FlaskClient, client_for: Clients
) -> None:
    both = client_for(make_user("iom_manager", areas=[area(), area(GWENT)]))
    done = both.post(report_of(both, row(), row(reference="2", area="Newport"))).location
    assert "Undo this import" not in words(client.get(done))
    client.post(f"{done}/undo")
    assert held() == ["1", "2"]
    both.post(f"{done}/undo")
    assert held() == []


def test_everything_that_was_found_can_be_downloaded_and_no_cell_is_a_formula(client: FlaskClient) -> None:
    rows = [row(reference=str(number), area="=1+1") for number in range(150)]
    report = report_of(client, *rows)
    said = words(client.get(report))
    assert "The first 100 of 150 are shown" in said
    answer = client.get(f"{report}/findings.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=quality-report.csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    found = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert found[0] == ["Line", "Column", "What was found", "What becomes of the row"]
    assert len(found) == 151
    assert found[1][:2] == ["2", "area"]
    assert found[1][3] == "Refused"
    scoped = report_of(client, row(area="Newport"))
    assert b"Newport is not an area" in client.get(f"{scoped}/findings.csv").data


def test_the_empty_file_has_the_columns_and_is_itself_a_file_that_can_be_sent(client: FlaskClient) -> None:
    content = client.get(f"{HOME}/template.csv").data
    assert content.decode("utf-8-sig").strip().split(",") == list(COLUMNS)
    assert "There is nothing to import" in words(client.get(send(client, content).location))


def test_the_page_is_in_welsh_too(client: FlaskClient) -> None:
    report = report_of(client, row(need="x"))
    said = words(client.get(f"{report}?lang=cy"))
    assert "Gwiriwch atgyfeiriadau’r gorffennol" in said
    assert "Nid yw “x” yn un o’r rhain: housing" in said
    assert "Gwrthodir" in said
    answer = client.get(f"{report}/findings.csv?lang=cy")
    assert "adroddiad-ansawdd.csv" in answer.headers["Content-Disposition"]


def test_the_way_there_is_at_the_foot_of_the_summary_for_managers(
    client: FlaskClient, client_for: Clients
) -> None:
    assert f'href="{HOME}"' in client.get("/turnaround").text
    assert f'href="{HOME}"' not in client_for(make_user()).get("/turnaround").text


def test_every_reading_and_writing_leaves_a_trace(client: FlaskClient, manager: User) -> None:
    client.get(HOME)
    report = report_of(client, row())
    client.get(report)
    done = client.post(report).location
    client.get(done)
    client.post(f"{done}/undo")
    actions = db.session.scalars(
        sa.text("SELECT action FROM audit_entry WHERE user_id = :u ORDER BY id"), {"u": manager.id}
    ).all()
    assert actions == [
        *("history.read", "history.uploaded", "history.checked", "history.imported", "history.read"),
        "history.undone",
    ]


def test_the_number_of_statements_does_not_depend_on_the_rows(client: FlaskClient) -> None:
    few = count(client, report_of(client, row()))
    many = report_of(client, *[row(reference=str(number), agency=f"Past {number}") for number in range(60)])
    assert count(client, many) == few
    client.post(many)
    listed = count(client, HOME)
    for number in range(3):
        client.post(report_of(client, row(reference=f"x{number}")))
    assert count(client, HOME) == listed
