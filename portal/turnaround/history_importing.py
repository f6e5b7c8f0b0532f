"""Taking checked rows into the table: what is new, what is changed, what is as it was. Nothing here commits."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from portal import audit
from portal.agencies.models import Agency, Area, Service
from portal.agencies.reference_data import DIRECTORY_CODES
from portal.db import current_scope, db, run
from portal.sheets.findings import Finding, fold
from portal.sheets.reading import Sheet
from portal.turnaround.history_checking import Checked, Known, Past, check
from portal.turnaround.history_models import HistoryImport, HistoryReferral

# Of several areas that bear the same name, the one of the first of these kinds is meant.
KINDS = ("local_authority", "police_force")
COLUMNS = {
    "agency_id": "int", "reference": "text", "service_id": "int", "need_code": "text", "area_id": "int",
    "local_authority_id": "int", "cohort": "text", "sent_on": "date", "acknowledged_on": "date", "decided_on": "date",
    "decision": "text", "decline_reason": "text", "first_offer_on": "date", "started_on": "date", "closed_on": "date",
    "outcome": "text", "withdrawn_on": "date",
}  # fmt: skip
_WRITE = f"""
INSERT INTO history_referral (import_id, {", ".join(COLUMNS)})
SELECT %(import_id)s::int, {", ".join(COLUMNS)}
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())})
ON CONFLICT (agency_id, reference) DO UPDATE
SET import_id = excluded.import_id, {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
"""  # noqa: S608 # nosec B608 - of constants only
_ASKED = "unnest(%(agencies)s::int[], %(texts)s::text[])"
_HELD = f"""
SELECT {", ".join(f"h.{name}" for name in COLUMNS)} FROM history_referral h
JOIN {_ASKED} AS asked (agency_id, reference) USING (agency_id, reference)
"""  # noqa: S608 # nosec B608 - of constants only
_ELSEWHERE = "SELECT agency_id, reference FROM history_elsewhere(%(agencies)s::int[], %(texts)s::text[])"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('blaenoriaeth.history'))"


@dataclass
class Report:
    """What a file would do, or has done: rows by what becomes of them, and everything that was found."""

    added: list[Past] = field(default_factory=list)
    updated: list[Past] = field(default_factory=list)
    unchanged: int = 0
    refused: int = 0
    found: list[Finding] = field(default_factory=list)
    new_agencies: dict[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        return bool(self.added or self.updated)

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "updated": len(self.updated),
            "unchanged": self.unchanged,
            "refused": self.refused,
        }

    def __str__(self) -> str:
        return ", ".join(f"{what} {number}" for what, number in self.counts().items())


def examine(sheet: Sheet, today: date, area_ids: Iterable[int] | None = None) -> Report:
    """The report on a file as things are now. Writes nothing. `area_ids`: the only areas whose rows may go in."""
    checked = check(sheet, _known(None if area_ids is None else set(area_ids)), today)
    return _compare(checked)


def take_in(report: Report, *, token: str, file_name: str, by: int | None = None) -> HistoryImport:
    """Writes what the report says; the caller has held `lock` since before it was made."""
    _add_agencies(report)
    rows = [*report.added, *report.updated]
    areas = sorted({row.values["area_id"] for row in rows})
    done = HistoryImport(
        token=token, file_name=file_name, imported_by_id=by, area_ids=areas, **report.counts()
    )
    db.session.add(done)
    db.session.flush()
    if rows:
        run(_WRITE, {"import_id": done.id, "rows": json.dumps([row.values for row in rows], default=str)})
    audit.record("history.imported", "history_import", [done.id], by=by, counts=report.counts())
    return done


def lock() -> None:
    """One import at a time, until the end of the transaction: what was compared then still holds when it is written."""
    run(_LOCK, {})


def undo(done: HistoryImport, now: Any, by: int) -> int:
    """Removes the rows that this import wrote last, and agencies of which nothing is left; how many rows."""
    removed = db.session.scalars(
        sa.delete(HistoryReferral)
        .where(HistoryReferral.import_id == done.id)
        .returning(HistoryReferral.agency_id)
        .execution_options(synchronize_session=False)
    ).all()
    run("SELECT drop_empty_agencies(%(ids)s::int[])", {"ids": sorted(set(removed))})
    done.undone_at, done.undone_by_id = now, by
    db.session.flush()
    audit.record("history.undone", "history_import", [done.id], removed=len(removed))
    return len(removed)


def _known(area_ids: set[int] | None) -> Known:
    areas: dict[str, tuple[int, int | None]] = {}
    for kind in reversed(KINDS):
        for area in db.session.scalars(sa.select(Area).where(Area.kind == kind).order_by(Area.id)):
            force = area.id if kind == "police_force" else area.police_force_id
            if force is not None:
                place = (force, None if kind == "police_force" else area.id)
                english, welsh = area.name_en, area.name_cy
                short = english.removesuffix(" Police"), welsh.removeprefix("Heddlu ")
                areas |= {fold(name): place for name in (*short, area.code, english, welsh)}
    areas |= {alias: areas[fold(code)] for alias, code in DIRECTORY_CODES.items() if fold(code) in areas}
    agencies: dict[str, int] = {}
    names: dict[str, str] = {}
    for agency in db.session.execute(
        sa.select(Agency.id, Agency.name, Agency.name_cy).order_by(Agency.id.desc())
    ):
        for name in filter(None, (agency.name_cy, agency.name)):
            agencies[fold(name)], names[fold(name)] = agency.id, name
    services: dict[tuple[int, str], int] = {}
    query = sa.select(Service.id, Service.agency_id, Service.name, Service.name_cy).order_by(
        Service.id.desc()
    )
    for service in db.session.execute(query):
        for name in filter(None, (service.name_cy, service.name)):
            services[service.agency_id, fold(name)] = service.id
    return Known(areas, agencies, names, services, area_ids)


def _compare(checked: Checked) -> Report:
    """Each row beside the one that holds its place, if any; one in an area beyond the viewer's is refused."""
    report = Report(refused=checked.refused, found=checked.found, new_agencies=checked.new_agencies)
    known = [row for row in checked.rows if "agency_id" in row.values]
    places = {
        "agencies": [row.values["agency_id"] for row in known],
        "texts": [row.values["reference"] for row in known],
    }
    held = {(row[0], row[1]): row for row in run(_HELD, places)}
    elsewhere = set()
    if current_scope().kind == "iom":
        elsewhere = {tuple(row) for row in run(_ELSEWHERE, places)}
    for row in checked.rows:
        place = (row.values.get("agency_id"), row.values["reference"])
        if place in elsewhere:
            taken = _l(
                "This agency has a referral of this reference already, in an area that you do not work for"
            )
            report.refused += 1
            report.found.append(Finding(row.line, "reference", taken, refuses=True))
        elif place not in held:
            report.added.append(row)
        elif tuple(held[place]) == tuple(row.values.get(name) for name in COLUMNS):
            report.unchanged += 1
        else:
            report.updated.append(row)
    report.found.sort(key=lambda finding: finding.line)
    return report


def _add_agencies(report: Report) -> None:
    """Those of rows that go in: their figures show, nobody can refer to them."""
    used = {row.agency for row in report.added}
    added = {
        folded: Agency(name=name, historic=True)
        for folded, name in report.new_agencies.items()
        if folded in used
    }
    db.session.add_all(added.values())
    db.session.flush()
    for row in report.added:
        if row.agency in added:
            row.values["agency_id"] = added[row.agency].id
