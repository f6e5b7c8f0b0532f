"""Files of extracts: encodings, separators, workbooks, headings of other systems, and maps of columns."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from portal.register.columns import COLUMNS, layout, read_map
from portal.sheets.reading import Unusable, read
from tests.register.extract_files import as_csv, as_workbook, row, sheet_of

DATA = Path(__file__).parent / "data"
NAMED = row(surname="Siôn", forenames="Angharad Mêr")


def refused(content: bytes, source: str = "delius") -> str:
    with pytest.raises(Unusable) as error:
        sheet_of(content, source)
    return str(error.value.reason)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators_are_recognised(encoding: str, delimiter: str) -> None:
    content = as_csv(NAMED, encoding=encoding, delimiter=delimiter)
    assert sheet_of(content).rows[0].cells == NAMED


def test_needs_with_semicolons_do_not_make_a_file_of_semicolons() -> None:
    assert sheet_of(as_csv(row(needs="housing;health"))).rows[0].cells["needs"] == "housing;health"


def test_a_workbook_reads_as_the_same_rows_with_dates_and_numbers_as_excel_keeps_them() -> None:
    one = row(date_of_birth=datetime(1990, 3, 27), cohort_from=date(2026, 1, 5), wisdom=1)  # noqa: DTZ001
    two = row(crn="X2", date_of_birth=32959, cohort_from=1990)
    rows = sheet_of(as_workbook(one, two)).rows
    assert rows[0].cells == row(date_of_birth="1990-03-27", cohort_from="2026-01-05", wisdom="1")
    assert rows[1].cells == row(crn="X2", date_of_birth="1990-03-27", cohort_from="1990")


def test_other_headings_are_recognised_and_kept_and_unknown_ones_said() -> None:
    sheet = sheet_of(b"Last Name,DOB,CRN,First names,Force,Shoe size,Reason\nA,1990-01-01,X1,B,Gwent,9,no\n")
    assert sheet.rows[0].cells == {
        "surname": "A", "date_of_birth": "1990-01-01", "crn": "X1", "forenames": "B", "area": "Gwent",
    }  # fmt: skip
    assert sheet.headings == {
        "surname": "Last Name", "date_of_birth": "DOB", "crn": "CRN", "forenames": "First names", "area": "Force",
    }  # fmt: skip
    assert list(sheet.headings) == ["surname", "date_of_birth", "crn", "forenames", "area"]
    assert sheet.ignored == ["Shoe size"]


def test_the_contracts_own_heading_counts_before_another() -> None:
    sheet = sheet_of(b"crn,surname,last name,forenames,area\nX1,A,B,C,Gwent\n")
    assert sheet.rows[0].cells["surname"] == "A"
    assert sheet.ignored == ["last name"]


def test_a_map_names_the_columns() -> None:
    mapped = read_map((DATA / "columns.toml").read_bytes(), "delius")
    content = b"Case Ref,FAMILY NAME,Given,Division,Sex code\nX1,A,B,D1,2\n"
    sheet = read(content, layout("delius", mapped))
    assert sheet.rows[0].cells == {"crn": "X1", "surname": "A", "forenames": "B", "area": "D1", "sex": "2"}
    assert mapped.values["area"] == {"d1": "Gwent Police"}
    with pytest.raises(Unusable) as error:
        read(as_csv(row()), layout("delius", mapped))
    assert "case_ref" in str(error.value.reason)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff", b"[columns", b"columns = 1", b"[columns]\nshoe = 'x'", b"[columns]\ncrn = 1", b"[columns]\ncrn = ' '",
        b"[values]\nsex = 1", b"[values.shoe]\n1 = 'x'", b"[values.sex]\n1 = 2", b"[more]\nx = 1", b"[" * 50_000,
        b"[columns]\npolice_om_email = 'x'",
    ],
)  # fmt: skip
def test_a_map_that_cannot_be_used_says_why(content: bytes) -> None:
    with pytest.raises(Unusable) as error:
        read_map(content, "delius")
    assert "file of columns" in str(error.value.reason)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "crn, surname, forenames, area"),
        (as_csv(row("niche"), source="niche"), "missing: crn"),
        (as_csv(row()).decode().encode("utf-16"), "UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500, "UTF-8"),
        (b"PK\x03\x04", "cannot be opened"),
        (b"crn,crn,surname,forenames,area\n", "crn stands in the first line more than once"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content: bytes, said: str) -> None:
    assert said in refused(content)


def test_what_is_sent_without_a_change_comes_back_as_it_was() -> None:
    assert sheet_of(as_csv(row(surname="'=1"))).rows[0].cells["surname"] == "=1"
    assert sheet_of(as_csv(row(surname="'t Hooft"))).rows[0].cells["surname"] == "'t Hooft"


def test_the_templates_are_files_that_can_be_read() -> None:
    for source, columns in COLUMNS.items():
        assert list(sheet_of(as_csv(source=source), source).headings) == list(columns)
