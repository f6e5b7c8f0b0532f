"""Tables as CSV: UTF-8 with its mark, so that Excel reads ŵ and ŷ; no cell that a spreadsheet would work out."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from io import StringIO

from flask_babel import gettext as _

from portal.sheets import writing
from portal.turnaround.cells import Table, Value
from portal.turnaround.columns import file_columns, file_rows


def write_csv(tables: Sequence[Table]) -> bytes:
    """One header. Several tables stand below each other, each row with its table's title before it."""
    columns = file_columns(tables)
    several = len(tables) > 1
    text = StringIO()
    lines = csv.writer(text)
    lines.writerow([*([_("Table")] if several else []), *(column.heading for column in columns)])
    for table in tables:
        for row in file_rows(table, columns):
            lines.writerow([*([harmless(table.title)] if several else []), *map(harmless, row)])
    return text.getvalue().encode("utf-8-sig", errors="replace")


def harmless(value: Value) -> Value:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 6)
    return writing.harmless(value) if isinstance(value, str) else value
