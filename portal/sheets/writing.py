"""Rows as CSV: UTF-8 with its mark, so that Excel reads ŵ and ŷ; no cell that a spreadsheet would work out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

# What spreadsheets take for a formula at the beginning of a cell, the wide forms of East Asia included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{text}" if text.lstrip(" \ufeff").startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """Text without the apostrophe of `harmless`: a file of ours that comes back says what it said."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([harmless(cell) for cell in row] for row in rows)
    return f"\ufeff{file.getvalue()}"
