"""What is wrong with a row, and the readings that every kind of row shares. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
BRITISH = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")

Fault = tuple[str, LazyString]  # column, reason


@dataclass(frozen=True)
class Finding:
    """What is wrong with a line, in words of the reader's language once shown. `refuses`: the row stays out."""

    line: int
    column: str
    reason: LazyString
    refuses: bool = False


def findings(line: int, found: Iterable[Fault], *, refuses: bool) -> list[Finding]:
    return [Finding(line, column, reason, refuses) for column, reason in found]


def in_words(finding: Finding) -> str:
    """One line of what a command prints."""
    where = f"Line {finding.line} refused" if finding.refuses else f"Line {finding.line}"
    return ": ".join(filter(None, (where, finding.column, str(finding.reason))))


def fold(text: str) -> str:
    """Names that differ in case, spaces or the way their accents are written are one."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def fault_of_text(text: str, longest: int) -> LazyString | None:
    if FORBIDDEN.search(text):
        return _l("There are characters that cannot be shown")
    if len(text) > longest:
        return _l("There are more than %(most)d characters", most=longest)
    return None


def missing() -> LazyString:
    return _l("This is missing")


def too_long() -> LazyString:
    return _l("The row has more cells than the first line: is a quotation mark missing?")


def not_read(ignored: Iterable[str]) -> LazyString:
    names = ", ".join(name[:40] for name in list(ignored)[:20])
    return _l("Columns that are not read: %(names)s", names=names)


def no_date(text: str) -> LazyString:
    return _l("“%(text)s” is not a date like 2024-03-31 or 31/03/2024", text=text[:40])


def in_the_future(day: date) -> LazyString:
    return _l("%(day)s is in the future", day=day.isoformat())


def not_one_of(text: str, codes: Iterable[str]) -> LazyString:
    return _l("“%(text)s” is not one of: %(codes)s", text=text[:40], codes=", ".join(codes))


def read_date(text: str) -> date | None:
    """A date like 2024-03-31 or 31/03/2024; None for what is none."""
    if found := ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := BRITISH.fullmatch(text):
        day, month, year = found.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
