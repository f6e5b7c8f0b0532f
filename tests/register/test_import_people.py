"""The command `import-people`: what it prints, how it ends, what a file given twice or in halves comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import SYSTEM, db, enter_scope
from portal.people.models import Person
from portal.register.extract_models import ExtractImport, ExtractRow
from portal.register.models import SourceRecord
from tests.factories import make_user
from tests.register.extract_files import as_csv, as_workbook, row

pytestmark = pytest.mark.usefixtures("database")

DATA = Path(__file__).parent / "data"


def run(app: Flask, file: Path, *options: str, source: str = "delius") -> Any:
    result = app.test_cli_runner().invoke(args=["import-people", "--source", source, str(file), *options])
    enter_scope(SYSTEM)  # the command leaves none
    return result


def run_rows(app: Flask, folder: Path, *rows: dict[str, Any], options: tuple[str, ...] = ()) -> Any:
    file = folder / "delius.csv"
    file.write_bytes(as_csv(*rows))
    return run(app, file, *options)


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def last(result: Any) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()[-1]


def test_a_file_goes_in_once_and_each_refusal_has_its_line_column_and_reason(app: Flask) -> None:
    make_user(email="om@test.example")
    result = run(app, DATA / "delius.csv")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Line 6 refused: date_of_birth: “31/02/1990” is not a date like 2024-03-31 or 31/03/2024",
        "Line 7 refused: cohort: Every WISDOM case is an IOM case in the Free category."
        " This row says WISDOM and another cohort.",
        "Line 8 refused: crn: Line 3 says something else of the same person",
        "Line 10 refused: crn: This is missing",
        "Line 11 refused: surname: This is missing",
        "Line 11 refused: area: “Nowhere” is not a police force area",
        "added 4, updated 0, unchanged 1, refused 5, asked 0",
    ]
    assert "Line 5: pnc_id: The last letter of 2003/0000001B would have to be W" in result.stderr
    assert count(SourceRecord) == 4
    assert last(run(app, DATA / "delius.csv")) == "added 0, updated 0, unchanged 5, refused 5, asked 0"
    assert count(SourceRecord) == 4


def test_the_police_extract_goes_in_beside_it(app: Flask) -> None:
    result = run(app, DATA / "niche.csv", source="niche")
    assert last(result) == "added 2, updated 0, unchanged 0, refused 0, asked 0"
    assert "police_om_email: “nobody@test.example”" in result.stderr


def test_a_file_in_halves_says_the_same_as_the_whole(app: Flask, tmp_path: Path) -> None:
    rows = [row(crn=f"X{number:06}", surname=f"Enghraifft{number}") for number in range(20)]
    run_rows(app, tmp_path, *rows[:12])
    assert last(run_rows(app, tmp_path, *rows[12:])) == "added 8, updated 0, unchanged 0, refused 0, asked 0"
    assert last(run_rows(app, tmp_path, *rows)) == "added 0, updated 0, unchanged 20, refused 0, asked 0"


def test_a_dry_run_says_the_same_and_writes_nothing(app: Flask) -> None:
    people = count(Person)
    result = run(app, DATA / "delius.csv", "--dry-run")
    assert result.stdout.splitlines()[-2:] == [
        "added 4, updated 0, unchanged 1, refused 5, asked 0",
        "Nothing was written.",
    ]
    assert (count(Person), count(SourceRecord), count(ExtractImport)) == (people, 0, 0)


def test_what_came_of_it_stays_and_no_row_of_the_file_does(app: Flask) -> None:
    run(app, DATA / "delius.csv")
    done = db.session.scalars(sa.select(ExtractImport)).one()
    assert (done.source, done.file_name, done.user_id, done.state) == ("delius", "delius.csv", None, "done")
    assert (done.added, done.updated, done.unchanged, done.refused, done.asked) == (4, 0, 1, 5, 0)
    assert len(done.area_ids) == 2
    assert count(ExtractRow) == 0


def test_refused_rows_are_written_to_be_mended_and_sent_again(app: Flask, tmp_path: Path) -> None:
    refused = tmp_path / "refused.csv"
    bad = row(crn="X000002", surname="=1+1", area="Kent")
    run_rows(app, tmp_path, row(), bad, options=("--refused", str(refused)))
    lines = refused.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("crn,pnc_id,")
    assert lines[0].endswith(",reason")
    assert lines[1].startswith("X000002,,,'=1+1,Siân,")
    assert "surname: “=1+1” is not a name; area: “Kent” is not a police force area" in lines[1]
    refused.write_text(
        refused.read_text(encoding="utf-8").replace("'=1+1", "Arall").replace("Kent,", "Gwent,", 1),
        encoding="utf-8",
    )
    result = run(app, refused)
    assert (last(result), result.stderr) == ("added 1, updated 0, unchanged 0, refused 0, asked 0", "")


def test_a_map_of_columns_serves_another_systems_file(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("Case ref,Family name,Given,Division,Sex code\nX123456,A,B,D1,2\nX000002,A,B,D2,9\n")
    result = run(app, file, "--columns", str(DATA / "columns.toml"))
    assert result.stdout.splitlines()[:2] == [
        "Line 3 refused: Sex code: “9” is not one of: female, male",
        "Line 3 refused: Division: “D2” is not a police force area",
    ]
    record = db.session.scalars(sa.select(SourceRecord)).one()
    assert record.stated["sex"] == "female"


def test_a_workbook_goes_in_as_well(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "delius.xlsx"
    file.write_bytes(as_workbook(row(), row(crn="X222222", date_of_birth=32959)))
    assert last(run(app, file)) == "added 2, updated 0, unchanged 0, refused 0, asked 0"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"PK\x03\x04", b"a,b\n1,2\n", b"\x00" * 9])
def test_a_file_that_cannot_be_used_ends_with_2_and_one_clear_line(
    app: Flask, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "broken.csv"
    file.write_bytes(content)
    for result in (run(app, file), run(app, DATA / "delius.csv", "--columns", str(file))):
        if result.exit_code == 0:  # an empty file of columns maps nothing
            assert content == b""
            continue
        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("Error: broken.csv: The ")


def test_a_source_or_file_that_is_not_there_ends_with_2(app: Flask, tmp_path: Path) -> None:
    assert run(app, tmp_path / "none.csv").exit_code == 2
    assert run(app, DATA / "delius.csv", source="other").exit_code == 2


def test_a_file_of_refused_rows_that_cannot_be_written_is_said(app: Flask, tmp_path: Path) -> None:
    result = run(app, DATA / "delius.csv", "--refused", str(tmp_path / "no" / "such.csv"))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert count(SourceRecord) == 0
