"""A table in words, as pages show it and paper too: for each cell what it says, its limits beneath, a bar, a link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext as _

from portal.i18n import long_date
from portal.turnaround.cells import Cell, Column, Kind, Table, is_part
from portal.turnaround.disclosure import largest_remainders
from portal.turnaround.small_numbers import says_share

Bar = tuple[int, int, int]


class Shown(NamedTuple):
    """A figure in words, what stands beneath it, and share, low and high as whole per cents for the bar."""

    words: str
    beneath: Sequence[str] = ()
    bar: Bar | None = None
    href: str | None = None


class Lines(NamedTuple):
    """A table as it is shown: columns that stand under others are gone into them. The first cell names its row."""

    title: str
    heads: list[str]
    rows: list[list[Shown]]
    note: str


def in_lines(table: Table) -> Lines:
    columns = table.columns
    tops = [place for place, column in enumerate(columns) if not column.under]
    under = {
        top: [at for at, column in enumerate(columns) if column.under == columns[top].key] for top in tops
    }
    rows = []
    for row in table.rows:
        adding = _adding_up(columns, row)
        shown = [adding.get(at) or show(cell, columns[at], table.published) for at, cell in enumerate(row)]
        rows.append([_above(shown[top], row[top], [_beneath(columns[at], row[at], shown[at]) for at in under[top]])
                     for top in tops])  # fmt: skip
    return Lines(table.title, [columns[top].heading for top in tops], rows, table.note)


def show(cell: Cell, column: Column, published: bool) -> Shown:
    """`published`: a share of two numbers of people is a part of a whole, though rounded it is not their quotient."""
    if cell.value is None or cell.note:
        return Shown(cell.note or "–", href=cell.href)
    if cell.kind is Kind.SHARE:
        part = len(cell.people) == 2 if published else is_part(cell)
        return _part(cell) if part else _share(cell)
    if cell.kind is Kind.DATE:
        return Shown(long_date(cell.value))  # type: ignore[arg-type]
    if cell.kind is Kind.RATIO:
        return Shown(f"{float(str(cell.value)):.1f}" if published else f"{float(str(cell.value)):.2f}")
    return Shown(str(cell.value), href=cell.href)


def _part(cell: Cell) -> Shown:
    """18 of 23, and the share beneath; of fewer than 8 there is no share."""
    part, whole = cell.people[0], sum(cell.people)
    words = _("%(part)d of %(whole)d", part=part, whole=whole)
    if not says_share(whole):
        return Shown(words, [_("too few to say")], href=cell.href)
    share = _share(cell)
    return Shown(
        words, [f"{share.words}, {share.beneath[0]}" if share.beneath else share.words], share.bar, cell.href
    )


def _share(cell: Cell) -> Shown:
    share = float(str(cell.value))
    words = f"{per_cent(share)}%"
    if cell.low is None or cell.high is None:
        return Shown(words, href=cell.href)
    bar = per_cent(share), per_cent(cell.low), per_cent(cell.high)
    return Shown(words, [_("likely %(low)d%% to %(high)d%%", low=bar[1], high=bar[2])], bar, cell.href)


def per_cent(share: float) -> int:
    """Rounded, but 0 and 100 only where it is none or all."""
    return round(share * 100) if share in (0, 1) else min(max(round(share * 100), 1), 99)


def _beneath(column: Column, cell: Cell, shown: Shown) -> str:
    """What a cell says beneath another: nothing where it counts nobody, its heading before a bare number."""
    if cell.kind is Kind.COUNT and not cell.value:
        return ""
    return (
        shown.words if cell.note else _("%(heading)s: %(figure)s", heading=column.heading, figure=shown.words)
    )


def _above(shown: Shown, cell: Cell, beneath: Sequence[str]) -> Shown:
    """Beneath a figure that is not shown, or counts nothing, nothing stands."""
    more = [words for words in beneath if words] if cell.value is not None else []
    return shown._replace(beneath=[*more, *shown.beneath]) if more else shown


def _adding_up(columns: Sequence[Column], row: Sequence[Cell]) -> dict[int, Shown]:
    """Shares that add to 1, in whole per cents that add to 100."""
    found: dict[int, Shown] = {}
    for group in {column.adds for column in columns} - {""}:
        places = [place for place, column in enumerate(columns) if column.adds == group]
        if all(row[place].value is not None for place in places):
            parts = largest_remainders([float(str(row[place].value)) for place in places], 100)
            found |= {place: Shown(f"{part}%") for place, part in zip(places, parts, strict=True)}
    return found
