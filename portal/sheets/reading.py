"""Sheets as they come: CSV or an Excel workbook, read within bounds into rows of text."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from openpyxl import load_workbook
from openpyxl.utils.datetime import from_excel

from portal.sheets.writing import unguarded

MOST_UNPACKED = 60 * 1024 * 1024  # of a workbook, whose parts are compressed
MOST_COLUMNS = 120
LONGEST = 500  # letters that are kept of a cell; fewer are let in
WORKBOOK = b"PK\x03\x04"


class Unusable(Exception):
    """The file itself cannot be read; `reason` says why, in the reader's language once it is shown."""

    def __init__(self, reason: LazyString) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Layout:
    """What a sheet is to hold, and how much.

    columns: the portal's names; required: those that the first line must name. headings: for a column, the headings
    (as `heading_key` writes them) under which it may stand, the first that is there counts; its own name if absent.
    passed_over: headings that are neither read nor worth a word. dated: columns in which a workbook's bare number is a
    day, if it is one of `serials` as Excel numbers them.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    headings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passed_over: frozenset[str] = frozenset()
    dated: frozenset[str] = frozenset()
    serials: range = range(36526, 80000)  # 2000 to 2119
    encodings: tuple[str, ...] = ("utf-8-sig",)
    delimiters: str = ","
    most_bytes: int = 10 * 1024 * 1024
    most_rows: int = 50_000
    most_letters: int = 20_000_000


@dataclass(frozen=True)
class Raw:
    """One row as it stands in the file: `line` counts from 1, the header's; `cells` by column, stripped, no empty ones.

    `too_long`: it has more cells than the header.
    """

    line: int
    cells: dict[str, str]
    too_long: bool = False


@dataclass(frozen=True)
class Sheet:
    """`headings`: column -> its heading in the file, in the file's order. What stands under `ignored` is not read."""

    rows: list[Raw]
    ignored: list[str] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)


def heading_key(heading: str) -> str:
    """Headings that differ in case and spaces are one."""
    return "_".join(heading.casefold().split())


def read(content: bytes, layout: Layout) -> Sheet:
    """Raises Unusable for what is too large, or is neither CSV nor a workbook."""
    if len(content) > layout.most_bytes:
        raise Unusable(
            _l("The file must be smaller than %(size)d MB", size=layout.most_bytes // 1024 // 1024)
        )
    lines = _workbook(content, layout) if content.startswith(WORKBOOK) else _csv(content, layout)
    first = next(lines, None)
    if first is None:
        raise Unusable(_l("The file is empty"))
    return _sheet(first[1], lines, layout)


def _sheet(header: Sequence[str], lines: Iterable[tuple[int, list[str]]], layout: Layout) -> Sheet:
    names = [heading_key(name) for name in header]
    while names and not names[-1]:
        names.pop()
    places = _places(names, layout)
    rows: list[Raw] = []
    kept = 0
    for line, cells in lines:
        if not any(cells):
            continue
        if len(rows) == layout.most_rows:
            raise _too_many(layout)
        found = {
            name: cells[place][:LONGEST]
            for name, place in places.items()
            if place < len(cells) and cells[place]
        }
        kept += sum(map(len, found.values()))
        if kept > layout.most_letters:
            raise _too_much()
        rows.append(Raw(line, found, any(cells[len(names) :])))
    read_ones = set(places.values())
    ignored = [
        name
        for place, name in enumerate(header)
        if name and place not in read_ones and heading_key(name) not in layout.passed_over
    ]
    in_order = sorted(places, key=places.__getitem__)
    return Sheet(rows, ignored, {name: header[places[name]] for name in in_order})


def _places(names: Sequence[str], layout: Layout) -> dict[str, int]:
    """Where each column stands; Unusable if a required one does not, or one stands there twice."""
    places: dict[str, int] = {}
    missing = []
    for column in layout.columns:
        headings = layout.headings.get(column, (column,))
        heading = next((heading for heading in headings if heading in names), None)
        if heading is not None:
            places[column] = names.index(heading)
        elif column in layout.required:
            missing.append(column if column in headings else headings[0])
    if missing:
        raise Unusable(
            _l("The first line must name the columns; these are missing: %(names)s", names=", ".join(missing))
        )
    twice = [names[place] for place in places.values() if names.count(names[place]) > 1]
    if twice:
        raise Unusable(_l("The column %(name)s stands in the first line more than once", name=twice[0][:40]))
    return places


def _csv(content: bytes, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """The line on which a row begins, and its cells."""
    text = _decoded(content, layout)
    first = text.partition("\n")[0]
    delimiter = max(layout.delimiters, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    before = 0
    try:
        for cells in reader:
            yield before + 1, [unguarded(cell.strip()) for cell in cells]
            before = reader.line_num
    except csv.Error:
        raise Unusable(
            _l("The file cannot be read after line %(line)d: is a quotation mark missing?", line=before)
        ) from None


def _decoded(content: bytes, layout: Layout) -> str:
    for number, encoding in enumerate(layout.encodings):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if number == 0 or "\x00" not in text:  # almost anything is Windows-1252: no text holds NUL
            return text
    raise Unusable(
        _l("The file must be a CSV file in UTF-8 (“CSV UTF-8” in Excel), or an Excel workbook (.xlsx)")
    )


def _workbook(content: bytes, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Rows of the first sheet, line by line. Formulas stay text: their results are not to be trusted unseen."""
    most_lines = 2 * layout.most_rows  # empty ones among them
    by_heading = {heading for name in layout.dated for heading in layout.headings.get(name, (name,))}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise _too_much()
        book = load_workbook(io.BytesIO(content), read_only=True)
        # Bounded: a row may claim any number, and all the rows before it would be made.
        rows = book.worksheets[0].iter_rows(max_row=most_lines, max_col=MOST_COLUMNS, values_only=True)
        dated: set[int] = set()
        for line, row in enumerate(rows, 1):
            if line == most_lines:
                raise _too_many(layout)
            texts = [] if not any(row) else [
                _text(value, book.epoch if place in dated else None, layout.serials) for place, value in enumerate(row)
            ]  # fmt: skip
            if line == 1:
                dated = {place for place, name in enumerate(texts) if heading_key(name) in by_heading}
            yield line, texts
    except Unusable:
        raise
    except Exception:  # a broken workbook fails in whatever part of it is broken
        raise Unusable(
            _l("The workbook cannot be opened: save it as .xlsx without a password, or as CSV UTF-8")
        ) from None


def _text(value: Any, epoch: datetime | None, serials: range) -> str:
    """A cell as it would stand in a CSV file. A bare number in a column of dates is a day as Excel counts from `epoch`."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if epoch is not None and isinstance(value, int) and value in serials:
        return f"{from_excel(value, epoch):%Y-%m-%d}"
    return str(getattr(value, "text", value)).strip()


def _too_many(layout: Layout) -> Unusable:
    return Unusable(_l("The file must hold no more than %(most)s rows", most=f"{layout.most_rows:,}"))


def _too_much() -> Unusable:
    return Unusable(_l("The file holds too much: keep only the rows that are to be imported"))
