"""Bars made of a table that is shown, and so of nothing that may not be published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.turnaround.cells import Cell, Table
from portal.turnaround.charts import Chart, bars

Row = tuple[str, Sequence[tuple[str, Cell]]]


def bars_of(table: Table, rows: Iterable[Row], axis: str) -> Chart | None:
    """Bars of the counts that are known and not 0, with the words of the table; None if there are none."""
    drawn = []
    for label, cells in rows:
        parts = [(series, cell.value) for series, cell in cells if isinstance(cell.value, int) and cell.value]
        if parts:
            drawn.append((label, parts))
    if not drawn:
        return None
    said = "; ".join(
        f"{label}: "
        + ", ".join(f"{series} {value}" if series != label else f"{value}" for series, value in parts)
        for label, parts in drawn
    )
    return bars(drawn, name=f"{table.name}-bars", title=table.title, alternative=said, axis=axis, table=table)


def find(tables: Iterable[Table], name: str) -> Table | None:
    return next((table for table in tables if table.name == name), None)


def last_row(table: Table, keys: Sequence[str], axis: str) -> Iterable[Row]:
    """A bar for each of these columns, from the last row."""
    for column, cell in zip(table.columns, table.rows[-1], strict=True):
        if column.key in keys:
            yield column.heading, [(axis, cell)]
