"""A copy gathered, and as files: a PDF for the person, the same words as JSON for whatever they want to do with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from portal.db import beyond_scope, db
from portal.i18n import date_and_time, in_language, language
from portal.keeping import copy_iom, copy_person
from portal.keeping.copy_referrals import OfReferrals
from portal.keeping.copying import SECTIONS, Entry, Section, withheld_words, without
from portal.keeping.models import PersonCopy
from portal.paper.setting import set_pdf
from portal.people.models import Person
from portal.referrals.models import Referral

TEMPLATE = Path(__file__).parent.parent.parent / "templates" / "keeping" / "copy.typ"


def gather(person: Person, copy: PersonCopy) -> list[Section]:
    """All that is held, in the reader's language, who may see the person; sections that hold nothing are left out."""
    with beyond_scope():  # rows joined to theirs are hidden from everybody
        return _gather(person, copy)


def _gather(person: Person, copy: PersonCopy) -> list[Section]:
    members = copy_person.list_members(person.id)
    ids = [row.id for row in members]
    entries: dict[str, Callable[[], list[Entry]]] = {
        "record": lambda: copy_person.record(members),
        "sources": lambda: copy_person.sources(ids),
        "edits": lambda: copy_person.edits(ids),
        "pairs": lambda: copy_person.pairs(ids),
        "cohorts": lambda: copy_iom.cohorts(ids),
        "reviews": lambda: copy_iom.reviews(ids),
        "needs": lambda: copy_iom.needs(ids),
        "statements": lambda: copy_iom.statements(ids),
        "closings": lambda: copy_iom.closings(ids),
        "aside": lambda: copy_iom.aside(ids),
        "keeping": lambda: copy_person.keeping(person.id),
        "copies": lambda: copy_person.copies(ids, copy.id),
        "readers": lambda: copy_person.readers(person.id),
        **OfReferrals(ids).by_section(),
    }
    found = [Section(code, str(title), entries[code]()) for code, title in SECTIONS.items()]
    return [section for section in found if section.entries]


def list_referral_ids(person_id: int) -> list[int]:
    """Those of which a copy tells, for the access log."""
    with beyond_scope():
        members = sa.select(Person.id).where(sa.or_(Person.id == person_id, Person.joined_to == person_id))
        return list(db.session.scalars(sa.select(Referral.id).where(Referral.person_id.in_(members))))


def document(person: Person, copy: PersonCopy, made_by: str) -> dict[str, Any]:
    """The whole copy as it is given, in its own language: text only."""
    with in_language(copy.language):
        given, withheld = without(gather(person, copy), copy.withheld)
        return {
            "lang": language(),
            "title": _("Information held about %(name)s", name=person.name),
            "reference": copy.asked_as,
            "intro": [
                _("As it stood on %(when)s, in Blaenoriaeth, the portal of Integrated Offender Management.",
                  when=date_and_time(datetime.now(UTC))),
                _("Made by %(name)s. Reference of the request: %(reference)s.", name=made_by, reference=copy.asked_as),
                withheld_words(withheld),
            ],
            "withheld": withheld,
            "page": _("Page {number} of {total}"),
            "sections": [
                {"title": section.title, "entries": [_entry(entry) for entry in section.entries]} for section in given
            ],
        }  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "facts": [list(pair) for pair in (*entry.facts, *((part.label, part.words) for part in entry.said))],
    }


def as_json(words: dict[str, Any]) -> bytes:
    kept = {name: value for name, value in words.items() if name != "page"}
    return json.dumps(kept, ensure_ascii=False, indent=2).encode()


def as_pdf(words: dict[str, Any]) -> bytes:
    """Tagged, PDF/UA-1. Raises CannotSet."""
    return set_pdf(TEMPLATE, words)
