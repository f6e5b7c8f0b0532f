"""Files of past referrals for tests: a good row with what the test changes, as CSV or as a workbook."""

from __future__ import annotations

import csv
import io
from typing import Any

from openpyxl import Workbook

from portal.turnaround.history_reading import COLUMNS

GOOD = {
    "reference": "1",
    "agency": "Nacro",
    "need": "housing",
    "area": "Cardiff",
    "sent_on": "2024-03-04",
}


def row(**changed: Any) -> dict[str, Any]:
    return GOOD | changed


def as_csv(*rows: dict[str, Any], columns: tuple[str, ...] = COLUMNS) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def as_workbook(*rows: dict[str, Any], columns: tuple[str, ...] = COLUMNS) -> bytes:
    book = Workbook()
    book.active.append(columns)
    for each in rows:
        book.active.append([each.get(name) for name in columns])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
