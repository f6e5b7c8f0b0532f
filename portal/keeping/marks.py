"""The marks that an erasure leaves of a person (`portal.people.erased`), and its reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.people import names
from portal.people.erased import mark
from portal.people.models import Person
from portal.register.models import SourceRecord

REFERENCE = 12  # hexadecimal digits


def reference_of(person_id: int) -> str:
    """What an erasure is called where nothing may name the person."""
    return mark("person", str(person_id)).hex()[:REFERENCE].upper()


def marks_of(rows: Iterable[Person], records: Iterable[SourceRecord]) -> set[bytes]:
    """Of a person's rows and what the sources said: each number, and the names with the date of birth."""
    found: set[bytes] = set()
    for row in rows:
        numbers = {"delius": row.crn, "niche": row.niche_ref, "pnc": row.pnc_id, "noms": row.noms_number}
        found |= {mark(kind, number) for kind, number in numbers.items() if number}
        if row.date_of_birth:
            found.add(_named(row.surname, row.forenames, row.date_of_birth.isoformat()))
    for record in records:
        found |= {mark(record.source, record.ref)} if record.source != "portal" else set()
        found |= set(_stated(record.stated))
    return found


def _stated(stated: dict[str, Any]) -> Iterable[bytes]:
    for kind, field in (("pnc", "pnc_id"), ("noms", "noms_number")):
        if stated.get(field):
            yield mark(kind, str(stated[field]))
    if stated.get("date_of_birth"):
        yield _named(str(stated.get("surname")), str(stated.get("forenames")), str(stated["date_of_birth"]))


def _named(surname: str, forenames: str, born: str) -> bytes:
    return mark("name", f"{names.sort_key(surname, forenames)}\0{born}")
