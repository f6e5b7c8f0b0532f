"""The command `import-history`: what it prints, how it ends, what stays of a file given twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.agencies.models import Agency
from portal.db import SYSTEM, db, enter_scope
from portal.turnaround.history_models import HistoryImport, HistoryReferral
from tests.factories import CARDIFF, SOUTH_WALES, area, make_agency, make_service
from tests.turnaround.history_files import as_csv, as_workbook, row

pytestmark = pytest.mark.usefixtures("database")

FILE = Path(__file__).parent / "data" / "history.csv"


def run(app: Flask, file: Path, *options: str) -> Any:
    result = app.test_cli_runner().invoke(args=["import-history", str(file), *options])
    enter_scope(SYSTEM)  # the command leaves none
    return result


def run_rows(app: Flask, folder: Path, *rows: dict[str, Any], options: tuple[str, ...] = ()) -> Any:
    file = folder / "history.csv"
    file.write_bytes(as_csv(*rows))
    return run(app, file, *options)


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def held(reference: str) -> HistoryReferral:
    db.session.expire_all()
    return db.session.scalars(sa.select(HistoryReferral).where(HistoryReferral.reference == reference)).one()


def test_a_file_goes_in_once_and_each_refusal_has_its_line_and_reason(app: Flask) -> None:
    result = run(app, FILE)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Line 7 refused: decided_on: 2024-05-01 is before it was sent",
        "Line 8 refused: reference: The same agency and reference as line 6",
        "added 5, updated 0, unchanged 0, refused 2",
    ]
    assert "Line 2: agency: “Example Housing of the Past” is not in the directory" in result.stderr
    assert (count(HistoryReferral), count(HistoryImport)) == (5, 1)
    again = run(app, FILE)
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1] == "added 0, updated 0, unchanged 5, refused 2"
    assert again.stderr == ""
    assert (count(HistoryReferral), count(HistoryImport)) == (5, 1)


def test_a_row_keeps_what_the_file_says(app: Flask) -> None:
    run(app, FILE)
    first, declined = held("SW-001"), held("SW-002")
    assert (first.area_id, first.local_authority_id) == (area(SOUTH_WALES).id, area(CARDIFF).id)
    assert (held("SW-003").area_id, held("SW-003").local_authority_id) == (area(SOUTH_WALES).id, None)
    assert (first.need_code, first.cohort, first.decision, first.outcome) == (
        *("housing", "fixed", "accepted_priority", "met"),
    )
    dates = [first.sent_on, first.acknowledged_on, first.decided_on, first.first_offer_on, first.started_on]
    assert [day.day for day in dates if day] == [4, 5, 7, 8, 12]
    assert (declined.decided_on, declined.decline_reason) == (date(2024, 3, 12), "no_capacity")
    assert held("SW-003").withdrawn_on == date(2024, 4, 2)


def test_an_unknown_agency_is_added_as_historic_and_a_known_one_is_found(app: Flask, tmp_path: Path) -> None:
    agency = make_agency("Nacro")
    service = make_service(agency, name="Rooms")
    db.session.commit()
    run_rows(app, tmp_path, row(agency="NACRO", service="rooms"), row(agency="Long  Gone", reference="2"))
    assert (held("1").agency_id, held("1").service_id) == (agency.id, service.id)
    gone = db.session.get_one(Agency, held("2").agency_id)
    assert (gone.name, gone.historic, gone.is_open(date(2026, 11, 22))) == ("Long Gone", True, False)
    assert not agency.historic


def test_a_changed_row_is_updated_in_its_place(app: Flask, tmp_path: Path) -> None:
    run_rows(app, tmp_path, row(), row(reference="2"))
    result = run_rows(app, tmp_path, row(withdrawn_on="2024-04-02"), row(reference="2"), row(reference="3"))
    assert result.stdout.splitlines()[-1] == "added 1, updated 1, unchanged 1, refused 0"
    assert held("1").withdrawn_on == date(2024, 4, 2)
    assert held("1").import_id == held("3").import_id == held("2").import_id + 1
    assert (
        run_rows(app, tmp_path, row()).stdout.splitlines()[-1] == "added 0, updated 1, unchanged 0, refused 0"
    )
    assert held("1").withdrawn_on is None


def test_the_same_reference_at_another_agency_is_another_referral(app: Flask, tmp_path: Path) -> None:
    result = run_rows(app, tmp_path, row(), row(agency="Pobl"))
    assert result.stdout.splitlines()[-1] == "added 2, updated 0, unchanged 0, refused 0"


def test_a_dry_run_says_the_same_and_writes_nothing(app: Flask) -> None:
    agencies = count(Agency)
    result = run(app, FILE, "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == [
        "added 5, updated 0, unchanged 0, refused 2",
        "Nothing was written.",
    ]
    assert "Line 2: agency: “Example Housing of the Past”" in result.stdout
    assert (count(HistoryReferral), count(HistoryImport), count(Agency)) == (0, 0, agencies)


def test_an_agency_of_refused_rows_only_is_not_added(app: Flask, tmp_path: Path) -> None:
    before = count(Agency)
    run_rows(app, tmp_path, row(agency="Nobody’s", need="x"))
    assert count(Agency) == before


def test_a_workbook_goes_in_as_well(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "history.xlsx"
    file.write_bytes(as_workbook(row(sent_on=date(2024, 3, 4)), row(reference=2)))
    assert run(app, file).stdout.splitlines()[-1] == "added 2, updated 0, unchanged 0, refused 0"
    assert held("1").sent_on == date(2024, 3, 4)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"PK\x03\x04", b"a,b\n1,2\n", b"\x00" * 9])
def test_a_file_that_cannot_be_used_ends_with_2_and_one_clear_line(
    app: Flask, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "broken.csv"
    file.write_bytes(content)
    result = run(app, file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("Error: broken.csv: The ")


def test_a_file_that_is_not_there_ends_with_2(app: Flask, tmp_path: Path) -> None:
    assert run(app, tmp_path / "none.csv").exit_code == 2


def test_rows_of_hostile_text_are_refused_and_the_others_go_in(app: Flask, tmp_path: Path) -> None:
    hostile = [
        "a\x00b",
        "\u202e",
        "'; DROP TABLE agency --",
        "=1+1",
        "٣٤",
        "%(x)s",
        "{}",
        '"',
        "\\",
        "x" * 90,
    ]
    result = run_rows(app, tmp_path, *[row(reference=text, agency=text) for text in hostile])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "added 9, updated 0, unchanged 0, refused 1"
    assert held("'; DROP TABLE agency --").reference == "'; DROP TABLE agency --"
