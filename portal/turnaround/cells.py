"""A table of figures: what pages, charts and files all show. Numbers stay numbers until they are put into words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Value = str | int | float | date | None


class Kind(StrEnum):
    """How a figure is read: COUNT of people or referrals, SHARE from 0 to 1, DAYS, DATE, RATIO, or plain TEXT."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    DAYS = "days"
    DATE = "date"
    RATIO = "ratio"


@dataclass(frozen=True)
class Cell:
    """One figure. `value` is as files hold it, None where it is unknown; `note` then says why, in words.

    `low` and `high` are its limits. `people` are all the numbers of people that the figure gives away: of a count
    itself, of a share its part and the rest. `href` opens what stands behind it.
    """

    kind: Kind
    value: Value = None
    low: float | None = None
    high: float | None = None
    people: tuple[int, ...] = ()
    note: str = ""
    href: str | None = None


@dataclass(frozen=True)
class Column:
    """`definition` is a sentence or two on what the figure means: the definitions sheet of a workbook."""

    key: str
    heading: str
    kind: Kind
    definition: str = ""


@dataclass(frozen=True)
class Table:
    """`name` is a word for file names; `title` says what is shown, `note` what a reader has to know beside it."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def text(words: str, href: str | None = None) -> Cell:
    return Cell(Kind.TEXT, words, href=href)


def count(number: int, href: str | None = None) -> Cell:
    return Cell(Kind.COUNT, number, people=(number,), href=href)


def share(part: int, whole: int, low: float | None, high: float | None, href: str | None = None) -> Cell:
    """Of nothing it is unknown."""
    value = part / whole if whole else None
    return Cell(Kind.SHARE, value, low, high, people=(part, whole - part), href=href)


def numbers_of(cells: Iterable[Cell]) -> list[Value]:
    return [cell.value for cell in cells]
