"""A few people more whom both police and probation told of: joined, and not of one mind about all of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from portal.agencies.models import Area
from portal.db import db
from portal.demo.staff import Staff
from portal.people.identifiers import pnc_letter
from portal.register.loading import load
from portal.register.stated import Stated

BORN = date(1988, 4, 9)
# What probation says, and where the police say otherwise of the same PNC ID.
PEOPLE: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"surname": "Enghraifft-Rees", "forenames": "Dilwyn", "sex": "male"}, {}),
    (
        {"surname": "Enghraifft-Powell", "forenames": "Tegwen", "sex": "female"},
        {"date_of_birth": date(1988, 9, 4)},
    ),
    (
        {"surname": "Enghraifft-Preece", "forenames": "Emrys", "sex": "male"},
        {"surname": "Enghraifft-Price", "cohort": "free"},
    ),
)
# As if it had been loaded that day.
LOADED = (
    "UPDATE person SET demo = true, created_at = :at WHERE id > :last",
    "UPDATE cohort_spell SET set_at = :at WHERE person_id > :last",
    "UPDATE person_pair SET decided_at = :at WHERE one_id > :last AND decided_at IS NOT NULL",
)


def add_extracts(forces: list[Area], local_authorities: list[Area], staff: Staff, as_of: date) -> None:
    """An extract of each source for the first two areas, loaded the day before by the area's manager."""
    day = as_of - timedelta(days=1)
    last = db.session.scalar(sa.text("SELECT max(id) FROM person"))
    for place, force in enumerate(forces[:2]):
        authority = next(area for area in local_authorities if area.police_force_id == force.id)
        delius, niche = [], []
        for number, (said, otherwise) in enumerate(PEOPLE, place * len(PEOPLE)):
            bare = f"{BORN.year + 16}/{7000000 + number}"
            both = {
                "pnc_id": bare + pnc_letter(bare), "date_of_birth": BORN, "area_id": force.id,
                "local_authority_id": authority.id, "cohort": "flex", "cohort_from": day - timedelta(days=90),
            }  # fmt: skip
            crn, ref = f"I{number:06}", f"DEMOXB{number:03}"  # the others' begin with any letter but this
            delius.append(Stated(number + 2, "delius", crn, both | said | {"needs": ("housing",)}))
            niche.append(Stated(number + 2, "niche", ref, both | said | otherwise))
        for source, rows in (("delius", delius), ("niche", niche)):
            load(rows, source=source, today=day, by_id=staff.managers[place][0])
    at = datetime.combine(day, time(9, 30), UTC)
    for statement in LOADED:
        db.session.execute(sa.text(statement), {"at": at, "last": last})
