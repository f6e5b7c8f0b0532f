"""What one row of an extract says of a person, and the same as it is kept: facts, each a value of JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.people.edits import FIELDS

__all__ = ["FIELDS", "FLAGS", "IDENTIFIER", "Facts", "Stated", "facts"]

FLAGS = ("wisdom", "y2a", "mappa")
IDENTIFIER = {"delius": "crn", "niche": "niche_ref"}  # by which each source knows a person

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stated:
    """One good row. `values` in the register's forms (see `FIELDS`, and `cohort_from`); absent: the row does not say."""

    line: int
    source: str
    ref: str
    values: Mapping[str, Any]


def facts(values: Mapping[str, Any]) -> Facts:
    """Field -> value as JSON keeps it: days in ISO form, needs sorted, `cohort` as {"cohort", "from"}."""
    kept: Facts = {}
    for field in FIELDS:
        value = values.get(field)
        if value is None or value == "" or value == ():
            continue
        kept[field] = value.isoformat() if isinstance(value, date) else value
    if "cohort" in kept:
        kept["cohort"] = cohort_fact(kept["cohort"], values.get("cohort_from"))
    if "needs" in kept:
        kept["needs"] = sorted(kept["needs"])
    return kept


def cohort_fact(cohort: str, from_on: date | None) -> dict[str, str | None]:
    return {"cohort": cohort, "from": from_on.isoformat() if from_on else None}
