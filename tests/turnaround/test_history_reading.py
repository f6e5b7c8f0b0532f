"""Reading files of past referrals: both kinds, and what no honest sender would send."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask

from portal.sheets.reading import Unusable
from portal.turnaround import history_reading
from portal.turnaround.history_reading import COLUMNS, LAYOUT, read
from tests.turnaround.history_files import as_csv, as_workbook, row

pytestmark = pytest.mark.usefixtures("database")

FILE = Path(__file__).parent / "data" / "history.csv"


def refused(content: bytes) -> str:
    with pytest.raises(Unusable) as error:
        read(content)
    return str(error.value.reason)


def in_workbook(content: bytes, sheet: str) -> bytes:
    """The same workbook with another first sheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return made.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def test_the_sample_is_read_line_by_line() -> None:
    sheet = read(FILE.read_bytes())
    assert [one.line for one in sheet.rows] == list(range(2, 9))
    assert sheet.rows[0].cells["service_started_on"] == "2024-03-12"
    assert "service" not in sheet.rows[0].cells
    assert sheet.ignored == []


def test_a_mark_at_the_beginning_is_no_part_of_the_first_heading() -> None:
    assert read(b"\xef\xbb\xbf" + as_csv(row())) == read(as_csv(row()))


def test_headings_may_differ_in_case_and_spaces_and_some_may_be_missing() -> None:
    sheet = read(b"Reference, AGENCY ,Need,Area,Sent  on,Name\n1,Nacro,housing,Cardiff,2024-03-04,Example\n")
    assert sheet.rows[0].cells == row()
    assert sheet.ignored == ["Name"]


def test_a_row_over_several_lines_is_named_by_its_first_and_empty_rows_are_passed_over() -> None:
    content = as_csv(row(reference="a\nb"), row(reference="2"))
    head, rest = content.split(b"\r\n", 1)
    sheet = read(head + b"\r\n\r\n , \r\n" + rest)
    assert [one.line for one in sheet.rows] == [4, 6]


def test_a_row_with_too_many_cells_is_marked() -> None:
    assert [one.too_long for one in read(as_csv(row(withdrawn_on="")) + b"x" + b"," * 20 + b"y\n").rows] == [
        False,
        True,
    ]


def test_a_workbook_reads_as_the_same_rows() -> None:
    dated = row(reference=12.0, sent_on=datetime(2024, 3, 4, 9), decided_on=date(2024, 3, 7), closed_on=45383)  # noqa: DTZ001
    sheet = read(as_workbook(dated, row(reference=7, service="=1+1", agency="  Nacro ")))
    assert [one.line for one in sheet.rows] == [2, 3]
    assert sheet.rows[0].cells == row(reference="12", decided_on="2024-03-07", closed_on="2024-04-01")
    assert sheet.rows[1].cells == row(reference="7", service="=1+1")


def test_a_number_is_a_day_only_in_a_column_of_dates() -> None:
    assert read(as_workbook(row(reference=45383))).rows[0].cells["reference"] == "45383"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x00" * 100, "missing"),
        (as_csv(row()).decode().encode("utf-16"), "UTF-8"),
        (b"reference\xe9", "UTF-8"),
        (b"reference,agency\n1,Nacro\n", "need, area, sent_on"),
        (b"reference,agency,need,area,sent_on,need\n", "need stands in the first line more than once"),
        (as_csv(row()) + b'"open' + b"x" * 200_000, "line 2: is a quotation mark missing"),
        (as_csv(row()) + b'"open\n', "quotation mark"),
        (b"PK\x03\x04 no more of it", "cannot be opened"),
        (as_workbook(row())[:-40], "cannot be opened"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500, "UTF-8"),
        (b"x" * (LAYOUT.most_bytes + 1), "10 MB"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content: bytes, said: str) -> None:
    assert said in refused(content)


def test_there_is_a_limit_to_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LAYOUT.most_rows == 50_000
    monkeypatch.setattr(history_reading, "LAYOUT", replace(LAYOUT, most_rows=2))
    two = [row(reference=str(number)) for number in range(2)]
    assert len(read(as_csv(*two)).rows) == 2
    assert "no more than 2 rows" in refused(as_csv(*two, row()))
    assert "no more than 2 rows" in refused(as_workbook(*two, row()))


def test_there_is_a_limit_to_what_all_cells_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_reading, "LAYOUT", replace(LAYOUT, most_letters=1000))
    assert "holds too much" in refused(as_csv(*[row(agency="x" * 300)] * 4))


def test_a_cell_of_any_length_is_cut() -> None:
    assert len(read(as_csv(row(agency="x" * 100_000))).rows[0].cells["agency"]) == 500


def test_a_workbook_that_unpacks_to_a_mountain_is_not_unpacked() -> None:
    bomb = in_workbook(as_workbook(row()), SHEET.format(" " * (61 * 1024 * 1024)))
    assert len(bomb) < 1_000_000
    assert "holds too much" in refused(bomb)


def test_a_row_that_claims_an_enormous_number_ends_the_reading() -> None:
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in COLUMNS)
    rows = f'<row r="1">{head}</row><row r="999999999999"><c t="inlineStr"><is><t>x</t></is></c></row>'
    assert "no more than" in refused(in_workbook(as_workbook(), SHEET.format(rows)))
    rows = rows.replace("999999999999", str(LAYOUT.most_rows))
    assert [one.line for one in read(in_workbook(as_workbook(), SHEET.format(rows))).rows] == [
        LAYOUT.most_rows
    ]


@pytest.mark.parametrize(
    "sheet",
    [
        SHEET.format("<row><c t='inlineStr'><is><t>&#xD800;</t></is></c></row>"),
        '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "'
        + "&a;" * 1000
        + '"><!ENTITY c "'
        + "&b;" * 1000
        + '"><!ENTITY d "'
        + "&c;" * 1000
        + '">]>'
        + SHEET.format("<row><c t='inlineStr'><is><t>&d;</t></is></c></row>"),
        '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + SHEET.format("<row><c t='inlineStr'><is><t>&a;</t></is></c></row>"),
    ],
    ids=["surrogate", "laughs", "outside"],
)
def test_hostile_parts_of_a_workbook_are_a_broken_workbook(sheet: str) -> None:
    assert refused(in_workbook(as_workbook(), sheet))


def test_the_reason_is_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "cy"}):
        assert refused(b"") == "Mae’r ffeil yn wag"
