"""Tables as a workbook: a sheet that says what the figures are, then a sheet for each table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from flask_babel import gettext as _
from xlsxwriter import Workbook

from portal.turnaround.cells import Kind, Table, Value
from portal.turnaround.columns import FileColumn, file_columns, file_rows

# Text stays text: nothing in a cell becomes a formula, a link or a number.
SAFE = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
FORMATS = {
    Kind.SHARE: {"num_format": "0%"},
    Kind.DATE: {"num_format": "yyyy-mm-dd", "align": "left"},
    Kind.RATIO: {"num_format": "0.00"},
}
STYLE = "Table Style Light 1"
WIDEST = 45
LONGEST_NAME = 31  # of a sheet, in Excel
CELL = 32_767  # characters that one may hold, in Excel


class _Sheets:
    """A workbook in the making."""

    def __init__(self, title: str) -> None:
        self.content = BytesIO()
        self.book = Workbook(self.content, SAFE)
        self.book.set_properties({"title": title})
        self.bold = self.book.add_format({"bold": True, "font_size": 14})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.formats = {kind: self.book.add_format(looks) for kind, looks in FORMATS.items()}
        self.names: set[str] = set()

    def add(self, name: str) -> Any:
        return self.book.add_worksheet(self._free(name))

    def _free(self, name: str) -> str:
        """A sheet's name: short, without the signs that Excel forbids, unlike any other."""
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip("' ") or _("Table")
        number, free = 1, plain[:LONGEST_NAME].strip("' ")
        while free.casefold() in self.names | {"history"}:
            number += 1
            free = f"{plain[: LONGEST_NAME - 4].strip()} {number}"
        self.names.add(free.casefold())
        return free


def write_workbook(tables: Sequence[Table], title: str, about: Sequence[str]) -> bytes:
    """`about`: sentences on what was asked for and how it is shown."""
    sheets = _Sheets(title)
    _write_about(sheets, tables, title, about)
    for table in tables:
        _write_table(sheets, table)
    sheets.book.close()
    return sheets.content.getvalue()


def _write_about(sheets: _Sheets, tables: Sequence[Table], title: str, about: Sequence[str]) -> None:
    sheet = sheets.add(_("Definitions"))
    sheet.set_column(0, 1, 32, sheets.wrapped)
    sheet.set_column(2, 2, 90, sheets.wrapped)
    sheet.write_string(0, 0, title, sheets.bold)
    for number, sentence in enumerate(about, 1):
        sheet.merge_range(number, 0, number, 2, "", sheets.wrapped)
        sheet.write_string(number, 0, sentence, sheets.wrapped)
    known = {
        (column.heading, column.definition): table.title
        for table in reversed(tables)
        for column in table.columns
        if column.definition
    }
    lines = [(where, heading, words) for (heading, words), where in reversed(known.items())]
    first = len(about) + 2
    for at, line in enumerate(lines, first + 1):
        for place, words in enumerate(line):
            sheet.write_string(at, place, words[:CELL], sheets.wrapped)
    heads = [_("First used in"), _("Figure"), _("What it means")]
    _as_table(sheet, first, heads, len(lines))


def _write_table(sheets: _Sheets, table: Table) -> None:
    columns = file_columns([table])
    sheet = sheets.add(table.title)
    sheet.write_string(0, 0, table.title[:CELL], sheets.bold)
    sheet.write_string(1, 0, table.note[:CELL])
    widths = [min(len(column.heading) + 4, WIDEST) for column in columns]
    for at, row in enumerate(file_rows(table, columns), 4):
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write(sheet, at, place, value, sheets.formats.get(column.kind))
            if isinstance(value, str):
                widths[place] = min(max(widths[place], len(value) + 1), WIDEST)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    _as_table(sheet, 3, _unlike(columns), len(table.rows))
    sheet.freeze_panes(4, 1)


def _write(sheet: Any, at: int, place: int, value: Value, looks: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(at, place, value[:CELL])
    elif isinstance(value, date):
        sheet.write_datetime(at, place, value, looks)
    else:
        sheet.write_number(at, place, value, looks)


def _as_table(sheet: Any, first: int, heads: Sequence[str], rows: int) -> None:
    """A table in Excel's own sense, which screen readers announce; it has a row even where there is none."""
    options = {"style": STYLE, "columns": [{"header": head} for head in heads]}
    sheet.add_table(first, 0, first + max(rows, 1), len(heads) - 1, options)


def _unlike(columns: Sequence[FileColumn]) -> list[str]:
    """Headings no two of which are alike, as such a table demands."""
    seen: dict[str, int] = {}
    heads = []
    for column in columns:
        plain = column.heading.casefold()
        seen[plain] = seen.get(plain, 0) + 1
        heads.append(column.heading if seen[plain] == 1 else f"{column.heading} ({seen[plain]})")
    return heads
