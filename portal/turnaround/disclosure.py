"""What may be published: 1 to 7 people are never shown, and nothing from which they could be worked out.

The rule is that of NHS Digital for hospital statistics: counts of 1 to 7 are suppressed, all others rounded to the
nearest 5, shares worked out to the nearest 5 per cent and only where part and rest are 0 or at least 8. Analysts'
pages and every file are made of published tables.
"""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from portal.turnaround.cells import Cell, Kind, Table

FEW = 8  # fewer people than this are not shown
BASE = 5  # what published counts, and per cents, are rounded to


def published(table: Table) -> Table:
    """The same table as anybody may see it: no small numbers, nothing to open."""
    return replace(table, rows=tuple(tuple(published_cell(cell) for cell in row) for row in table.rows))


def published_cell(cell: Cell) -> Cell:
    if any(0 < number < FEW for number in cell.people):
        return Cell(cell.kind, note=_("too few to show"))
    bare = replace(cell, people=(), href=None)
    if cell.kind is Kind.COUNT and isinstance(cell.value, int):
        return replace(bare, value=rounded(cell.value))
    if cell.kind is Kind.SHARE and isinstance(cell.value, float):
        return replace(bare, value=_to_five(cell.value), low=_to_five(cell.low), high=_to_five(cell.high))
    return bare


def rounded(number: int) -> int:
    """To the nearest 5."""
    return BASE * ((number + BASE // 2) // BASE)


def _to_five(share: float | None) -> float | None:
    return None if share is None else round(share * 100 / BASE) * BASE / 100
