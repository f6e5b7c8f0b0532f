"""Setting findings aside, and an area's days. Actions never commit; each writes its trace."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from portal import audit
from portal.db import db
from portal.people.models import Person
from portal.quality.models import AreaStaleness, FindingSetAside


def set_aside(person: Person, finding: str, seen: str, reason: str, until_on: date, by_id: int) -> None:
    """Leave a finding alone until that day, as long as what it is about is what was `seen`."""
    values = {"seen": seen, "reason": reason, "until_on": until_on, "by_id": by_id, "at": sa.func.now()}
    row = insert(FindingSetAside).values(person_id=person.id, finding=finding, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["person_id", "finding"], set_=values))
    audit.record("person.finding_set_aside", "person", [person.id], area_id=person.area_id, finding=finding)


def end_aside(kept: FindingSetAside) -> None:
    audit.record("person.finding_back", "person", [kept.person_id], finding=kept.finding)
    db.session.delete(kept)


def set_staleness(area_id: int, days: int) -> None:
    row = insert(AreaStaleness).values(area_id=area_id, days=days)
    db.session.execute(row.on_conflict_do_update(index_elements=["area_id"], set_={"days": days}))
    audit.record("quality.staleness_set", area_id=area_id, days=days)
