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
from functools import cache, lru_cache
from itertools import accumulate

from flask import current_app

from portal.i18n import gettext as _
from portal.turnaround.cells import Cell, Column, Kind, Table, Value, is_part
from portal.turnaround.estimators import wilson

FEW = 8  # fewer people than this are not shown
ENOUGH = 20  # of fewer no median is published, nor how long the oldest has waited
BASE = 5  # what published counts, and per cents, are rounded to
FURTHEST = 6  # how far a count may be moved; by d people half as often as by d - 1


def published(table: Table) -> Table:
    """The same table as anybody may see it: no small numbers, nothing to open."""
    if table.published:
        return table
    secret = current_app.config["SECRET_KEY"].encode()
    keys = table.keys or [str(row[0].value) if row else "" for row in table.rows]
    adding = adding_up(table.columns)
    rows = tuple(
        publish_row(table.columns, row, Counts(secret, key), adding)
        for key, row in zip(keys, table.rows, strict=True)
    )
    return replace(table, rows=rows, published=True)


@dataclass(frozen=True)
class Counts:
    """How the counts of one row are published. The same number of the same row always comes out alike, whatever else
    was asked for: whoever asks twice learns nothing more."""

    secret: bytes
    key: str
    furthest: int = FURTHEST

    def shown(self, number: int) -> int | None:
        """The published count, from 10 in steps of 5; 0 is 0; None for 1 to 7."""
        if number == 0:
            return 0
        if number < FEW:
            return None
        return max(2 * BASE, nearest(number + moved(self.secret, self.key, number, self.furthest)))


@lru_cache(maxsize=4096)  # a band of three shares asks for each number nine times
def moved(secret: bytes, key: str, number: int, furthest: int = FURTHEST) -> int:
    """By how much a count is moved before it is rounded."""
    digest = hmac.digest(secret, f"small numbers {key} {number}".encode(), "sha256")
    return bisect(_ladder(furthest), int.from_bytes(digest[:8]) / 2**64) - furthest


@cache
def _ladder(furthest: int) -> list[float]:
    """Where the chances of each step end, but the last: from -furthest to furthest, added up."""
    chances = [2.0 ** -abs(step) for step in range(-furthest, furthest + 1)]
    return [end / sum(chances) for end in accumulate(chances)][:-1]


def nearest(number: int) -> int:
    """To the nearest 5."""
    return BASE * ((number + BASE // 2) // BASE)


def nearest_share(share: float | None) -> float | None:
    """To the nearest 5 per cent, but 0 and 100 only where it is none or all."""
    if share is None or share in (0, 1):
        return share
    return min(max(round(share * 100 / BASE), 1), 100 // BASE - 1) * BASE / 100


def publish_row(
    columns: Sequence[Column],
    row: Sequence[Cell],
    counts: Counts,
    adding: Sequence[Sequence[int]] | None = None,
) -> tuple[Cell, ...]:
    """`adding`: `adding_up` of the columns, for tables of many rows."""
    done: dict[str, Cell] = {}
    for column, cell in zip(columns, row, strict=True):
        whole = done[column.within].value if column.within in done else None
        done[column.key] = _publish(cell, counts, whole if isinstance(whole, int) else None)
    for places in adding_up(columns) if adding is None else adding:
        shares = [row[place].value for place in places]
        done |= _adding_up({columns[place].key: done[columns[place].key] for place in places}, shares)
    return tuple(done[column.key] for column in columns)


def adding_up(columns: Sequence[Column]) -> list[list[int]]:
    """The places of the columns whose shares add to 1, group by group."""
    groups: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        if column.adds:
            groups.setdefault(column.adds, []).append(place)
    return list(groups.values())


def _publish(cell: Cell, counts: Counts, most: int | None) -> Cell:
    """`most`: the published whole of which this cell's people are a part, None where there is none."""
    shown = []
    for number in cell.people:
        if (near := counts.shown(number)) is None:
            return _hidden(cell)
        shown.append(near)
    if cell.kind is Kind.COUNT and cell.value is not None:
        value = shown[0] if shown else nearest(round(float(str(cell.value))))
        value = value if most is None else min(value, most)
        return Cell(cell.kind, value, cell.low, cell.high, note=cell.note)
    bare = Cell(cell.kind, cell.value, cell.low, cell.high, note=cell.note, hidden=cell.hidden)
    if cell.kind is Kind.SHARE and isinstance(cell.value, float):
        return _publish_share(cell, bare, counts, most)
    if cell.kind in (Kind.DAYS, Kind.DATE, Kind.RATIO) and any(number < ENOUGH for number in shown):
        return _hidden(cell) if any(shown) else Cell(cell.kind, note=cell.note)
    if cell.kind is Kind.RATIO and isinstance(cell.value, float):
        return bare._replace(value=round(cell.value, 1), low=_tenth(cell.low), high=_tenth(cell.high))
    return bare


def _publish_share(cell: Cell, bare: Cell, counts: Counts, most: int | None) -> Cell:
    """Of a part and the rest: worked out from their published counts. Any other share is rounded."""
    if not is_part(cell):
        rounded = (nearest_share(share) for share in (cell.value, cell.low, cell.high))  # type: ignore[arg-type]
        value, low, high = rounded
        return bare._replace(value=value, low=low, high=high)
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
    return bare._replace(value=nearest_share(part / whole), low=low, high=high, people=(part, whole - part))


def _adding_up(cells: dict[str, Cell], shares: Sequence[Value]) -> dict[str, Cell]:
    """Shares to the nearest 5 per cent that still add to 1; one that is not shown hides the others."""
    unknown = next((cell for cell in cells.values() if cell.value is None), None)
    if unknown is not None:
        return dict.fromkeys(cells, unknown)
    parts = largest_remainders([share for share in shares if isinstance(share, float)], 100 // BASE)
    return {
        key: cell._replace(value=part * BASE / 100)
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
