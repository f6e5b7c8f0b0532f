"""Files of past referrals as they come: CSV in UTF-8 or an Excel workbook, read within bounds into rows of text."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from openpyxl import load_workbook
from openpyxl.utils.datetime import from_excel

COLUMNS = (
    "reference", "agency", "service", "need", "area", "cohort", "sent_on", "acknowledged_on", "decided_on", "decision",
    "decline_reason", "first_appointment_offered_on", "service_started_on", "closed_on", "outcome", "withdrawn_on",
)  # fmt: skip
REQUIRED = ("reference", "agency", "need", "area", "sent_on")
MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 60 * 1024 * 1024  # of a workbook, whose parts are compressed
MOST_ROWS = 50_000
MOST_LINES = 2 * MOST_ROWS  # of a sheet, empty ones among them
MOST_COLUMNS = 40
MOST_LETTERS = 20_000_000
LONGEST = 500  # letters that are kept of a cell; fewer are let in
WORKBOOK = b"PK\x03\x04"
SERIALS = range(36526, 80000)  # days as Excel numbers them, from 2000 to 2119


class Unusable(Exception):
    """The file itself cannot be read; `reason` says why, in the reader's language once it is shown."""

    def __init__(self, reason: LazyString) -> None:
        super().__init__(reason)
        self.reason = reason


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
    """`ignored` are headings that the portal does not know: what stands under them is not read."""

    rows: list[Raw]
    ignored: list[str] = field(default_factory=list)


def read(content: bytes) -> Sheet:
    """Raises Unusable for what is too large, or is neither CSV in UTF-8 nor a workbook."""
    if len(content) > MOST_BYTES:
        raise Unusable(_l("The file must be smaller than %(size)d MB", size=MOST_BYTES // 1024 // 1024))
    lines = _workbook(content) if content.startswith(WORKBOOK) else _csv(content)
    first = next(lines, None)
    if first is None:
        raise Unusable(_l("The file is empty"))
    return _sheet(first[1], lines)


def _sheet(header: Sequence[str], lines: Iterable[tuple[int, list[str]]]) -> Sheet:
    names = [_key(name) for name in header]
    while names and not names[-1]:
        names.pop()
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise Unusable(
            _l("The first line must name the columns; these are missing: %(names)s", names=", ".join(missing))
        )
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise Unusable(_l("The column %(name)s stands in the first line more than once", name=twice[0]))
    places = [(names.index(name), name) for name in COLUMNS if name in names]
    rows: list[Raw] = []
    kept = 0
    for line, cells in lines:
        if not any(cells):
            continue
        if len(rows) == MOST_ROWS:
            raise _too_many()
        found = {
            name: cells[place][:LONGEST] for place, name in places if place < len(cells) and cells[place]
        }
        kept += sum(map(len, found.values()))
        if kept > MOST_LETTERS:
            raise Unusable(_l("The file holds too much: keep the rows of past referrals only"))
        rows.append(Raw(line, found, any(cells[len(names) :])))
    return Sheet(rows, [name for name in header if name and _key(name) not in COLUMNS])


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The line on which a row begins, and its cells."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable(
            _l("The file must be a CSV file in UTF-8 (“CSV UTF-8” in Excel), or an Excel workbook (.xlsx)")
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error:
        raise Unusable(
            _l("The file cannot be read after line %(line)d: is a quotation mark missing?", line=before)
        ) from None


def _workbook(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Rows of the first sheet, line by line. Formulas stay text: their results are not to be trusted unseen."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise Unusable(_l("The file holds too much: keep the rows of past referrals only"))
        book = load_workbook(io.BytesIO(content), read_only=True)
        # Bounded: a row may claim any number, and all the rows before it would be made.
        rows = book.worksheets[0].iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS, values_only=True)
        dated: set[int] = set()
        for line, row in enumerate(rows, 1):
            if line == MOST_LINES:
                raise _too_many()
            texts = [] if not any(row) else [
                _text(value, book.epoch if place in dated else None) for place, value in enumerate(row)
            ]  # fmt: skip
            if line == 1:
                dated = {place for place, name in enumerate(texts) if _key(name).endswith("_on")}
            yield line, texts
    except Unusable:
        raise
    except Exception:  # a broken workbook fails in whatever part of it is broken
        raise Unusable(
            _l("The workbook cannot be opened: save it as .xlsx without a password, or as CSV UTF-8")
        ) from None


def _text(value: Any, epoch: datetime | None) -> str:
    """A cell as it would stand in a CSV file. A bare number in a column of dates is a day as Excel counts from `epoch`."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if epoch is not None and isinstance(value, int) and value in SERIALS:
        return f"{from_excel(value, epoch):%Y-%m-%d}"
    return str(getattr(value, "text", value)).strip()


def _key(heading: str) -> str:
    return "_".join(heading.casefold().split())


def _too_many() -> Unusable:
    return Unusable(_l("The file must hold no more than %(most)s rows", most=f"{MOST_ROWS:,}"))
