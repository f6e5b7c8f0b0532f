"""Extracts made up for tests: people of whom both sources, or one, hold a record, with what goes wrong in records."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.people.identifiers import pnc_letter
from portal.people.models import Person, PersonName, name_rows
from portal.register.command import list_register
from portal.register.loading import Counts, load
from portal.register.stated import Stated
from tests import TODAY
from tests.factories import CARDIFF, GWENT, area

SURNAMES = ("Jones", "Davies", "Williams", "Llewellyn", "Wojciechowski", "Prys", "O’Brien", "Afolabi")
FORENAMES = ("Siân", "Rhys", "David", "Dafydd", "Ieuan", "Catrin", "Megan", "Tomos")


def row(source: str, ref: str, **values: Any) -> Stated:
    known = {"surname": "Enghraifft", "forenames": "Siân", "date_of_birth": date(1990, 5, 4), "sex": "female"}
    return Stated(1, source, ref, {**known, "area_id": area().id, **values})


def delius(ref: str = "X100001", **values: Any) -> Stated:
    return row("delius", ref, **values)


def niche(ref: str = "N1", **values: Any) -> Stated:
    return row("niche", ref, **values)


def pnc(serial: int, year: int = 2010) -> str:
    bare = f"{year}/{serial:07}"
    return bare + pnc_letter(bare)


def take(*rows: Stated, on: date = TODAY, by_id: int | None = None) -> Counts:
    """Load rows of one source."""
    return load(rows, source=rows[0].source, today=on, by_id=by_id)


def make_extracts(seed: int, people: int) -> tuple[list[Stated], list[Stated]]:
    """Delius and Niche of so many people, some of them in both, some hard to tell apart."""
    draw = random.Random(seed)  # noqa: S311
    areas = [area().id, area(GWENT).id]
    probation, police = [], []
    for number in range(people):
        known = _person(draw, number, areas)
        if draw.random() < 0.75:
            probation.append(delius(f"X{100000 + number}", **_told(draw, known, areas)))
        if draw.random() < 0.75:
            told = _told(draw, known, areas)
            told.pop("noms_number", None)
            police.append(niche(f"N{number}", **told))
    return probation, police


def _person(draw: random.Random, number: int, areas: Sequence[int]) -> dict[str, Any]:
    return {
        "surname": draw.choice(SURNAMES),
        "forenames": draw.choice(FORENAMES),
        "date_of_birth": date(1980, 1, 1) + timedelta(draw.randrange(40) * 97),
        "sex": draw.choice(("female", "male")),
        "area_id": areas[0],
        "local_authority_id": area(CARDIFF).id,
        "pnc_id": pnc(number // 2 if draw.random() < 0.1 else number + 500),
        "noms_number": f"A{1000 + number}BC",
    }


def _told(draw: random.Random, known: dict[str, Any], areas: Sequence[int]) -> dict[str, Any]:
    """As one source has it."""
    told = dict(known)
    for name in ("pnc_id", "noms_number", "sex", "date_of_birth", "local_authority_id"):
        if draw.random() < 0.3:
            told.pop(name)
    if draw.random() < 0.2:
        told["surname"] = draw.choice(SURNAMES)
    if draw.random() < 0.15:
        told["area_id"] = draw.choice(areas)
    if draw.random() < 0.6:
        told["wisdom"] = draw.random() < 0.2
        told["cohort"] = "free" if told["wisdom"] else draw.choice(("fixed", "flex", "free"))
        told["cohort_from"] = date(2026, 1, 1) + timedelta(draw.randrange(100))
    return told


def register() -> list[dict[str, Any]]:
    """Everyone, without regard to who came first."""
    return sorted(list_register(), key=lambda person: sorted(map(str, person.items())))


def lost_words() -> set[int]:
    """Those who are not found by just the words of their names; nobody is found by a row that is joined."""
    columns = ("person_id", "area_id", "word", "sound", "whole")
    kept = {tuple(row) for row in db.session.execute(sa.select(*(getattr(PersonName, c) for c in columns)))}
    standing = sa.select(Person).where(Person.joined_to.is_(None)).execution_options(populate_existing=True)
    wanted = {
        tuple(row[c] for c in columns) for person in db.session.scalars(standing) for row in name_rows(person)
    }
    return {row[0] for row in kept ^ wanted}  # type: ignore[misc]


def load_all(*extracts: Iterable[Stated]) -> None:
    for extract in extracts:
        if rows := list(extract):
            take(*rows)
