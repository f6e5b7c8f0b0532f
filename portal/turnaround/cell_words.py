"""A cell in words, as tables on pages show it."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from portal.i18n import short_date
from portal.turnaround.cells import Cell, Kind
from portal.turnaround.lines import per_cent


def cell_words(cell: Cell) -> str:
    """The figure, or why it is unknown; a dash where nobody said why."""
    value = cell.value
    if value is None:
        return cell.note or "–"
    if cell.kind is Kind.SHARE and isinstance(value, float | int):
        return f"{per_cent(value)}%"
    if cell.kind is Kind.RATIO and isinstance(value, float | int):
        return f"{value:.2f}"
    if isinstance(value, date):
        return short_date(value)
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def limit_words(cell: Cell) -> str:
    """The limits of a share, or what its note adds to the figure; nothing where there is neither."""
    if cell.value is None:
        return ""
    if cell.kind is Kind.SHARE and cell.low is not None and cell.high is not None:
        return _("likely %(low)d%% to %(high)d%%", low=per_cent(cell.low), high=per_cent(cell.high))
    return cell.note
