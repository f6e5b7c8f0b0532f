"""Closing people with whom nobody works on IOM any more, and undoing it. Actions never commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import selectinload

from portal import audit
from portal.clocks.clock import london_date
from portal.db import current_scope, db
from portal.fields import Text
from portal.people.models import CohortSpell, Person, PersonClosing
from portal.people.queries import visible

REASONS: dict[str, Text] = {
    "iom_ended": _l("No longer on IOM"),
    "sentence_ended": _l("Sentence ended"),
    "moved_away": _l("Moved away"),
    "died": _l("Died"),
    "long_custody": _l("In custody for a long time"),
    "duplicate": _l("Duplicate of another record"),
    "entered_in_error": _l("Entered in error"),
    "other": _l("Another reason"),
}
UNDONE_WITHIN = timedelta(days=30)
MOST = 100  # at once


@dataclass(frozen=True)
class Outcome:
    """Whom a closing has closed, and who stays because of live referrals; ids."""

    closed: list[int]
    live: list[int]


def list_live(person_ids: Collection[int]) -> set[int]:
    """Those in sight who have a draft or an open referral, wherever it is."""
    found = sa.func.people_with_live_referrals(sa.cast(list(person_ids), sa.ARRAY(sa.BigInteger)))
    return set(db.session.scalars(sa.select(found.table_valued("id").c.id)))


def close(
    person_ids: Collection[int], *, reason: str, words: str, batch: str, by_id: int, now: datetime
) -> Outcome:
    """Close those in sight who are not closed yet and have no live referral; the spell ends that day.

    Each is locked first: a referral that is just being begun is seen, or is refused. The same batch closes nobody twice.
    """
    people = _lock(person_ids)
    live = list_live([person.id for person in people])
    closed = [person for person in people if person.closed_at is None and person.id not in live]
    today = london_date(now)
    for person in closed:
        spell = person.open_spell
        if spell is not None:
            spell.to_on = max(today, spell.from_on)
        person.closed_at, person.closed_reason, person.closed_by_id = now, reason, by_id
        db.session.add(
            PersonClosing(
                person_id=person.id, act="closed", batch=batch, reason=reason, words=words,
                spell_id=spell.id if spell else None, at=now, by_id=by_id,
            )
        )  # fmt: skip
    db.session.flush()
    for area_id in sorted({person.area_id for person in closed}):
        ids = [person.id for person in closed if person.area_id == area_id]
        audit.record("person.closed", "person", ids, area_id=area_id, reason=reason)
    return Outcome([person.id for person in closed], sorted(live))


def _lock(person_ids: Collection[int]) -> Sequence[Person]:
    """In the order of their ids, so that two who close the same people wait for each other and no more."""
    query = (
        sa.select(Person)
        .where(Person.id.in_(person_ids), Person.joined_to.is_(None), visible(current_scope()))
        .order_by(Person.id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
        .options(selectinload(Person.spells))
    )
    return db.session.scalars(query).all()


def undo(
    batch: str, person_ids: Collection[int], *, by_id: int, of_anybody: bool, now: datetime
) -> list[int]:
    """Those of a batch are as they were before, spell and all; ids. `of_anybody`: also where somebody else closed them.

    Nothing is undone of what is older than 30 days, or of people whom somebody has reopened since.
    """
    people = {person.id: person for person in _lock(person_ids)}
    query = sa.select(PersonClosing).where(
        PersonClosing.batch == batch,
        PersonClosing.act == "closed",
        PersonClosing.person_id.in_(people),
        PersonClosing.at > now - UNDONE_WITHIN,
        sa.true() if of_anybody else PersonClosing.by_id == by_id,
    )
    undone = []
    for closing in db.session.scalars(query):
        person = people[closing.person_id]
        if person.closed_at == closing.at:
            _restore(person, closing, by_id)
            undone.append(person.id)
    db.session.flush()
    if undone:
        audit.record("person.closing_undone", "person", undone)
    return undone


def _restore(person: Person, closing: PersonClosing, by_id: int) -> None:
    person.closed_at = person.closed_reason = person.closed_by_id = None
    ended: CohortSpell | None = next((each for each in person.spells if each.id == closing.spell_id), None)
    if ended is not None and person.open_spell is None:
        ended.to_on = None
    db.session.add(PersonClosing(person_id=person.id, act="undone", batch=closing.batch, by_id=by_id))
