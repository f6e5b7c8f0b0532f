"""From rows of a file to what a source states, with every fault and doubt in between. Pure: what is known is passed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.people import identifiers
from portal.people.wording import WISDOM_IS_FREE
from portal.register.cells import NOT_SAID, READERS, Refused, read_cell
from portal.register.columns import AS_THEY_ARE, OM, REF, ColumnMap
from portal.register.known import Known
from portal.register.stated import Stated
from portal.sheets.findings import (
    Fault,
    Finding,
    fault_of_text,
    findings,
    fold,
    missing,
    not_read,
    too_long,
)
from portal.sheets.reading import Raw, Sheet

LONGEST = {"surname": 100, "forenames": 100}
CHILD = 10  # years: someone younger is on no such list

Values = dict[str, Any]


@dataclass
class Checked:
    """`good` rows to go in; `refused` ones as they came; what was `found`, in the order of the file, by its headings.

    `repeated`: rows that say again, word for word, what another of the file says.
    """

    good: list[Stated] = field(default_factory=list)
    refused: list[Raw] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)
    repeated: int = 0


def check(sheet: Sheet, source: str, known: Known, today: date, mapped: ColumnMap = AS_THEY_ARE) -> Checked:
    """Every row judged. Of several that bear one reference the first counts, and others may only repeat it."""
    checked, first = Checked(), dict[str, Stated]()
    if sheet.ignored:
        checked.found.append(Finding(1, "", not_read(sheet.ignored)))
    for raw in sheet.rows:
        reading = _Reading(raw, source, known, today, mapped)
        stated, found = reading.result(sheet.headings)
        held = first.setdefault(stated.ref, stated) if stated else None
        if stated and held is not stated and held is not None:
            if held.values == stated.values:
                checked.repeated += 1
                continue
            again = _l("Line %(line)d says something else of the same person", line=held.line)
            stated, found = (
                None,
                [Finding(raw.line, sheet.headings[REF[source]], again, refuses=True)],
            )
        if stated:
            checked.good.append(stated)
        else:
            checked.refused.append(raw)
        checked.found += found
    return checked


class _Reading:
    """One row being read: `faults` refuse it, `doubts` are said of it."""

    def __init__(self, raw: Raw, source: str, known: Known, today: date, mapped: ColumnMap) -> None:
        self.raw, self.source, self.known, self.today = raw, source, known, today
        self.cells = {name: _translated(name, text, mapped) for name, text in raw.cells.items()}
        self.values: Values = {}
        self.faults: list[Fault] = list(self._unreadable())
        self.doubts: list[Fault] = []
        if not self.faults:
            self._read()

    def result(self, headings: dict[str, str]) -> tuple[Stated | None, list[Finding]]:
        found = self.faults or self.doubts
        named = [(headings.get(column, column), reason) for column, reason in found]
        listed = findings(self.raw.line, named, refuses=bool(self.faults))
        if self.faults:
            return None, listed
        ref = self.values[REF[self.source]]
        return Stated(self.raw.line, self.source, ref, self.values), listed

    def _unreadable(self) -> Iterator[Fault]:
        if self.raw.too_long:
            yield "", too_long()
        for column, text in self.cells.items():
            if fault := fault_of_text(text, LONGEST.get(column, 200)):
                yield column, fault

    def _read(self) -> None:
        for column, text in self.cells.items():
            if column not in READERS:
                continue
            try:
                value = read_cell(column, text, self.today)
            except Refused as refused:
                self.faults.append((column, refused.reason))
            else:
                if value is not None:
                    self.values[column] = value
        wrong = {column for column, _reason in self.faults}
        for column in (REF[self.source], "surname", "forenames"):
            if column not in self.values and column not in wrong:
                self.faults.append((column, missing()))
        self.faults += self._place()
        self.faults += self._cohort()
        if not self.faults:
            self._manager()
            self._doubt()

    def _place(self) -> Iterator[Fault]:
        """Where only the local authority is named, its police force is the area."""
        area, authority = self._said("area"), self._said("local_authority")
        place = self.known.areas.get(fold(area)) if area else None
        home = self.known.authorities.get(fold(authority)) if authority else None
        if area and place is None:
            yield "area", _l("“%(text)s” is not a police force area", text=area[:40])
        elif authority and home is None:
            yield (
                "local_authority",
                _l("“%(text)s” is not a local authority", text=authority[:40]),
            )
        elif place is None and home is None:
            yield "area", missing()
        else:
            yield from self._settle(place or (home[0] if home else 0, None), home)

    def _settle(self, place: tuple[int, int | None], home: tuple[int, int | None] | None) -> Iterator[Fault]:
        force = place[0]
        if self.known.area_ids is not None and force not in self.known.area_ids:
            column = "area" if "area" in self.cells else "local_authority"
            yield (
                column,
                _l("%(text)s is not an area that you work for", text=self.cells[column][:40]),
            )
        self.values["area_id"] = force
        if home and home[0] != force:
            elsewhere = _l(
                "%(text)s lies in another police force area: it is left out",
                text=self.cells["local_authority"][:40],
            )
            self.doubts.append(("local_authority", elsewhere))
        elif authority := (home or place)[1]:
            self.values["local_authority_id"] = authority

    def _cohort(self) -> Iterator[Fault]:
        cohort, born = self.values.get("cohort"), self.values.get("date_of_birth")
        if cohort not in (None, "free") and self.values.get("wisdom"):
            reason = _l("%(rule)s This row says WISDOM and another cohort.", rule=WISDOM_IS_FREE)
            yield "cohort", reason
        if born and "cohort_from" in self.values and self.values["cohort_from"] < born:
            yield (
                "cohort_from",
                _l("%(day)s is before the date of birth", day=self.values["cohort_from"].isoformat()),
            )
        if cohort is None and self.values.pop("cohort_from", None):
            self.doubts.append(("cohort_from", _l("A date without a cohort: it is left out")))

    def _manager(self) -> None:
        column = OM[self.source]
        if not (email := self._said(column)):
            return
        user_id, areas = self.known.staff.get(fold(email), (None, frozenset[int]()))
        if user_id is not None and self.values["area_id"] in areas:
            self.values[column.replace("_email", "_id")] = user_id
        else:
            nobody = _l(
                "“%(text)s” is not the address of an offender manager of this area here: it is left out",
                text=email[:60],
            )
            self.doubts.append((column, nobody))

    def _doubt(self) -> None:
        pnc_id, born = self.values.get("pnc_id"), self.values.get("date_of_birth")
        if pnc_id and identifiers.pnc_letter_is_wrong(pnc_id):
            letter = identifiers.pnc_letter(pnc_id)
            wrong = _l(
                "The last letter of %(number)s would have to be %(letter)s: is it the right number?",
                number=pnc_id,
                letter=letter,
            )
            self.doubts.append(("pnc_id", wrong))
        if born and self.today.year - born.year < CHILD:
            self.doubts.append(("date_of_birth", _l("A person so young: is the year right?")))

    def _said(self, column: str) -> str:
        text = self.cells.get(column, "")
        return "" if fold(text) in NOT_SAID else text


def _translated(column: str, text: str, mapped: ColumnMap) -> str:
    words = mapped.values.get(column)
    return words.get(fold(text), text) if words else text
