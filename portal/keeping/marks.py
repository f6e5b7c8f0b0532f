"""Keyed hashes by which an erased person is known again: whoever has the table alone learns nothing from it.

The key is made of `SECRET_KEY`: under another one nobody is known again, so keep the old one with the backups.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects.postgresql import ARRAY

from portal.db import db
from portal.people import names
from portal.people.models import Person
from portal.register.models import SourceRecord

REFERENCE = 12  # hexadecimal digits
Ref = tuple[str, str]  # source (delius, niche, pnc, noms) and what it calls the person


def mark(kind: str, text: str) -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    key = hmac.digest(secret, b"blaenoriaeth erasures", hashlib.sha256)
    return hmac.digest(key, f"{kind}\0{text.strip().upper()}".encode(), hashlib.sha256)


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


def was_erased(source: str, ref: str) -> bool:
    """Whether someone whom the current scope might have seen was erased under this number: ask before adding them."""
    return bool(list_erased([(source, ref)]))


def list_erased(refs: Collection[Ref]) -> set[Ref]:
    """Those of the numbers under which somebody was erased, in one statement; for whole extracts."""
    by_mark = {mark(*ref): ref for ref in refs}
    asked = sa.cast(list(by_mark), ARRAY(sa.LargeBinary))
    return {by_mark[bytes(found)] for found in db.session.scalars(sa.select(sa.func.marks_of_erased(asked)))}
