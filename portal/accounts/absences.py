"""Who is away on a day, until when, and who covers."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal import audit
from portal.accounts.models import Absence, User
from portal.db import db


class Overlapping(Exception):
    """This user is recorded as away on one of these days already."""


def list_covered(user_id: int, day: date) -> tuple[int, ...]:
    """The ids of those for whom this user covers on that day."""
    covered = sa.select(Absence.user_id).where(Absence.cover_id == user_id, _on(day)).distinct()
    return tuple(db.session.scalars(covered.order_by(Absence.user_id)))


def list_away(agency_id: int, day: date) -> dict[int, Absence]:
    """By user, the absence in which each of an agency's staff is on that day, with whoever covers on it."""
    query = sa.select(Absence).join(User, User.id == Absence.user_id)
    query = query.where(User.agency_id == agency_id, _on(day)).options(joinedload(Absence.cover))
    return {absence.user_id: absence for absence in db.session.scalars(query.order_by(Absence.to_on))}


def list_absences(day: date, *, agency_id: int, user_id: int | None = None) -> list[Absence]:
    """Absences of an agency's staff, or of one of them, that are not over on that day, the first to begin first."""
    query = sa.select(Absence).join(User, User.id == Absence.user_id)
    query = query.where(User.agency_id == agency_id, Absence.to_on >= day)
    if user_id is not None:
        query = query.where(Absence.user_id == user_id)
    query = query.order_by(Absence.from_on, Absence.id)
    return list(db.session.scalars(query.options(joinedload(Absence.user), joinedload(Absence.cover))))


def add_absence(user_id: int, from_on: date, to_on: date, cover_id: int | None, by_id: int) -> Absence:
    """Record days, both included, on which a user is away. Raises Overlapping."""
    meets = (Absence.user_id == user_id) & (Absence.from_on <= to_on) & (Absence.to_on >= from_on)
    if db.session.scalar(sa.select(sa.exists().where(meets))):
        raise Overlapping
    absence = Absence(user_id=user_id, from_on=from_on, to_on=to_on, cover_id=cover_id, recorded_by_id=by_id)
    db.session.add(absence)
    db.session.flush()
    audit.record("absence.recorded", "user", [user_id], by=by_id)
    return absence


def remove_absence(absence: Absence, by_id: int) -> None:
    audit.record("absence.removed", "user", [absence.user_id], by=by_id)
    db.session.delete(absence)
    db.session.flush()


def _on(day: date) -> sa.ColumnElement[bool]:
    return (Absence.from_on <= day) & (Absence.to_on >= day)
