"""The columns that a table has in files: a share is also its number, what it is out of, and its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.turnaround.cells import Cell, Column, Kind, Table, Value


@dataclass(frozen=True)
class FileColumn:
    """`read` gives what a cell of the table's column `key` writes here."""

    key: str
    heading: str
    kind: Kind
    read: Callable[[Cell], Value]


def file_columns(tables: Sequence[Table]) -> list[FileColumn]:
    """Those of all these tables, each once, in the order in which they first stand."""
    cells: dict[str, list[Cell]] = {}
    columns: dict[str, Column] = {}
    for table in tables:
        for place, column in enumerate(table.columns):
            columns.setdefault(column.key, column)
            cells.setdefault(column.key, []).extend(row[place] for row in table.rows)
    return [each for key, column in columns.items() for each in _columns_of(column, cells[key])]


def _columns_of(column: Column, cells: Sequence[Cell]) -> Iterable[FileColumn]:
    key, heading = column.key, column.heading
    yield FileColumn(key, heading, column.kind, _value)
    if column.kind is Kind.SHARE and any(len(cell.people) == 2 for cell in cells):
        yield FileColumn(key, _("%(heading)s: number", heading=heading), Kind.COUNT, _part)
        yield FileColumn(key, _("%(heading)s: out of", heading=heading), Kind.COUNT, _whole)
    if any(cell.low is not None or cell.high is not None for cell in cells):
        yield FileColumn(
            key, _("%(heading)s: lower limit", heading=heading), column.kind, lambda cell: cell.low
        )
        yield FileColumn(
            key, _("%(heading)s: upper limit", heading=heading), column.kind, lambda cell: cell.high
        )


def _value(cell: Cell) -> Value:
    """What is unknown says why."""
    return cell.note or None if cell.value is None else cell.value


def _part(cell: Cell) -> Value:
    return cell.people[0] if len(cell.people) == 2 else None


def _whole(cell: Cell) -> Value:
    return sum(cell.people) if len(cell.people) == 2 else None


def file_rows(table: Table, columns: Sequence[FileColumn]) -> Iterable[list[Value]]:
    """The rows of one table in the columns of all, empty where it has no such column."""
    places = {column.key: place for place, column in enumerate(table.columns)}
    for row in table.rows:
        yield [each.read(row[places[each.key]]) if each.key in places else None for each in columns]
