"""From rows of a file to rows of the table, with every fault and doubt in between. Pure: what is known is passed in."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.sheets.findings import Finding, fault_of_text, findings, fold, missing, not_read, too_long
from portal.sheets.reading import Raw, Sheet
from portal.turnaround import history_rules as rules
from portal.turnaround.history_reading import REQUIRED
from portal.turnaround.history_rules import Values

LONGEST = {"reference": 100, "agency": 200, "service": 200, "area": 200}
HINTS = 50  # agencies for which a near name is looked for: it takes time with many
NEAR = 0.8

Key = tuple[str, str]  # the agency's folded name, the reference


@dataclass(frozen=True)
class Known:
    """What the portal knows, by folded name: areas as (police force, local authority or None), agencies, services.

    `area_ids`: the police forces whose rows may be imported; None for all.
    """

    areas: dict[str, tuple[int, int | None]]
    agencies: dict[str, int]
    agency_names: dict[str, str]
    services: dict[tuple[int, str], int]
    area_ids: Collection[int] | None = None


@dataclass(frozen=True)
class Past:
    """A row that can go in. `values` are the table's, save that a new agency has a name and no number yet."""

    line: int
    agency: str
    agency_name: str
    values: Values

    @property
    def key(self) -> Key:
        return self.agency, self.values["reference"]


@dataclass
class Checked:
    """`rows` to go in, all that was found, in the order of the file, and the agencies that would be added."""

    rows: list[Past] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)
    new_agencies: dict[str, str] = field(default_factory=dict)
    refused: int = 0


def check(sheet: Sheet, known: Known, today: date) -> Checked:
    """Every row judged. The first of several with one agency and reference counts."""
    checked, seen, services = Checked(), dict[Key, int](), set[tuple[int, str]]()
    if sheet.ignored:
        checked.found.append(Finding(1, "", not_read(sheet.ignored)))
    for raw in sheet.rows:
        past, found = _read(raw, known, today)
        if past is not None and past.key in seen:
            again = _l("The same agency and reference as line %(line)d", line=seen[past.key])
            past, found = None, [Finding(raw.line, "reference", again, refuses=True)]
        if past is None:
            checked.refused += 1
        else:
            seen[past.key] = raw.line
            checked.rows.append(past)
            found += _strangers(raw, past, known, checked.new_agencies, services)
        checked.found += found
    return checked


def _read(raw: Raw, known: Known, today: date) -> tuple[Past | None, list[Finding]]:
    values: Values = {}
    refused = findings(raw.line, _unreadable(raw), refuses=True)
    if not refused:
        faults = [
            *rules.read_codes(raw.cells, values),
            *rules.read_dates(raw.cells, today, values),
            *_read_area(raw, known, values),
        ]
        refused = findings(raw.line, faults, refuses=True)
    refused = refused or findings(raw.line, rules.impossible(values), refuses=True)
    if refused:
        return None, refused
    name = " ".join(unicodedata.normalize("NFC", raw.cells["agency"]).split())
    values["reference"] = unicodedata.normalize("NFC", raw.cells["reference"])
    agency = fold(name)
    if agency in known.agencies:
        values["agency_id"] = known.agencies[agency]
        service = fold(raw.cells.get("service", ""))
        values["service_id"] = known.services.get((values["agency_id"], service))
    return Past(raw.line, agency, name, values), findings(raw.line, rules.odd(values), refuses=False)


def _unreadable(raw: Raw) -> Iterator[tuple[str, LazyString]]:
    if raw.too_long:
        yield "", too_long()
    for column, text in raw.cells.items():
        if fault := fault_of_text(text, LONGEST.get(column, 200)):
            yield column, fault
    for column in REQUIRED:
        if column not in raw.cells:
            yield column, missing()


def _read_area(raw: Raw, known: Known, values: Values) -> Iterator[tuple[str, LazyString]]:
    text = raw.cells["area"]
    found = known.areas.get(fold(text))
    if found is None:
        yield "area", _l("“%(text)s” is not a local authority or police force area", text=text[:40])
    elif known.area_ids is not None and found[0] not in known.area_ids:
        yield "area", _l("%(text)s is not an area that you work for", text=text[:40])
    else:
        values["area_id"], values["local_authority_id"] = found


def _strangers(
    raw: Raw, past: Past, known: Known, agencies: dict[str, str], services: set[tuple[int, str]]
) -> list[Finding]:
    """Agencies and services that nobody here knows, each said once."""
    agency_id, service = past.values.get("agency_id"), raw.cells.get("service", "")
    if agency_id is None:
        if past.agency in agencies:
            return []
        agencies[past.agency] = past.agency_name
        return [Finding(raw.line, "agency", _stranger(past, known, len(agencies)))]
    if not service or past.values["service_id"] or (agency_id, fold(service)) in services:
        return []
    services.add((agency_id, fold(service)))
    unknown = _l(
        "%(agency)s has no service called “%(service)s” here: its rows are kept without a service",
        agency=past.agency_name,
        service=service,
    )
    return [Finding(raw.line, "service", unknown)]


def _stranger(past: Past, known: Known, number: int) -> LazyString:
    near = difflib.get_close_matches(past.agency, known.agencies, 1, NEAR) if number <= HINTS else []
    if near:
        return _l(
            "“%(name)s” is not in the directory: it will be added as an agency of the past. Did you mean %(near)s?",
            name=past.agency_name,
            near=known.agency_names[near[0]],
        )
    return _l(
        "“%(name)s” is not in the directory: it will be added as an agency of the past", name=past.agency_name
    )
