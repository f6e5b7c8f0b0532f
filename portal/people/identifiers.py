"""The numbers by which other systems know a person: how they are written, and the PNC's check letter. Pure.

Each reader gives the one form that the register keeps, or None for what cannot be such a number.
"""

from __future__ import annotations

import re

CRN = re.compile("[A-Z][0-9]{6}")
PRISON_NUMBER = re.compile("[A-Z][0-9]{4}[A-Z]{2}")
PNC_ID = re.compile("([0-9]{4}|[0-9]{2})/([0-9]{1,7})([A-Z])|([0-9]{4})([0-9]{7})([A-Z])")
PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
LONGEST_NICHE_REF = 40


def tidy(text: str) -> str:
    """Upper case and without spaces."""
    return re.sub(r"\s", "", text).upper()


def read_crn(text: str) -> str | None:
    found = tidy(text)
    return found if CRN.fullmatch(found) else None


def read_prison_number(text: str) -> str | None:
    found = tidy(text)
    return found if PRISON_NUMBER.fullmatch(found) else None


def read_pnc_id(text: str, this_year: int) -> str | None:
    """YYYY/NNNNNNNL of a long or short form; a short year after this year's is of the last century."""
    found = PNC_ID.fullmatch(tidy(text))
    if not found:
        return None
    year, serial, letter = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], found[6])
    if len(year) == 2:
        century = this_year // 100 - (int(year) > this_year % 100)
        year = f"{century}{year}"
    return f"{year}/{int(serial):07}{letter}"


def pnc_letter(pnc_id: str) -> str:
    """The check letter that a PNC ID in the kept form ought to end in."""
    return PNC_LETTERS[(int(pnc_id[2:4]) * 10**7 + int(pnc_id[5:12])) % 23]


def pnc_letter_is_wrong(pnc_id: str | None) -> bool:
    """A warning, not a refusal: the record may be looked at again."""
    return pnc_id is not None and pnc_id[-1] != pnc_letter(pnc_id)


def read_niche_ref(text: str) -> str | None:
    """Niche's own reference has no form of its own that can be checked, save that it holds a digit."""
    found = tidy(text)
    return found if len(found) <= LONGEST_NICHE_REF and re.search("[0-9]", found) else None
