"""Extracts for tests: a good row of each source with what the test changes, as CSV or as a workbook."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from openpyxl import Workbook

from portal.register.checking import Checked, check
from portal.register.columns import AS_THEY_ARE, COLUMNS, ColumnMap, layout
from portal.register.known import load_known
from portal.sheets.reading import Sheet, read

TODAY = date(2026, 11, 22)
GOOD = {
    "delius": {"crn": "X123456", "surname": "Enghraifft", "forenames": "Siân", "area": "South Wales Police"},
    "niche": {"niche_ref": "N1", "surname": "Enghraifft", "forenames": "Siân", "area": "South Wales Police"},
}


def row(source: str = "delius", **changed: Any) -> dict[str, Any]:
    return GOOD[source] | changed


def as_csv(
    *rows: dict[str, Any], source: str = "delius", encoding: str = "utf-8", delimiter: str = ","
) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS[source], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode(encoding, errors="replace")


def as_workbook(*rows: dict[str, Any], source: str = "delius") -> bytes:
    book = Workbook()
    book.active.append(COLUMNS[source])
    for each in rows:
        book.active.append([each.get(name) for name in COLUMNS[source]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_of(content: bytes, source: str = "delius", mapped: ColumnMap = AS_THEY_ARE) -> Sheet:
    return read(content, layout(source, mapped))


def checked(
    *rows: dict[str, Any],
    source: str = "delius",
    areas: list[int] | None = None,
    mapped: ColumnMap = AS_THEY_ARE,
) -> Checked:
    """The rows as they are judged once they have been through a file."""
    return check(
        sheet_of(as_csv(*rows, source=source), source, mapped), source, load_known(areas), TODAY, mapped
    )
