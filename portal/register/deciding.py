"""What people decide of the register: same person or two, joined by mistake, whose word stands. Never commits.

The caller has asked whether the user may see both; what follows is worked out beyond their scope.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.db import beyond_scope, db
from portal.people.actions import wait_for_others
from portal.people.edits import keep_edits
from portal.people.models import Person
from portal.register.grouping import groups
from portal.register.matching import list_clashes
from portal.register.renewing import renew

_ANSWER = sa.text(
    "UPDATE person_pair SET state = :state, decided_at = now(), decided_by_id = :by_id WHERE id = ANY (:ids)"
)
_HELD = sa.text("SELECT * FROM person_pair WHERE id = :id FOR UPDATE")
_BETWEEN = sa.text(
    "SELECT id FROM person_pair WHERE (one_leads, other_leads) IN ((:one, :other), (:other, :one)) AND state <> 'joined'"
)


class Settled(ValueError):
    """The question is no longer open: somebody has answered, or a source says something else by now."""


class BothReferred(ValueError):
    """Each has a live referral to the same service for the same need: one of the two must end first."""


def answer(pair_id: int, *, same: bool, by_id: int, today: date) -> None:
    """Two rows are one person, or they are two; both are remembered. Settled or BothReferred if that cannot be."""
    with beyond_scope():
        wait_for_others()
        pair = db.session.execute(_HELD, {"id": pair_id}).one_or_none()
        if pair is None or pair.state != "asked":
            raise Settled
        if same and list_clashes([pair.one_leads, pair.other_leads]):
            raise BothReferred
        ids = [pair.id]
        if not same:
            between = {"one": pair.one_leads, "other": pair.other_leads}
            ids += db.session.scalars(_BETWEEN, between).all()
        db.session.execute(_ANSWER, {"state": "joined" if same else "refused", "by_id": by_id, "ids": ids})
        renew([pair.one_id, pair.other_id], today)
    answered = "person.said_same" if same else "person.said_different"
    audit.record(answered, "person", [pair.one_leads, pair.other_leads])


def part(row_id: int, *, by_id: int, today: date) -> None:
    """Take a joined row out again, and whatever hangs on it alone; it is not joined with the rest any more.

    Settled where it is joined with nothing.
    """
    with beyond_scope():
        wait_for_others()
        leads = db.session.scalar(sa.text("SELECT joined_to FROM person WHERE id = :id"), {"id": row_id})
        if leads is None:
            raise Settled
        rows = _rows(leads)
        query = sa.text("SELECT * FROM person_pair WHERE one_id = ANY (:rows) AND other_id = ANY (:rows)")
        pairs = db.session.execute(query, {"rows": rows}).all()
        joined = [
            (p.one_id, p.other_id)
            for p in pairs
            if p.state == "joined" and row_id not in (p.one_id, p.other_id)
        ]
        [staying] = [
            group for group in groups((row for row in rows if row != row_id), joined) if leads in group
        ]
        ids = [
            p.id
            for p in pairs
            if row_id in (p.one_id, p.other_id) and not {p.one_id, p.other_id}.isdisjoint(staying)
        ]
        db.session.execute(_ANSWER, {"state": "refused", "by_id": by_id, "ids": ids})
        renew(rows, today)
    audit.record("person.said_different", "person", [row_id, leads])


def _rows(leads: int) -> list[int]:
    query = sa.text("SELECT id FROM person WHERE id = :id OR joined_to = :id")
    return list(db.session.scalars(query, {"id": leads}))


def decide(person: Person, field: str, value: Any, *, by_id: int, today: date) -> None:
    """One of the things that the sources say of a field stands from now on, until one says something new."""
    keep_edits(person, {field: value}, by_id)
    db.session.flush()
    with beyond_scope():
        renew([person.id], today, pairs=False)
    audit.record("person.decided", "person", [person.id], area_id=person.area_id, field=field)
