"""Takes the services of an Open Referral UK directory into the portal.

`service.source_hash` keeps a mark of each value as the directory last had it. A value is written only where the
directory's own has changed since, so what was edited here stays until the directory itself says something new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.agencies.models import Agency, Area, Need, Service
from portal.agencies.oruk import Entry, Refused, read_entry
from portal.agencies.reference_data import DIRECTORY_CODES
from portal.db import db

# Of several areas that bear the same name, the one of the first of these kinds is meant.
KINDS = ("country", "local_authority", "police_force", "health_board", "delivery_unit", "other")


@dataclass
class Outcome:
    """What an import did; positions count from 1. `notices` are about entries that went in."""

    added: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    notices: list[tuple[int, str]] = field(default_factory=list)

    def __str__(self) -> str:
        added, updated, refused = len(self.added), len(self.updated), len(self.refused)
        return f"added {added}, updated {updated}, unchanged {self.unchanged}, refused {refused}"


class Directory:
    """What the portal knows of the directory, looked up once for the whole import."""

    def __init__(self) -> None:
        agencies = list(db.session.scalars(sa.select(Agency)))
        services = db.session.scalars(sa.select(Service).where(Service.external_id.is_not(None)))
        areas = sorted(
            db.session.scalars(sa.select(Area)), key=lambda area: KINDS.index(area.kind), reverse=True
        )
        self.agencies = {agency.external_id: agency for agency in agencies if agency.external_id}
        self.agency_names = {agency.name.lower(): agency for agency in agencies}
        self.services = {service.external_id: service for service in services}
        self.needs = {need.code: need for need in db.session.scalars(sa.select(Need))}
        self.areas = {name.casefold(): area for area in areas for name in (area.name_en, area.name_cy)}
        self.areas |= {area.code.casefold(): area for area in areas}

    def agency(self, external_id: str, name: str, description: str) -> Agency:
        """By its id, else by its name; added if neither is known."""
        agency = self.agencies.get(external_id) or self.agency_names.get(name.lower())
        if agency is None:
            agency = Agency(external_id=external_id, name=name, description=description)
            db.session.add(agency)
            self.agency_names[name.lower()] = agency
        else:
            agency.external_id = agency.external_id or external_id
            agency.historic = False
        self.agencies[external_id] = agency
        return agency

    def area(self, candidates: tuple[str, ...]) -> Area:
        for candidate in candidates:
            known = self.areas.get(DIRECTORY_CODES.get(candidate, candidate).casefold())
            if known is not None:
                return known
        code = candidates[-1]
        area = Area(code=code, kind="other", name_en=_readable(code), name_cy=_readable(code))
        db.session.add(area)
        self.areas[code.casefold()] = area
        return area


def import_directory(entries: Iterable[object]) -> Outcome:
    """Take in every entry that can be read; the same entries again change nothing. Does not commit."""
    directory, outcome = Directory(), Outcome()
    first_seen: dict[str, int] = {}
    for position, raw in enumerate(entries, start=1):
        try:
            entry = read_entry(raw)
            if entry.id in first_seen:
                raise Refused(f"its id is that of entry {first_seen[entry.id]}")
        except Refused as reason:
            outcome.refused.append((position, str(reason)))
            continue
        first_seen[entry.id] = position
        _take_in(directory, entry, position, outcome)
    audit.record(
        "directory.imported", "service", outcome.added + outcome.updated, refused=len(outcome.refused)
    )
    return outcome


def _take_in(directory: Directory, entry: Entry, position: int, outcome: Outcome) -> None:
    marks = {name: _mark(value) for name, value in entry.values.items()}
    service = directory.services.get(entry.id)
    known = _known_marks(service)
    changed = {name for name, mark in marks.items() if known.get(name) != mark}
    if not changed:
        outcome.unchanged += 1
        return
    outcome.notices += [(position, notice) for notice in entry.notices]
    added = service is None
    if service is None:
        service = Service(external_id=entry.id)
        db.session.add(service)
    _write(directory, service, {name: entry.values[name] for name in changed})
    service.source_hash = " ".join(f"{name}:{mark}" for name, mark in (known | marks).items())
    db.session.flush()
    (outcome.added if added else outcome.updated).append(service.id)
    if not added:
        outcome.notices.append(
            (position, f"“{service.name}” changed in the directory: {', '.join(sorted(changed))}")
        )


def _write(directory: Directory, service: Service, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name == "agency":
            _write_agency(directory, service, *value)
        elif name == "needs":
            service.needs = [directory.needs[code] for code in value]
        elif name == "areas":
            service.areas = list({id(area): area for area in map(directory.area, value)}.values())
        else:
            setattr(service, name, value)


def _write_agency(
    directory: Directory, service: Service, external_id: str, name: str, description: str
) -> None:
    """The service moves to the agency named; if it was there before, the agency's own words have changed."""
    agency = directory.agency(external_id, name, description)
    if service.agency is agency:
        agency.description = description
        if directory.agency_names.get(name.lower(), agency) is agency:
            agency.name = name
            directory.agency_names[name.lower()] = agency
    service.agency = agency


def _known_marks(service: Service | None) -> dict[str, str]:
    parts = ((service.source_hash if service else None) or "").split()
    return {name: mark for name, _, mark in (part.partition(":") for part in parts)}


def _mark(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()[:12]


def _readable(code: str) -> str:
    """avon-and-somerset → Avon and Somerset; what holds a capital is as it should be."""
    if code != code.lower():
        return code
    return " ".join(word if word == "and" else word.capitalize() for word in code.split("-"))
