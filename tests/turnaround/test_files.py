"""The figures as files: what is in them, that nothing in them is run, and that nobody finds anybody in them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.clocks.clock import LONDON
from portal.db import db
from portal.turnaround import cells, files
from portal.turnaround.cells import Cell, Column, Kind, Table
from portal.turnaround.csv_file import write_csv
from portal.turnaround.filters import whole_months
from portal.turnaround.history_importing import examine, take_in
from portal.turnaround.history_reading import read
from portal.turnaround.workbook import write_workbook
from tests.factories import make_agency, make_person, make_service, make_user
from tests.hostile import HOSTILE
from tests.turnaround import history_files
from tests.turnaround.rows import make_row

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
TODAY = datetime.now(LONDON).date()
LONG_AGO = TODAY - timedelta(days=100)
WIDE = f"from-day=1&from-month=1&from-year={TODAY.year - 1}"
# Names as spreadsheets would run them.
FORMULAS = (
    '=cmd|"/C calc"!A0',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    '=HYPERLINK("http://x.example")',
    "＝1+1",
    " =1+1",
)


@pytest.fixture
def nacro(database: None) -> Service:
    """41 referrals of a year ago: 24 answered in time as priority, 9 late, 8 never; 3 more for another service."""
    agency = make_agency("Nacro", name_cy="Nacro Cymru")
    service = make_service(agency, name="Llety")
    for number in range(41):
        answered = LONG_AGO + timedelta(days=1 if number < 24 else 20)
        make_row(
            service,
            sent=LONG_AGO,
            priority=answered if number < 24 else None,
            standard=answered if 24 <= number < 33 else None,
            person=make_person(cohort=None, surname="Canari", forenames="Cyfrinach"),
        )
    small = make_service(agency, name="Bach")
    for _ in range(3):
        make_row(small, sent=LONG_AGO)
    return service


def read_csv(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def get(client: FlaskClient, name: str, query: str = "") -> Any:
    response = client.get(f"/turnaround/files/{name}?{WIDE}&{query}")
    assert response.status_code == 200, response.text
    return response


def test_a_csv_says_what_the_page_says_in_published_numbers(client_for: Clients, nacro: Service) -> None:
    response = get(client_for(make_user("iom_manager")), "summary.csv")
    assert response.headers["Content-Disposition"] == f'attachment; filename="turnaround-summary-{TODAY}.csv"'
    assert response.content_type == "text/csv; charset=utf-8"
    [row] = read_csv(response.data)
    assert row["Agency"] == "Nacro"
    assert abs(int(row["Referrals sent"]) - 44) <= 8
    part, whole = int(row["Answered in time: number"]), int(row["Answered in time: out of"])
    assert float(row["Answered in time"]) == pytest.approx(part / whole, abs=0.026)
    assert float(row["Answered in time"]) * 20 == pytest.approx(round(float(row["Answered in time"]) * 20))
    assert row["Days allowed"] == "5"


def test_a_workbook_has_numbers_as_numbers_and_says_what_they_are(
    client_for: Clients, nacro: Service
) -> None:
    response = get(client_for(make_user("iom_manager")), "summary.xlsx")
    book = load_workbook(BytesIO(response.data))
    about, sheet = book.worksheets
    assert sheet.sheet_state == about.sheet_state == "visible"
    heads, values = ([cell for cell in row] for row in sheet.iter_rows(min_row=4, max_row=5))
    row = {head.value: value for head, value in zip(heads, values, strict=True)}
    assert row["Agency"].value == "Nacro"
    assert isinstance(row["Referrals sent"].value, int)
    assert row["Answered in time"].number_format == "0%"
    said = "\n".join(str(cell.value) for line in about.iter_rows() for cell in line if cell.value)
    for words in (
        "referrals sent from 1 January",
        "Numbers from 1 to 7 are not shown",
        "Accepted or declined within",
    ):
        assert words in said
    assert [table.ref for table in sheet.tables.values()] == ["A4:" + f"{heads[-1].column_letter}5"]


def test_one_workbook_holds_every_table_that_is_offered(client_for: Clients, nacro: Service) -> None:
    response = get(client_for(make_user("iom_manager")), "all.xlsx")
    titles = [sheet["A1"].value for sheet in load_workbook(BytesIO(response.data)).worksheets]
    assert {
        "Housing: turnaround by agency",
        "Housing: turnaround by service",
        "Housing: answered, withdrawn or waiting, by agency",
    } <= set(titles)
    assert 'filename="turnaround-' in response.headers["Content-Disposition"]


def test_in_welsh(client_for: Clients, nacro: Service) -> None:
    client = client_for(make_user("iom_manager", language="cy"))
    [row] = read_csv(get(client, "summary.csv").data)
    assert row["Asiantaeth"] == "Nacro Cymru"
    assert "Atebwyd mewn pryd" in row
    book = load_workbook(BytesIO(get(client, "summary.xlsx").data))
    assert book.sheetnames[0] == "Diffiniadau"


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_pdf_is_tagged_and_holds_the_published_table(
    client_for: Clients, nacro: Service, language: str
) -> None:
    client = client_for(make_user("iom_manager", language=language))
    reader = PdfReader(BytesIO(get(client, "turnaround.pdf").data))
    said = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    assert reader.trailer["/Root"]["/Lang"] == language
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()
    [row] = read_csv(get(client, "summary.csv").data)
    name, sent = list(row.values())[:2]
    assert f"{name} {sent} " in said
    assert {"en": "answered about ", "cy": "Atebodd Nacro Cymru tua "}[language] in said


def test_a_file_of_nothing_is_a_file(client_for: Clients) -> None:
    client = client_for(make_user("iom_manager"))
    for name in ("summary.csv", "summary.xlsx", "all.xlsx", "turnaround.pdf"):
        get(client, name)


@pytest.mark.parametrize(
    "name", ["nothing.csv", "all.csv", "summary.pdf", "summary.txt", "../x.csv", "summary"]
)
def test_what_is_not_offered_is_not_found(client_for: Clients, name: str) -> None:
    assert client_for(make_user("iom_manager")).get(f"/turnaround/files/{name}").status_code == 404


def test_a_wrong_filter_gives_the_page_with_its_error(client_for: Clients) -> None:
    response = client_for(make_user("iom_manager")).get("/turnaround/files/summary.csv?need=zzz")
    assert response.status_code == 422
    assert "There is a problem" in response.text


def test_a_file_has_no_more_rows_than_it_may(client_for: Clients, nacro: Service, monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 0)
    response = client_for(make_user("iom_manager")).get(f"/turnaround/files/summary.csv?{WIDE}")
    assert response.status_code == 422
    assert "This file would be too long" in response.text


def test_imported_referrals_without_a_service_stand_last(client_for: Clients, nacro: Service) -> None:
    lines = [history_files.row(reference=f"h{number}", sent_on=LONG_AGO.isoformat()) for number in range(30)]
    take_in(examine(read(history_files.as_csv(*lines)), TODAY), token="t", file_name="x.csv")
    client = client_for(make_user("iom_manager"))
    services = [
        line["Service"] for line in read_csv(get(client, "services.csv", f"agency={nacro.agency_id}").data)
    ]
    assert services == ["All services", "Bach", "Llety", "Service not recorded"]
    page = client.get(f"/turnaround/{nacro.agency_id}?{WIDE}").text
    assert "Service not recorded" in page
    assert "service=none" not in page


@pytest.mark.parametrize("role", ["agency_worker", "administrator"])
def test_only_those_who_see_turnaround_take_files(client_for: Clients, role: str) -> None:
    client = client_for(make_user(role))
    for name in ("summary.csv", "all.xlsx", "turnaround.pdf"):
        assert client.get(f"/turnaround/files/{name}").status_code == 403


def test_who_took_what_is_in_the_log(client_for: Clients, nacro: Service) -> None:
    user = make_user("iom_manager")
    client = client_for(user)
    client.get("/turnaround/files/summary.csv?need=housing")
    client.get(f"/turnaround/files/turnaround.pdf?agency={nacro.agency_id}")
    entries = db.session.execute(
        sa.text(
            "SELECT user_id, agency_id, detail FROM audit_entry WHERE action = 'turnaround.export' ORDER BY id"
        )
    ).all()
    assert [(entry.user_id, entry.agency_id) for entry in entries] == [
        (user.id, None),
        (user.id, nacro.agency_id),
    ]
    assert [(e.detail["table"], e.detail["kind"]) for e in entries] == [
        ("summary", "csv"),
        ("summary", "pdf"),
    ]
    assert entries[0].detail["need"] == "housing"


def test_an_agency_takes_only_its_own(client_for: Clients, nacro: Service) -> None:
    other = make_service(make_agency("Cystadleuydd"), name="Arall")
    for _ in range(30):
        make_row(other, sent=LONG_AGO)
    client = client_for(make_user("agency_manager", nacro.agency))
    for query in ("", f"agency={other.agency_id}"):
        for name in ("summary.csv", "bands.csv", "services.csv"):
            said = get(client, name, query).data.decode()
            assert "Nacro" in said or "Llety" in said
            assert "Cystadleuydd" not in said
            assert "Arall" not in said
        with ZipFile(BytesIO(get(client, "all.xlsx", query).data)) as book:
            assert b"Cystadleuydd" not in book.read("xl/sharedStrings.xml")
        pdf = PdfReader(BytesIO(get(client, "turnaround.pdf", query).data))
        assert "Cystadleuydd" not in " ".join(page.extract_text() for page in pdf.pages)


def test_nobody_is_named_on_any_page_or_in_any_file(client_for: Clients, nacro: Service) -> None:
    reference = db.session.scalar(sa.text("SELECT reference FROM referral LIMIT 1"))
    client = client_for(make_user("analyst"))
    said = [client.get(f"/turnaround?{WIDE}").data, client.get(f"/turnaround/{nacro.agency_id}?{WIDE}").data]
    said += [get(client, f"{name}.csv").data for name in files.OFFERS]
    with ZipFile(BytesIO(get(client, "all.xlsx").data)) as book:
        said += [book.read(name) for name in book.namelist()]
    pdf = PdfReader(BytesIO(get(client, "turnaround.pdf").data))
    said.append(" ".join(page.extract_text() for page in pdf.pages).encode())
    for secret in ("Canari", "Cyfrinach", "CANARI", str(reference)):
        assert [text for text in said if secret.encode() in text] == []


def test_no_file_of_anybody_and_no_page_of_an_analyst_holds_a_small_number(
    client_for: Clients, nacro: Service
) -> None:
    for seed, (answered, open_now) in enumerate([(1, 0), (7, 7), (8, 3), (13, 1), (30, 6), (9, 9)]):
        service = make_service(make_agency(f"Rhif {seed}"))
        for number in range(answered + open_now):
            make_row(service, sent=LONG_AGO, priority=LONG_AGO if number < answered else None)
    for role in ("analyst", "iom_manager"):
        for name in ("summary.csv", "services.csv"):
            for row in read_csv(get(client_for(make_user(role)), name).data):
                for heading, value in row.items():
                    if is_count(heading) and value.isdigit():
                        assert int(value) == 0 or int(value) >= 10, (heading, value)
                        assert int(value) % 5 == 0, (heading, value)
    page = client_for(make_user("analyst")).get(f"/turnaround?{WIDE}").text
    told = re.findall(r"\b(\d+) of (\d+)\b|about (\d+)|>(\d+)<", page.split("</form>")[-1])
    numbers = {int(number) for found in told for number in found if number}
    assert len(numbers) > 3
    assert all(number == 0 or (number >= 10 and number % 5 == 0) for number in numbers), numbers


def is_count(heading: str) -> bool:
    return heading.endswith(("number", "out of", "sent", "now", "out", "judged"))


def hostile_table() -> Table:
    names = [*FORMULAS, *(name for name in HOSTILE if "\x00" not in name and name.isprintable())]
    columns = (
        Column("label", "Agency", Kind.TEXT),
        Column("n", "Sent", Kind.COUNT),
        Column("on", "On", Kind.DATE),
    )
    rows = tuple((cells.text(name), cells.count(30), Cell(Kind.DATE, date(2026, 3, 1))) for name in names)
    return Table("hostile", "=1+1: a title [with] 'signs'/\\*?", columns, rows)


def test_no_name_becomes_a_formula_or_a_link_in_a_workbook() -> None:
    table = hostile_table()
    content = write_workbook([table, table], "=T", ["=A"])
    with ZipFile(BytesIO(content)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
        assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
        assert not [name for name in parts.namelist() if "external" in name.lower() or "vba" in name.lower()]
    book = load_workbook(BytesIO(content))
    assert len(set(book.sheetnames)) == 3
    assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
    for at, row in enumerate(table.rows, 5):
        cell = book.worksheets[1].cell(at, 1)
        assert cell.data_type in ("s", "n")
        assert cell.value in (row[0].value, None) or str(cell.value).strip() == str(row[0].value).strip()
        assert book.worksheets[1].cell(at, 3).value == datetime(2026, 3, 1)  # noqa: DTZ001


def test_no_name_becomes_a_formula_in_a_csv() -> None:
    table = hostile_table()
    lines = list(csv.reader(StringIO(write_csv([table]).decode("utf-8-sig"), newline="")))
    assert lines[0] == ["Agency", "Sent", "On"]
    for line, row in zip(lines[1:], table.rows, strict=True):
        assert line[0] in (row[0].value, f"'{row[0].value}")
        assert not line[0].lstrip().startswith(("=", "+", "-", "@", "\t", "＝"))
        assert line[1:] == ["30", "2026-03-01"]


def test_tables_with_other_columns_share_one_head() -> None:
    first = Table(
        "a",
        "A",
        (Column("x", "X", Kind.TEXT), Column("y", "Y", Kind.COUNT)),
        ((cells.text("p"), cells.count(1)),),
    )
    second = Table(
        "b",
        "B",
        (Column("x", "X", Kind.TEXT), Column("z", "Z", Kind.DAYS)),
        ((cells.text("q"), cells.unknown(Kind.DAYS, "why")),),
    )
    lines = list(csv.reader(StringIO(write_csv([first, second]).decode("utf-8-sig"))))
    assert lines == [["Table", "X", "Y", "Z"], ["A", "p", "1", ""], ["B", "q", "", "why"]]


@pytest.mark.parametrize(
    ("chosen", "whole"),
    [
        ((None, None, None), (date(2026, 5, 1), date(2026, 10, 31), date(2026, 11, 27))),
        (
            (date(2026, 3, 17), date(2026, 4, 2), None),
            (date(2026, 3, 1), date(2026, 4, 30), date(2026, 11, 27)),
        ),
        (
            (None, date(2026, 11, 3), date(2026, 9, 30)),
            (date(2026, 4, 1), date(2026, 9, 30), date(2026, 9, 30)),
        ),
        ((None, None, date(2026, 9, 29)), (date(2026, 3, 1), date(2026, 8, 31), date(2026, 8, 31))),
        ((date(1, 1, 1), date(1, 1, 2), date(1, 1, 9)), (date(1, 1, 1), date(1, 1, 31), date(1, 1, 31))),
    ],
)
def test_analysts_dates_are_those_of_whole_months_that_have_ended(chosen: Any, whole: Any) -> None:
    assert whole_months(date(2026, 11, 27), *chosen) == whole


def test_an_analyst_is_shown_the_months_and_told_so(client_for: Clients, nacro: Service) -> None:
    query = "from-day=17&from-month=3&from-year=2026&to-day=2&to-month=4&to-year=2026"
    page = client_for(make_user("analyst")).get(f"/turnaround?{query}").text
    assert "referrals sent from 1 March 2026 to 30 April 2026" in page
    assert "your dates are moved to the beginning and end of months" in page
    manager = client_for(make_user("iom_manager")).get(f"/turnaround?{query}").text
    assert "referrals sent from 17 March 2026 to 2 April 2026" in manager
