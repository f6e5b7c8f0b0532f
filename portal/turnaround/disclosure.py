"""What may be published: 1 to 7 people are never shown, and nothing from which they could be worked out.

Counts of 1 to 7 are suppressed and all others rounded to the nearest 5, as NHS Digital does. Rounding alone does not
hold: 8 and 8 are shown as 10, their total with a suppressed 1 as 15, and 17 is the only number that all of this
fits. So each count is first moved a little, always in the same way, as the Office for National Statistics moved the
counts of the census. Shares are worked out from the published counts. Analysts' pages and every file are made of
published tables. See docs/decisions/0013-small-numbers.md.
"""

from __future__ import annotations

import hmac
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from flask import current_app
from flask_babel import gettext as _

from portal.turnaround.cells import Cell, Column, Kind, Table, is_part
from portal.turnaround.estimators import wilson

FEW = 8  # fewer people than this are not shown
ENOUGH = 20  # of fewer no median is published, nor how long the oldest has waited
BASE = 5  # what published counts, and per cents, are rounded to
FURTHEST = 6  # how far a count may be moved; by d people half as often as by d - 1

_CHANCES = [2.0 ** -abs(step) for step in range(-FURTHEST, FURTHEST + 1)]
_LADDER = [step / sum(_CHANCES) for step in accumulate(_CHANCES)][:-1]


def published(table: Table) -> Table:
    """The same table as anybody may see it: no small numbers, nothing to open."""
    if table.published:
        return table
    secret = current_app.config["SECRET_KEY"].encode()
    keys = table.keys or [str(row[0].value) if row else "" for row in table.rows]
    rows = tuple(
        publish_row(table.columns, row, Counts(secret, key))
        for key, row in zip(keys, table.rows, strict=True)
    )
    return replace(table, rows=rows, published=True)


@dataclass(frozen=True)
class Counts:
    """How the counts of one row are published. The same number of the same row always comes out alike, whatever else
    was asked for: whoever asks twice learns nothing more."""

    secret: bytes
    key: str

    def shown(self, number: int) -> int | None:
        """The published count, from 10 in steps of 5; 0 is 0; None for 1 to 7."""
        if number == 0:
            return 0
        if number < FEW:
            return None
        return max(2 * BASE, nearest(number + self._moved(number)))

    def _moved(self, number: int) -> int:
        digest = hmac.digest(self.secret, f"small numbers {self.key} {number}".encode(), "sha256")
        return bisect(_LADDER, int.from_bytes(digest[:8]) / 2**64) - FURTHEST


def nearest(number: int) -> int:
    """To the nearest 5."""
    return BASE * ((number + BASE // 2) // BASE)


def nearest_share(share: float | None) -> float | None:
    """To the nearest 5 per cent, but 0 and 100 only where it is none or all."""
    if share is None or share in (0, 1):
        return share
    return min(max(round(share * 100 / BASE), 1), 100 // BASE - 1) * BASE / 100


def publish_row(columns: Sequence[Column], row: Sequence[Cell], counts: Counts) -> tuple[Cell, ...]:
    done: dict[str, Cell] = {}
    for column, cell in zip(columns, row, strict=True):
        whole = done.get(column.within)
        most = whole.value if whole and isinstance(whole.value, int) else None
        done[column.key] = _publish(cell, counts, most)
    for group in {column.adds for column in columns} - {""}:
        done |= _adding_up({column.key: done[column.key] for column in columns if column.adds == group})
    return tuple(done[column.key] for column in columns)


def _publish(cell: Cell, counts: Counts, most: int | None) -> Cell:
    """`most`: the published whole of which this cell's people are a part, None where there is none."""
    people = [counts.shown(number) for number in cell.people]
    if None in people:
        return Cell(cell.kind, note=_("too few to show"))
    shown = [number for number in people if number is not None]
    bare = replace(cell, people=(), href=None)
    if cell.kind is Kind.COUNT and cell.value is not None:
        value = shown[0] if shown else nearest(round(float(str(cell.value))))
        return replace(bare, value=value if most is None else min(value, most))
    if cell.kind is Kind.SHARE and isinstance(cell.value, float):
        return _publish_share(cell, bare, counts, most)
    if cell.kind in (Kind.DAYS, Kind.DATE, Kind.RATIO) and any(number < ENOUGH for number in shown):
        return _hidden(cell) if any(shown) else Cell(cell.kind, note=cell.note)
    if cell.kind is Kind.RATIO and isinstance(cell.value, float):
        return replace(bare, value=round(cell.value, 1), low=_tenth(cell.low), high=_tenth(cell.high))
    return bare


def _publish_share(cell: Cell, bare: Cell, counts: Counts, most: int | None) -> Cell:
    """Of a part and the rest: worked out from their published counts. Any other share is rounded."""
    if not is_part(cell):
        rounded = (nearest_share(share) for share in (cell.value, cell.low, cell.high))  # type: ignore[arg-type]
        value, low, high = rounded
        return replace(bare, value=value, low=low, high=high)
    part, rest = cell.people
    whole = counts.shown(part + rest) or 0
    whole = whole if most is None else min(whole, most)
    if part and rest:
        whole = max(whole, 4 * BASE)
        part = min(max(counts.shown(part) or 0, 2 * BASE), whole - 2 * BASE)
    else:
        whole = max(whole, 2 * BASE)
        part = whole if part else 0
    limits = wilson(part, whole)
    low, high = (None, None) if cell.low is None else map(nearest_share, (limits.low, limits.high))
    return replace(bare, value=nearest_share(part / whole), low=low, high=high, people=(part, whole - part))


def _adding_up(cells: dict[str, Cell]) -> dict[str, Cell]:
    """Shares to the nearest 5 per cent that still add to 1; one that is not shown hides the others."""
    if any(cell.value is None for cell in cells.values()):
        unknown = next(cell for cell in cells.values() if cell.value is None)
        return dict.fromkeys(cells, unknown)
    parts = largest_remainders([float(str(cell.value)) for cell in cells.values()], 100 // BASE)
    return {
        key: replace(cell, value=part * BASE / 100)
        for (key, cell), part in zip(cells.items(), parts, strict=True)
    }


def largest_remainders(shares: Sequence[float], units: int) -> list[int]:
    """Whole numbers as close to shares × units as they can be and add to units."""
    exact = [share * units for share in shares]
    parts = [int(one + 1e-9) for one in exact]
    for place in sorted(range(len(parts)), key=lambda at: parts[at] - exact[at])[: units - sum(parts)]:
        parts[place] += 1
    return parts


def _hidden(cell: Cell) -> Cell:
    return Cell(cell.kind, note=_("too few to show"), hidden=True)


def _tenth(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 1)
