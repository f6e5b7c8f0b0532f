"""Reading what was closed lately and what was set aside; scoped to the viewer first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import User
from portal.agencies.models import Area
from portal.db import current_scope, db
from portal.people.models import Person, PersonClosing
from portal.people.queries import list_people, visible
from portal.quality.closing import UNDONE_WITHIN
from portal.quality.models import STALE_DAYS, AreaStaleness, FindingSetAside
from portal.referrals.models import Referral
from portal.referrals.queries import visible as referral_visible

MOST = 200


def list_to_close(person_ids: Collection[int]) -> list[Any]:
    """Those of these people in sight, joined records left out, by name."""
    here = sa.select(Person.id).where(
        Person.id.in_(person_ids), Person.joined_to.is_(None), visible(current_scope())
    )
    rows = list_people(list(db.session.scalars(here)))
    return sorted(rows.values(), key=lambda row: (row.sort_key, row.id))


def list_live_references(person_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """References of live referrals in the viewer's sight, by person and by their own id."""
    query = sa.select(Referral.person_id, Referral.id, Referral.reference).where(
        Referral.person_id.in_(person_ids),
        Referral.status.not_in(["closed", "withdrawn"]),
        referral_visible(current_scope()),
    )
    found: dict[int, dict[int, str]] = {}
    for row in db.session.execute(query.order_by(Referral.id)):
        found.setdefault(row.person_id, {})[row.id] = row.reference
    return found


def list_closed(now: datetime, batch: str | None = None) -> Sequence[Any]:
    """Whom somebody closed within the time in which it can be undone, and who still are; the latest first."""
    query = (
        sa.select(
            *(Person.id, Person.forenames, Person.surname, PersonClosing.batch, PersonClosing.reason),
            *(PersonClosing.words, PersonClosing.at, PersonClosing.by_id, User.name.label("by")),
        )
        .join(Person, Person.id == PersonClosing.person_id)
        .join(User, User.id == PersonClosing.by_id)
        .where(PersonClosing.act == "closed", PersonClosing.at > now - UNDONE_WITHIN)
        .where(Person.closed_at == PersonClosing.at, Person.joined_to.is_(None), visible(current_scope()))
        .order_by(PersonClosing.at.desc(), Person.sort_key, Person.id)
        .limit(MOST)
    )
    if batch is not None:
        query = query.where(PersonClosing.batch == batch)
    return db.session.execute(query).all()


def list_aside(today: date) -> Sequence[Any]:
    """What is set aside of people in sight, what ends first before."""
    query = (
        sa.select(
            *(Person.id, Person.forenames, Person.surname, FindingSetAside.finding, FindingSetAside.reason),
            *(FindingSetAside.until_on, User.name.label("by")),
        )
        .join(Person, Person.id == FindingSetAside.person_id)
        .join(User, User.id == FindingSetAside.by_id)
        .where(FindingSetAside.until_on >= today, Person.joined_to.is_(None), visible(current_scope()))
        .order_by(FindingSetAside.until_on, Person.sort_key, Person.id)
        .limit(MOST)
    )
    return db.session.execute(query).all()


def get_aside(person_id: int, finding: str) -> FindingSetAside | None:
    query = (
        sa.select(FindingSetAside)
        .join(Person, Person.id == FindingSetAside.person_id)
        .where(Person.id == person_id, FindingSetAside.finding == finding, visible(current_scope()))
    )
    return db.session.scalar(query)


def list_staleness(areas: Sequence[Area]) -> dict[int, int]:
    """Days after which a record of each area is stale."""
    query = sa.select(AreaStaleness.area_id, AreaStaleness.days).where(
        AreaStaleness.area_id.in_([area.id for area in areas])
    )
    kept = {row.area_id: row.days for row in db.session.execute(query)}
    return {area.id: kept.get(area.id, STALE_DAYS) for area in areas}
