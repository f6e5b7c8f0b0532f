"""What an extract's words are held against: areas by code and name, offender managers by email address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from portal.access import IOM
from portal.accounts.models import User, UserArea
from portal.agencies.models import Area
from portal.agencies.reference_data import DIRECTORY_CODES
from portal.db import db
from portal.sheets.findings import fold

Place = tuple[int, int | None]  # police force, local authority


@dataclass(frozen=True)
class Known:
    """`areas` and `authorities` by folded code or name; `staff`: email address -> (user, police forces worked for).

    `area_ids`: the police forces whose rows may be imported; None for all.
    """

    areas: Mapping[str, Place]
    authorities: Mapping[str, Place]
    staff: Mapping[str, tuple[int, frozenset[int]]]
    area_ids: Collection[int] | None = None


def load_known(area_ids: Collection[int] | None = None) -> Known:
    """For `area`, a police force is meant before a local authority of the same name, and that before a delivery unit."""
    forces, authorities, units = dict[str, Place](), dict[str, Place](), dict[str, Place]()
    within: dict[int, set[int]] = defaultdict(set)
    areas = db.session.scalars(sa.select(Area).order_by(Area.id)).all()
    for area in areas:
        if area.kind == "local_authority" and area.police_force_id:
            _add(authorities, area, (area.police_force_id, area.id))
            if area.delivery_unit_id:
                within[area.delivery_unit_id].add(area.police_force_id)
    for area in areas:
        if area.kind == "police_force":
            _add(forces, area, (area.id, None))
            short = area.name_en.removesuffix(" Police"), area.name_cy.removeprefix("Heddlu ")
            codes = [name for name, code in DIRECTORY_CODES.items() if code == area.code]
            for name in (*short, *codes):
                forces.setdefault(fold(name), (area.id, None))
        elif len(within[area.id]) == 1:
            _add(units, area, (next(iter(within[area.id])), None))
    return Known(units | authorities | forces, authorities, _staff(), area_ids)


def _add(places: dict[str, Place], area: Area, place: Place) -> None:
    for name in (area.code, area.name_en, area.name_cy):
        places.setdefault(fold(name), place)


def _staff() -> dict[str, tuple[int, frozenset[int]]]:
    query = (
        sa.select(User.id, User.email, sa.func.array_agg(UserArea.area_id))
        .join(UserArea, UserArea.user_id == User.id)
        .where(User.role.in_(IOM), User.suspended_at.is_(None))
        .group_by(User.id, User.email)
    )
    return {fold(email): (user_id, frozenset(areas)) for user_id, email, areas in db.session.execute(query)}
