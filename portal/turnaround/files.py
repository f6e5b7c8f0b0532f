"""The figures as files: which tables there are, and how they are written as CSV and as workbooks.

A page adds its tables beside its view:

    @files.offer("declines", _l("Declines by cause"))
    def tables(question: Question) -> list[Table]: ...

and its template lists the links under them: `downloads('declines')` of `turnaround/_downloads.html`. What a file
holds is published first (`disclosure.published`), whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel.speaklater import LazyString

from portal.turnaround.asking import Question
from portal.turnaround.cells import Table
from portal.turnaround.disclosure import published

MOST_ROWS = 20_000  # of all tables of a file together

Tables = Callable[[Question], list[Table]]


class TooLong(Exception):
    """There are more rows than a file may have."""


@dataclass(frozen=True)
class Offer:
    """What can be downloaded: `tables` may have one for each need. They are asked only with a filter without errors."""

    title: LazyString
    tables: Tables
    asking: Mapping[str, Any] = field(default_factory=dict)


OFFERS: dict[str, Offer] = {}


def offer(name: str, title: LazyString, **asking: Any) -> Callable[[Tables], Tables]:
    """Let the tables that a function makes be downloaded. `name` stands in addresses and file names; `asking` is how
    the page asks (`asking.read_question`), so that its file holds the same."""

    def add(tables: Tables) -> Tables:
        OFFERS[name] = Offer(title, tables, asking)
        return tables

    return add


def tables_of(names: Iterable[str], question: Question) -> list[Table]:
    """The tables of these names as anybody may see them. TooLong where they have too many rows."""
    found = [published(table) for name in names for table in OFFERS[name].tables(question)]
    if sum(len(table.rows) for table in found) > MOST_ROWS:
        raise TooLong
    return found
