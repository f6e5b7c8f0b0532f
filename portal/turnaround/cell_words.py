"""Cells of figures in words, in the reader's language, for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from portal.i18n import short_date
from portal.turnaround.cells import Cell, Kind, Table
from portal.turnaround.lines import per_cent


@dataclass(frozen=True)
class Words:
    """What stands in a cell, and smaller beneath it."""

    words: str
    beneath: str = ""
    href: str | None = None


def rows_in_words(table: Table) -> list[list[Words]]:
    return [[in_words(cell) for cell in row] for row in table.rows]


def in_words(cell: Cell) -> Words:
    """An unknown value is its note, else a dash. A share has its limits beneath it."""
    value = cell.value
    if value is None:
        return Words(cell.note or "–", href=cell.href)
    if cell.kind is Kind.SHARE and isinstance(value, int | float):
        return Words(f"{per_cent(value)}%", _beneath_share(cell), cell.href)
    if cell.kind is Kind.DAYS:
        return Words(_("day %(day)d", day=value), href=cell.href)
    if isinstance(value, date):
        return Words(short_date(value), href=cell.href)
    if isinstance(value, float):
        return Words(f"{value:.2f}", href=cell.href)
    return Words(str(value), cell.note, cell.href)


def _beneath_share(cell: Cell) -> str:
    if cell.low is None or cell.high is None:
        return ""
    return _("likely %(low)d%% to %(high)d%%", low=per_cent(cell.low), high=per_cent(cell.high))
