"""A table in words, as pages show it and paper too: for each cell what it says, its limits beneath, a bar, a link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from portal.i18n import gettext as _
from portal.i18n import long_date
from portal.turnaround.cells import Cell, Column, Kind, Table, is_part
from portal.turnaround.disclosure import adding_up, largest_remainders
from portal.turnaround.small_numbers import says_share

Bar = tuple[int, int, int]


class Shown(NamedTuple):
    """A figure in words, what stands beneath it, and share, low and high as whole per cents for the bar.
    `opens`: the address behind what stands beneath, by its words."""

    words: str
    beneath: Sequence[str] = ()
    bar: Bar | None = None
    href: str | None = None
    opens: Mapping[str, str] | None = None


class Lines(NamedTuple):
    """A table as it is shown: columns that stand under others are gone into them. The first cell names its row."""

    title: str
    heads: list[str]
    rows: list[list[Shown]]
    note: str


def in_lines(table: Table) -> Lines:
    columns, adding = table.columns, adding_up(table.columns)
    shown = [_row(table, row, adding) for row in table.rows]
    tops = [place for place, column in enumerate(columns) if not column.under]
    under = {top: [at for at, one in enumerate(columns) if one.under == columns[top].key] for top in tops}
    heads = [columns[top].heading for top in tops]
    for number, top in enumerate(tops):
        for at in under[top]:
            if once := _said_once(table, shown, at):
                under[top].remove(at)
                heads[number] = _("%(heading)s, %(once)s", heading=heads[number], once=once)
                break
    rows = [
        [
            _above(words[top], row[top], [_beneath(columns[at], row[at], words[at]) for at in under[top]])
            for top in tops
        ]
        for row, words in zip(table.rows, shown, strict=True)
    ]
    return Lines(table.title, heads, rows, table.note)


def _row(table: Table, row: Sequence[Cell], adding: Sequence[Sequence[int]]) -> list[Shown]:
    shown = [show(cell, column, table.published) for column, cell in zip(table.columns, row, strict=True)]
    for places in adding:
        for place, words in _adding_up([row[place] for place in places], places):
            shown[place] = words
    return shown


def _said_once(table: Table, shown: Sequence[Sequence[Shown]], at: int) -> str:
    """The words of a column that says the same of every row: they go into the heading above it."""
    if any(not row[at].note or row[at].hidden for row in table.rows):
        return ""
    words = {row[at].words for row in shown}
    return words.pop() if len(words) == 1 else ""


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


def _beneath(column: Column, cell: Cell, shown: Shown) -> tuple[str, str | None]:
    """What a cell says beneath another, and what that opens: nothing where it counts nobody, its heading before a bare
    number."""
    if cell.kind is Kind.COUNT and not cell.value:
        return "", None
    words = (
        shown.words if cell.note else _("%(heading)s: %(figure)s", heading=column.heading, figure=shown.words)
    )
    return words, shown.href


def _above(shown: Shown, cell: Cell, beneath: Sequence[tuple[str, str | None]]) -> Shown:
    """Beneath a figure that is not shown, or counts nothing, nothing stands."""
    more = [words for words, _href in beneath if words] if cell.value is not None else []
    opens = {words: href for words, href in beneath if href}
    return shown._replace(beneath=[*shown.beneath, *more], opens=opens) if more else shown


def _adding_up(cells: Sequence[Cell], places: Sequence[int]) -> Iterable[tuple[int, Shown]]:
    """Shares that add to 1, in whole per cents that add to 100."""
    if any(cell.value is None for cell in cells):
        return
    for place, part in zip(
        places, largest_remainders([float(str(cell.value)) for cell in cells], 100), strict=True
    ):
        yield place, Shown(f"{part}%")
