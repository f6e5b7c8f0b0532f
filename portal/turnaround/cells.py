"""A table of figures: what pages, charts and files all show. Numbers stay numbers until they are put into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

Value = str | int | float | date | None


class Kind(StrEnum):
    """How a figure is read: COUNT of people or referrals, SHARE from 0 to 1, DAYS, DATE, RATIO, or plain TEXT."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    DAYS = "days"
    DATE = "date"
    RATIO = "ratio"


class Cell(NamedTuple):
    """One figure. `value` is as files hold it, None where it is unknown; `note` then says why, in words, and else how
    pages put the value, if not as its kind is put. It never holds a number of people.

    `low` and `high` are its limits. `people` are all the numbers of people that the figure gives away: of a count
    itself, of a share its part and the rest, of a median how many it is of. `href` opens what stands behind it.
    `hidden`: it is known, and not shown.
    """

    kind: Kind
    value: Value = None
    low: float | None = None
    high: float | None = None
    people: tuple[int, ...] = ()
    note: str = ""
    href: str | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Column:
    """`definition` is a sentence or two on what the figure means: the definitions sheet of a workbook.

    `under`: the column beneath whose figures pages write these, where there are any. `within`: the column of counts
    of which these are a part. `adds`: shares of one row with the same word here add to 1.
    """

    key: str
    heading: str
    kind: Kind
    definition: str = ""
    under: str = ""
    within: str = ""
    adds: str = ""


@dataclass(frozen=True)
class Table:
    """`name` is a word for file names; `title` says what is shown, `note` what a reader has to know beside it.

    `keys` say what each row is about, alike in both languages (`agency 5`); without them its first cell does.
    `published`: small numbers are gone (`disclosure.published`), and counts and shares are rounded.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    keys: tuple[str, ...] = ()
    published: bool = False


def is_part(cell: Cell) -> bool:
    """Whether it is a share that is a number of people out of others: `people` is then that number and the rest."""
    if cell.kind is not Kind.SHARE or not isinstance(cell.value, float) or len(cell.people) != 2:
        return False
    whole = sum(cell.people)
    return whole > 0 and abs(cell.value - cell.people[0] / whole) < 1e-9


def text(words: str, href: str | None = None) -> Cell:
    return Cell(Kind.TEXT, words, href=href)


def count(number: int, href: str | None = None) -> Cell:
    return Cell(Kind.COUNT, number, people=(number,), href=href)


def share(part: int, whole: int, low: float | None, high: float | None, href: str | None = None) -> Cell:
    """Of nothing it is unknown."""
    value = part / whole if whole else None
    return Cell(Kind.SHARE, value, low, high, people=(part, whole - part), href=href)


def unknown(kind: Kind, note: str = "–") -> Cell:
    return Cell(kind, note=note)
