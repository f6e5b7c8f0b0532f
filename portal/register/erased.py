"""Rows of an extract about people who were erased here: they stay out, until somebody has added the person again."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from portal.db import current_scope, db
from portal.people.erased import Ref, list_erased
from portal.people.models import Person
from portal.people.queries import visible
from portal.register.checking import Checked
from portal.register.columns import REF
from portal.register.stated import Stated
from portal.sheets.findings import Finding
from portal.sheets.reading import Sheet

KINDS = {"delius": "crn", "niche": "niche_ref", "pnc": "pnc_id", "noms": "noms_number"}


def refuse_erased(checked: Checked, sheet: Sheet, source: str) -> None:
    """Move such rows from the good to the refused. Who was erased unseen by whoever imports is not told of.

    Somebody who is here again under the row's own reference stands, whatever else was erased.
    """
    numbers = {row.line: _numbers(row) for row in checked.good}
    erased = list_erased(set().union(*numbers.values()))
    doubtful = [row for row in checked.good if not erased.isdisjoint(numbers[row.line])]
    held = _list_held(set().union(*(numbers[row.line] for row in doubtful)))
    lines = {
        row.line
        for row in doubtful
        if (source, row.ref) not in held and not numbers[row.line].isdisjoint(erased - held)
    }
    if lines:
        _refuse(lines, checked, sheet, sheet.headings.get(REF[source], REF[source]))


def _numbers(row: Stated) -> set[Ref]:
    return {(kind, str(row.values[name])) for kind, name in KINDS.items() if row.values.get(name)}


def _list_held(refs: set[Ref]) -> set[Ref]:
    """Those of the numbers that somebody in sight has."""
    if not refs:
        return set()
    asked = []
    for kind, name in KINDS.items():
        column, texts = getattr(Person, name), [text for of, text in refs if of == kind]
        asked.append(sa.select(sa.literal(kind), column).where(column.in_(texts), visible(current_scope())))
    return {(kind, text) for kind, text in db.session.execute(sa.union_all(*asked))}


def _refuse(lines: set[int], checked: Checked, sheet: Sheet, heading: str) -> None:
    reason = _l("This person’s record was erased here. If they are on IOM again, add them by hand first")
    refused = {raw.line for raw in checked.refused} | lines
    found = [each for each in checked.found if each.line not in lines]
    found += [Finding(line, heading, reason, refuses=True) for line in lines]
    checked.good = [row for row in checked.good if row.line not in lines]
    checked.refused = [raw for raw in sheet.rows if raw.line in refused]
    checked.found = sorted(found, key=lambda each: each.line)
