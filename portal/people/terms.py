"""What someone typed into the search box: names, a number, a date of birth, in any order. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from portal.fields.dates import MONTHS
from portal.people import identifiers, names

YOUNGEST = 10  # years: a short year that would make someone younger is of the last century
# Months as Welsh mutates them after “o” and “i”: 4 o Fai.
MUTATED = {"fawrth": 3, "fai": 5, "fehefin": 6, "orffennaf": 7, "dachwedd": 11, "ragfyr": 12}
MONTH_NUMBERS = {**MONTHS, **MUTATED}
SEPARATED = r"(?P<day>[0-9]{1,2})[./-](?P<month>[0-9]{1,2})[./-](?P<year>[0-9]{4}|[0-9]{2})"
ISO = r"(?P<iso_year>[0-9]{4})-(?P<iso_month>[0-9]{1,2})-(?P<iso_day>[0-9]{1,2})"
IN_WORDS = (
    r"(?P<word_day>[0-9]{1,2})(?:st|nd|rd|th|af|il|ydd|fed|eg|ed|ain)?\s+(?:of\s+|o\s+)?"
    rf"(?P<word_month>{'|'.join(sorted(MONTH_NUMBERS, key=len, reverse=True))})\.?,?\s+(?P<word_year>[0-9]{{4}})"
)
DATE = re.compile(rf"(?<![^\s,])(?:{ISO}|{SEPARATED}|{IN_WORDS})(?![^\s,])", re.IGNORECASE)


@dataclass(frozen=True)
class Terms:
    """What to look for: all of it must fit. `kinds` says which sorts of term there are, for the access log."""

    words: tuple[str, ...] = ()
    code: str | None = None
    born: date | None = None

    @property
    def kinds(self) -> list[str]:
        given = {"name": self.words, "number": self.code, "date_of_birth": self.born}
        return [kind for kind, term in given.items() if term]

    @property
    def sounds(self) -> tuple[str, ...]:
        return tuple(names.sound(word) for word in self.words)


def read_terms(text: str, today: date) -> Terms:
    """ValueError where a date was typed that there is not."""
    born = None
    if found := DATE.search(text):
        born = read_date(found, today)
        text = f"{text[: found.start()]} {text[found.end() :]}"
    code = read_code(text, today.year)
    if code is not None:
        return Terms(code=code, born=born)
    rest = []
    for part in text.replace(",", " ").split():
        number = None if code else read_code(part, today.year)
        code = code or number
        if number is None:
            rest.append(part)
    return Terms(words=tuple(names.words(" ".join(rest))), code=code, born=born)


def read_code(text: str, this_year: int) -> str | None:
    """The one form of a CRN, prison number, PNC ID or Niche reference; nothing else with a digit is a name."""
    return (
        identifiers.read_crn(text)
        or identifiers.read_prison_number(text)
        or identifiers.read_pnc_id(text, this_year)
        or (identifiers.read_niche_ref(text) if len(text.split()) == 1 else None)
    )


def read_date(found: re.Match[str], today: date) -> date:
    """The date of a match of DATE; ValueError if the calendar has none such."""
    parts = found.groupdict()
    if parts["iso_year"]:
        return date(int(parts["iso_year"]), int(parts["iso_month"]), int(parts["iso_day"]))
    if parts["word_year"]:
        month = MONTH_NUMBERS[parts["word_month"].casefold()]
        return date(int(parts["word_year"]), month, int(parts["word_day"]))
    day, month, year = int(parts["day"]), int(parts["month"]), int(parts["year"])
    if len(parts["year"]) == 2:
        year += today.year // 100 * 100
        if year > today.year - YOUNGEST:
            year -= 100
    return date(year, month, day)
