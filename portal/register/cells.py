"""What one cell of an extract says, in the register's form. Pure.

Each reader gives None for what says nothing, and raises Refused for what cannot be.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.people import identifiers
from portal.people.record_form import EARLIEST_BIRTH
from portal.people.wording import SEXES
from portal.sheets import findings
from portal.sheets.findings import fold
from portal.sheets.writing import FORMULA

YES = {"y", "yes", "true", "t", "1", "ie", "ydy", "ydi", "oes", "gwir"}
NO = {"n", "no", "false", "f", "0", "na", "nac ydy", "nac ydi", "nac oes", "nag oes", "gau", "ffug"}
NOT_SAID = {"null", "n/a", "n/k", "unknown", "not known", "not recorded", "-", "anhysbys"}
SEX_WORDS = {
    **dict.fromkeys(("f", "female", "woman", "benyw", "menyw"), "female"),
    **dict.fromkeys(("m", "male", "man", "gwryw", "dyn"), "male"),
    **dict.fromkeys(("u", "x", "not specified"), None),
}
LANGUAGE_WORDS = {
    **dict.fromkeys(("en", "eng", "english", "saesneg"), "en"),
    **dict.fromkeys(("cy", "cym", "wel", "welsh", "cymraeg"), "cy"),
}
COHORT_WORDS = {
    **{code: code for code in COHORT_NAMES},
    **{"sefydlog": "fixed", "hyblyg": "flex", "rhydd": "free", "none": None, "dim": None},
    **{"y garfan sefydlog": "fixed", "y categori hyblyg": "flex", "y categori rhydd": "free"},
}
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?")


class Refused(Exception):
    def __init__(self, reason: LazyString) -> None:
        super().__init__(reason)
        self.reason = reason


def read_name(text: str, _today: date) -> str:
    found = " ".join(unicodedata.normalize("NFC", text).split())
    if found.startswith(FORMULA) or not any(map(str.isalpha, found)):
        raise Refused(_l("“%(text)s” is not a name", text=text[:40]))
    return found


def read_crn(text: str, _today: date) -> str:
    return _or_refused(identifiers.read_crn(text), _l("“%(text)s” is not a CRN like X123456", text=text[:40]))


def read_pnc_id(text: str, today: date) -> str:
    reason = _l("“%(text)s” is not a PNC ID like 2003/0123456X or 03/123456X", text=text[:40])
    return _or_refused(identifiers.read_pnc_id(text, today.year), reason)


def read_prison_number(text: str, _today: date) -> str:
    reason = _l("“%(text)s” is not a prison number like A1234BC", text=text[:40])
    return _or_refused(identifiers.read_prison_number(text), reason)


def read_niche_ref(text: str, _today: date) -> str:
    reason = _l(
        "“%(text)s” is not a Niche reference: it has at least one number and no more than 40 characters",
        text=text[:40],
    )
    return _or_refused(identifiers.read_niche_ref(text), reason)


def read_birth(text: str, today: date) -> date:
    born = read_day(text, today)
    if born < EARLIEST_BIRTH:
        raise Refused(_l("%(day)s is before the year 1900", day=born.isoformat()))
    return born


def read_day(text: str, today: date) -> date:
    """A day up to today; a time of midnight behind it is what some systems add."""
    day = findings.read_date(MIDNIGHT.sub("", text))
    if day is None:
        raise Refused(findings.no_date(text))
    if day > today:
        raise Refused(findings.in_the_future(day))
    return day


def read_flag(text: str, _today: date) -> bool:
    word = fold(text)
    if word not in YES | NO:
        raise Refused(_l("“%(text)s” is neither yes nor no", text=text[:40]))
    return word in YES


def read_sex(text: str, _today: date) -> str | None:
    return _word(text, SEX_WORDS, SEXES)


def read_language(text: str, _today: date) -> str:
    return LANGUAGE_WORDS.get(fold(text), "other")


def read_cohort(text: str, _today: date) -> str | None:
    return _word(text, COHORT_WORDS, COHORT_NAMES)


def read_needs(text: str, _today: date) -> tuple[str, ...]:
    """Codes, in the register's order, each once."""
    words = [re.sub(r"[\s-]+", "_", fold(part)) for part in re.split("[;|]", text) if part.strip()]
    for word in words:
        if word not in NEEDS:
            raise Refused(findings.not_one_of(word, NEEDS))
    return tuple(code for code in NEEDS if code in words)


Reader = Callable[[str, date], Any]
READERS: Mapping[str, Reader] = {
    "crn": read_crn,
    "niche_ref": read_niche_ref,
    "pnc_id": read_pnc_id,
    "noms_number": read_prison_number,
    "surname": read_name,
    "forenames": read_name,
    "date_of_birth": read_birth,
    "sex": read_sex,
    "language": read_language,
    "cohort": read_cohort,
    "cohort_from": read_day,
    "wisdom": read_flag,
    "y2a": read_flag,
    "mappa": read_flag,
    "needs": read_needs,
}
NAMES = ("surname", "forenames")


def read_cell(column: str, text: str, today: date) -> Any:
    """None also for the words by which systems say that they do not know; Null is a surname."""
    if column not in NAMES and fold(text) in NOT_SAID:
        return None
    return READERS[column](text, today)


def _word(text: str, words: Mapping[str, str | None], codes: Mapping[str, object]) -> str | None:
    word = fold(text)
    if word not in words:
        raise Refused(findings.not_one_of(text, codes))
    return words[word]


def _or_refused(found: str | None, reason: LazyString) -> str:
    if found is None:
        raise Refused(reason)
    return found
