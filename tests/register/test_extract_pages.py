"""The pages of extracts: a file sent, looked at, confirmed once, loaded by the worker; and who sees what of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.db import db
from portal.people.models import Person
from portal.register.extract_models import ExtractImport, ExtractRow
from portal.register.extract_work import load_waiting, sweep_extracts
from portal.register.models import SourceRecord
from portal.sheets.writing import FORMULA
from tests.factories import GWENT, area, make_user
from tests.hostile import HOSTILE
from tests.referring.test_statements import count
from tests.register.extract_files import as_csv, as_workbook, row, sheet_of
from tests.register.test_import_people import DATA

pytestmark = pytest.mark.usefixtures("database")

Clients = Callable[[User], FlaskClient]
HOME = "/register/extracts"
BAD = row(crn="X000003", area="South Wales Police", date_of_birth="31/02/1990")


@pytest.fixture
def manager(database: None) -> User:
    return make_user("iom_manager")


@pytest.fixture
def client(client_for: Clients, manager: User) -> FlaskClient:
    return client_for(manager)


def send(client: FlaskClient, content: bytes, name: str = "delius.csv", **more: Any) -> TestResponse:
    return client.post(HOME, data={"source": "delius", "file": (io.BytesIO(content), name), **more})


def page_of(client: FlaskClient, *rows: dict[str, Any], **more: Any) -> str:
    """The address of a file of these rows."""
    answer = send(client, as_csv(*rows), **more)
    assert answer.status_code == 302, answer.text
    return answer.location


def words(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.status
    return " ".join(BeautifulSoup(answer.text, "html.parser").main.get_text(" ").split())  # type: ignore[union-attr]


def refs() -> list[str]:
    db.session.expire_all()
    return sorted(db.session.scalars(sa.select(SourceRecord.ref)))


def rows_kept() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(ExtractRow)) or 0


def state(page: str) -> str:
    db.session.expire_all()
    return db.session.get_one(ExtractImport, int(page.rpartition("/")[2])).state


def test_a_file_is_shown_confirmed_and_loaded_by_the_worker(client: FlaskClient, manager: User) -> None:
    page = page_of(
        client, row(date_of_birth="27/03/1990", cohort="flex"), row(crn="X000002", pnc_id="03/1B"), BAD
    )
    said = words(client.get(page))
    assert "Nothing has been imported yet." in said
    assert "Good: they can be imported 2 Said twice in the file 0 Refused 1" in said
    assert "Siân Enghraifft" in said
    assert "27 Mar 1990" in said
    assert "Line 4 Column date_of_birth What was found “31/02/1990” is not a date" in said
    assert "Line 3 Column pnc_id" in said
    assert "Import 2 people" in said
    assert refs() == []
    assert client.post(page).location == page
    waiting = client.get(page)
    assert "0 of 2 rows" in words(waiting)
    assert int(waiting.headers["Refresh"]) > 0
    assert load_waiting() == 1
    assert load_waiting() == 0
    assert refs() == ["X000002", "X123456"]
    done = client.get(page)
    assert "Refresh" not in done.headers
    assert "People added to the register 2" in words(done)
    assert "Rows refused 1" in words(done)
    kept = db.session.scalars(sa.select(ExtractRow)).one()
    assert (kept.line, kept.stated) == (4, None)


def test_sent_twice_it_is_the_same_import(client: FlaskClient) -> None:
    page = page_of(client, row())
    for _again in range(2):
        assert client.post(page).location == page
    load_waiting()
    assert client.post(page).location == page
    assert state(page) == "done"
    assert load_waiting() == 0
    assert len(db.session.scalars(sa.select(ExtractImport)).all()) == 1


def test_the_same_file_again_adds_nothing(client: FlaskClient) -> None:
    for _again in range(2):
        page = page_of(client, row(), row(crn="X000002"))
        client.post(page)
        load_waiting()
    said = words(client.get(page))
    assert "People added to the register 0" in said
    assert "People whose record was the same already 2" in said
    assert len(refs()) == 2


def test_refused_rows_are_mended_and_sent_again(client: FlaskClient) -> None:
    page = page_of(client, row(), BAD | {"surname": "=1+1"})
    client.post(page)
    load_waiting()
    file = client.get(f"{page}/refused.csv")
    assert file.mimetype == "text/csv"
    lines = file.text.splitlines()
    assert lines[0].endswith(",reason")
    assert "'=1+1" in lines[1]
    assert "date_of_birth: “31/02/1990” is not a date" in lines[1]
    mended = file.text.replace("'=1+1", "Arall").replace("31/02/1990", "28/02/1990", 1)
    again = send(client, mended.encode()).location
    assert "Good: they can be imported 1 Said twice in the file 0 Refused 0" in words(client.get(again))
    client.post(again)
    load_waiting()
    assert refs() == ["X000003", "X123456"]


def test_refused_rows_have_the_headings_of_their_file_and_no_live_formula(client: FlaskClient) -> None:
    content = "CRN,Last name,First names,Police force,PNC\n" + "".join(
        f'X{number:06},"{cell}",Siân,Kent,\n'
        for number, cell in enumerate(("=cmd", "+1", "-1", "@x", "＝1", '""=1'))
    )
    page = send(client, content.encode()).location
    lines = list(csv.reader(io.StringIO(client.get(f"{page}/refused.csv").text.removeprefix("\ufeff"))))
    assert lines[0] == ["CRN", "Last name", "First names", "Police force", "PNC", "reason"]
    assert len(lines) == 7
    assert not [cell for line in lines[1:] for cell in line if cell.startswith(FORMULA)]


def test_other_managers_and_other_roles_see_nothing_of_a_file(
    client: FlaskClient, client_for: Clients
) -> None:
    page = page_of(client, row(), BAD)
    other = client_for(make_user("iom_manager"))
    for path in (page, f"{page}/refused.csv", f"{HOME}/2147483647"):
        assert other.get(path).status_code == 404
    assert other.post(page).status_code == 404
    assert state(page) == "checked"
    assert "delius.csv" not in words(other.get(HOME))
    for role in ("iom_officer", "analyst", "agency_manager", "administrator"):
        assert client_for(make_user(role)).get(page).status_code == 403


def test_a_colleague_of_the_same_area_sees_that_it_was_imported_and_no_more(
    client: FlaskClient, client_for: Clients, manager: User
) -> None:
    page = page_of(client, row(), name="of-ours.csv")
    client.post(page)
    load_waiting()
    colleague, stranger = (
        client_for(make_user("iom_manager", areas=[area(code)])) for code in ("W15000003", GWENT)
    )
    listed = colleague.get(HOME)
    assert "of-ours.csv" in words(listed)
    assert manager.name in words(listed)
    assert page not in listed.text
    assert colleague.get(page).status_code == 404
    assert "of-ours.csv" not in words(stranger.get(HOME))


def test_rows_of_areas_that_the_manager_does_not_work_for_stay_out(client: FlaskClient) -> None:
    page = page_of(client, row(), row(crn="X000002", area="Gwent"))
    assert "Gwent is not an area that you work for" in words(client.get(page))
    client.post(page)
    load_waiting()
    assert refs() == ["X123456"]


def test_a_manager_who_has_left_the_area_cannot_confirm(client: FlaskClient, manager: User) -> None:
    page = page_of(client, row())
    manager.areas = [area(GWENT)]
    db.session.commit()
    assert client.post(page).status_code == 404
    assert state(page) == "checked"


def test_a_file_of_which_nothing_can_be_imported_offers_nothing(client: FlaskClient) -> None:
    page = page_of(client, BAD)
    assert "There is nobody to import in this file." in words(client.get(page))
    client.post(page)
    assert (state(page), load_waiting()) == ("checked", 0)


def test_a_workbook_and_a_map_of_columns_can_be_sent(client: FlaskClient) -> None:
    assert "Import 1 person" in words(client.get(send(client, as_workbook(row()), "delius.xlsx").location))
    content = b"Case ref,Family name,Given,Division\nX123456,A,B,D2\n"
    mapped = (DATA / "columns.toml").read_bytes().replace(b"Gwent", b"South Wales").replace(b"D1", b"D2")
    page = send(client, content, columns=(io.BytesIO(mapped), "columns.toml")).location
    said = words(client.get(page))
    assert "Import 1 person" in said
    assert "crn called Case ref in your file" in said


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"source": []}, "Select where the file is from"),
        ({"source": "other"}, "Select an answer from the list"),
        ({"file": (io.BytesIO(b""), "")}, "Select a file"),
        ({"file": (io.BytesIO(b""), "x.csv")}, "The file is empty"),
        ({"file": (io.BytesIO(b"a,b\n"), "x.csv")}, "these are missing: crn, surname, forenames, area"),
        ({"columns": (io.BytesIO(b"[x"), "x.toml")}, "The file of columns cannot be read"),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_its_field(client: FlaskClient, sent: Any, said: str) -> None:
    answer = client.post(HOME, data={"source": "delius", "file": (io.BytesIO(as_csv(row())), "x.csv")} | sent)
    assert answer.status_code == 422
    error = BeautifulSoup(answer.text, "html.parser").select_one(".govuk-error-message")
    assert error is not None
    assert said in error.text


def test_a_second_file_of_a_source_takes_the_place_of_one_that_was_not_confirmed(client: FlaskClient) -> None:
    first, second = page_of(client, row()), page_of(client, row())
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert rows_kept() == 1


def test_rows_go_after_a_week_and_what_was_imported_stays_in_the_list(client: FlaskClient) -> None:
    done = page_of(client, row(), BAD)
    client.post(done)
    load_waiting()
    unconfirmed = page_of(client, row(), BAD)
    now = datetime.now(UTC)
    sweep_extracts(now + timedelta(days=6))
    assert rows_kept() == 3
    sweep_extracts(now + timedelta(days=7, minutes=1))
    assert rows_kept() == 0
    assert client.get(unconfirmed).status_code == 404
    assert "They were deleted a week after the file was sent." in words(client.get(done))
    assert "delius.csv" in words(client.get(HOME))


def test_a_load_that_fails_takes_nothing_in_and_can_be_tried_again(client: FlaskClient) -> None:
    page = page_of(client, row(), row(crn="X000002"))
    kept = db.session.scalars(sa.select(ExtractRow).order_by(ExtractRow.line)).all()[1]
    good = kept.stated
    kept.stated = {**(good or {}), "area_id": 2147483647}
    db.session.commit()
    client.post(page)
    assert load_waiting() == 1
    assert (state(page), refs()) == ("failed", [])
    said = words(client.get(page))
    assert "Something went wrong, and nothing was imported." in said
    db.session.execute(sa.update(ExtractRow).where(ExtractRow.line == 3).values(stated=good))
    client.post(page)
    load_waiting()
    assert (state(page), len(refs())) == ("done", 2)


def test_hostile_cells_and_names_are_shown_as_text(client: FlaskClient) -> None:
    hostile = [text for text in HOSTILE if isinstance(text, str)]
    rows = [row(crn=f"X{number:06}", surname=text, area=text) for number, text in enumerate(hostile)]
    page = send(client, as_csv(*rows), "<script>=1.csv").location
    for path in (page, f"{page}/refused.csv", HOME):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text or path.endswith(".csv")
    client.post(page)
    assert load_waiting() in (0, 1)


def test_a_file_too_large_is_refused(client: FlaskClient) -> None:
    assert send(client, b"x" * (10 * 1024 * 1024 + 1)).status_code == 422
    assert send(client, b"x" * (11 * 1024 * 1024)).status_code == 413


def test_the_templates_can_be_downloaded_and_sent_back(client: FlaskClient) -> None:
    for source in ("delius", "niche"):
        file = client.get(f"{HOME}/template-{source}.csv")
        assert file.headers["Content-Disposition"] == f"attachment; filename={source}.csv"
        assert sheet_of(file.data, source).ignored == []
    assert client.get(f"{HOME}/template-other.csv").status_code == 404


def test_the_first_page_of_the_register_leads_here_for_managers(
    client: FlaskClient, client_for: Clients
) -> None:
    assert HOME in client.get("/register").text
    assert HOME not in client_for(make_user("iom_officer")).get("/register").text


def test_what_was_done_stands_in_the_access_log(client: FlaskClient, manager: User) -> None:
    page = page_of(client, row(), BAD)
    client.get(page)
    client.post(page)
    load_waiting()
    client.get(f"{page}/refused.csv")
    actions = db.session.scalars(
        sa.text(
            "SELECT action FROM audit_entry WHERE user_id = :u AND action NOT LIKE 'person.%' ORDER BY id"
        ),
        {"u": manager.id},
    ).all()
    wanted = ["extract.sent", "extract.read", "extract.confirmed", "people.imported", "extract.refused_read"]
    assert [action for action in actions if action in wanted] == wanted


def test_the_number_of_statements_does_not_depend_on_the_rows(client: FlaskClient) -> None:
    few = page_of(client, row(), BAD)
    statements = count(client, few), count(client, f"{few}/refused.csv")
    many = page_of(
        client,
        *[row(crn=f"X{number:06}") for number in range(60)],
        *[BAD | {"crn": f"Y{number:06}"} for number in range(60)],
    )
    assert (count(client, many), count(client, f"{many}/refused.csv")) == statements
    client.post(many)
    load_waiting()
    listed = count(client, HOME)
    for _more in range(3):
        client.post(page_of(client, row()))
        load_waiting()
    assert count(client, HOME) == listed


def test_people_are_made_by_the_load_alone(client: FlaskClient) -> None:
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Person))
    page_of(client, row())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == before
