"""Decisions on keeping. Actions never commit; each writes its trace in the same transaction."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from portal import audit
from portal.db import db
from portal.keeping.models import KeepingDecision, RetentionPeriod
from portal.people.models import Person

COOLING_OFF = timedelta(days=7)
AT_ONCE = "order"  # the reason that waits for no cooling-off


def keep(person: Person, until: date, *, reason: str, words: str, by_id: int, token: str) -> None:
    _decide(person, "keep", by_id, token, reason=reason, words=words, until=until)


def erase(person: Person, today: date, *, reason: str, words: str, by_id: int, token: str) -> date:
    """Decide on erasure; the day on which the worker does it."""
    until = today if reason == AT_ONCE else today + COOLING_OFF
    _decide(person, "erase", by_id, token, reason=reason, words=words, until=until)
    return until


def stop(person: Person, *, by_id: int, token: str) -> None:
    _decide(person, "stop", by_id, token)


def _decide(
    person: Person,
    action: str,
    by_id: int,
    token: str,
    *,
    reason: str = "",
    words: str = "",
    until: date | None = None,
) -> None:
    """The same form sent twice decides once."""
    values = {
        "person_id": person.id,
        "action": action,
        "reason": reason,
        "words": words,
        "until": until,
        "by_id": by_id,
        "token": f"{by_id}:{token}",
    }
    statement = insert(KeepingDecision).values(values).on_conflict_do_nothing()
    if db.session.execute(statement.returning(KeepingDecision.id)).first():
        audit.record(
            f"keeping.{action}", "person", [person.id], area_id=person.area_id, by=by_id, reason=reason
        )


def set_period(kind: str, days: int, by_id: int) -> None:
    values = {"days": days, "changed_at": sa.func.now(), "changed_by_id": by_id}
    statement = insert(RetentionPeriod).values(kind=kind, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=values))
    audit.record("retention.set", "retention", kind=kind, days=days)
