"""What waits on one member of staff, as numbers: whoever gives it on need not be somebody who may read it."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.access import AGENCY, IOM
from portal.accounts.models import Absence, User, UserArea
from portal.appointments.models import Appointment
from portal.db import current_scope, db
from portal.people import queries as people
from portal.people.models import CohortSpell, Person
from portal.referrals import queries as referrals
from portal.referrals.lists import OPEN
from portal.referrals.models import Referral


@dataclass(frozen=True)
class Work:
    """Open referrals that they work on or sent, drafts, people whose officer they are, of these reviews that are due or
    overdue, appointments to come or to be recorded, and absences of colleagues for whom they cover."""

    worked_on: int = 0
    sent: int = 0
    drafts: int = 0
    people: int = 0
    reviews: int = 0
    appointments: int = 0
    covers: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self))


def theirs(user_id: int) -> sa.ColumnElement[bool]:
    """People on the register whose police or probation officer manager this user is."""
    officer = sa.or_(Person.police_om_id == user_id, Person.probation_om_id == user_id)
    return sa.and_(
        officer, Person.closed_at.is_(None), Person.joined_to.is_(None), Person.erased_on.is_(None)
    )


def appointments_of(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(Appointment.worker_id == user_id, Appointment.state == "offered")


def covers_of(user_id: int, today: date) -> sa.ColumnElement[bool]:
    return sa.and_(Absence.cover_id == user_id, Absence.to_on >= today)


def count_work(user_id: int, today: date) -> Work:
    """In the scope of the session, in one statement."""
    seen, known = referrals.visible(current_scope()), people.visible(current_scope())
    due = sa.and_(
        CohortSpell.person_id == Person.id, CohortSpell.to_on.is_(None), CohortSpell.review_on <= today
    )
    counts = {
        "worked_on": _count(Referral).where(Referral.worker_id == user_id, OPEN, seen),
        "sent": _count(Referral).where(Referral.referrer_id == user_id, OPEN, seen),
        "drafts": _count(Referral).where(Referral.referrer_id == user_id, Referral.status == "draft", seen),
        "people": _count(Person).where(theirs(user_id), known),
        "reviews": _count(Person).where(theirs(user_id), known, sa.exists().where(due)),
        "appointments": _count(Appointment).where(appointments_of(user_id)),
        "covers": _count(Absence).where(covers_of(user_id, today)),
    }
    row = db.session.execute(
        sa.select(*(query.scalar_subquery().label(name) for name, query in counts.items()))
    )
    return Work(**row.mappings().one())


def _count(of: type) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(of)


def list_colleagues(leaver: User) -> list[User]:
    """Active staff who might take the work over, by name: of the same agency, or of IOM in one of the same areas."""
    query = sa.select(User).where(User.id != leaver.id, User.suspended_at.is_(None))
    if leaver.as_role in AGENCY:
        query = query.where(User.agency_id == leaver.agency_id)
    elif leaver.as_role in IOM:
        areas = sa.select(UserArea.area_id).where(UserArea.user_id == leaver.id)
        query = query.where(
            User.role.in_([role.value for role in IOM]), User.areas.any(UserArea.area_id.in_(areas))
        )
    else:
        return []
    return list(db.session.scalars(query.order_by(sa.func.lower(User.name), User.id)))
