"""Giving a leaver's open work to a colleague, in one transaction. Actions never commit.

Nothing goes to somebody who may not see it: what is given is what the colleague's own scope shows. The rest of an agency's
work goes to nobody, so that it stands among what waits for a worker; the rest of IOM's stays, and its mails go to the area's
manager as before.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.accounts.models import Absence, User
from portal.accounts.queries import scope_of
from portal.appointments.models import Appointment
from portal.caseload.actions import assign
from portal.clocks.clock import london_date
from portal.db import Scope, beyond_scope, db
from portal.mail import Email, post
from portal.people import queries as people
from portal.people.edits import keep_edits
from portal.people.models import Person
from portal.referrals import queries as referrals
from portal.referrals.lists import OPEN
from portal.referrals.models import Referral
from portal.referrals.moving import Actor, record
from portal.staff.work import appointments_of, covers_of, theirs


@dataclass(frozen=True)
class Given:
    """How many referrals and people were given, and how many the colleague may not see."""

    referrals: int
    people: int
    left: int


def give_work(leaver: User, to: User, by: Actor, at: datetime) -> Given:
    """Everything that waits on `leaver` and that `to` may see. The caller has asked whether `by` may do so."""
    with beyond_scope():
        scope = scope_of(to.id)
        worked, left = _give_worked_on(leaver, to, by, at, scope)
        sent = _give_sent(leaver, to, by, at, scope)
        known = _give_people(leaver, to, by, scope)
        left += _count(Referral, _sent_by(leaver)) + _count(Person, theirs(leaver.id))
        _give_covers(leaver, to, at)
        given = Given(worked + sent, known, left)
        audit.record("work.given", "user", [leaver.id, to.id], by=by.id, **asdict(given))
    if given.referrals or given.people:
        post(_told(leaver, to, given, at))
    return given


def _give_worked_on(leaver: User, to: User, by: Actor, at: datetime, scope: Scope) -> tuple[int, int]:
    """Open referrals with their appointments; those that `to` may not see are given to nobody. (given, given to nobody)."""
    mine = sa.select(Referral).where(Referral.worker_id == leaver.id, OPEN)
    given = list(db.session.scalars(mine.where(referrals.visible(scope)).order_by(Referral.id)))
    for referral in given:
        assign(referral, by, at, to, quiet=True)
    db.session.flush()
    left = list(db.session.scalars(mine.order_by(Referral.id)))
    for referral in left:
        assign(referral, by, at, None)
    of_given = Appointment.referral_id.in_([referral.id for referral in given])
    for appointment in db.session.scalars(sa.select(Appointment).where(appointments_of(leaver.id), of_given)):
        appointment.worker_id = to.id
    db.session.flush()
    return len(given), len(left)


def _sent_by(leaver: User) -> sa.ColumnElement[bool]:
    return sa.and_(Referral.referrer_id == leaver.id, sa.or_(OPEN, Referral.status == "draft"))


def _give_sent(leaver: User, to: User, by: Actor, at: datetime, scope: Scope) -> int:
    """Referrals whose questions `to` answers from now on, and drafts to finish."""
    query = sa.select(Referral).where(_sent_by(leaver), referrals.visible(scope)).order_by(Referral.id)
    given = list(db.session.scalars(query))
    for referral in given:
        referral.referrer_id = to.id
        if referral.status == "draft":
            audit.record("referral.passed_on", "referral", [referral.id], area_id=referral.area_id, by=by.id)
        else:
            record(referral, "passed_on", by, at, {"from_id": leaver.id, "to_id": to.id})
    db.session.flush()
    return len(given)


def _give_people(leaver: User, to: User, by: Actor, scope: Scope) -> int:
    """Their officer manager is `to` from now on, whatever extracts say that say the same as today."""
    given = list(db.session.scalars(sa.select(Person).where(theirs(leaver.id), people.visible(scope))))
    for person in given:
        held = [name for name in ("police_om_id", "probation_om_id") if getattr(person, name) == leaver.id]
        for name in held:
            setattr(person, name, to.id)
        keep_edits(person, dict.fromkeys(held, to.id), by.id)
        audit.record("person.changed", "person", [person.id], area_id=person.area_id, by=by.id, fields=held)
    db.session.flush()
    return len(given)


def _give_covers(leaver: User, to: User, at: datetime) -> None:
    """Whoever they would have covered for is covered by `to`; by nobody, where that is the one who is away."""
    for absence in db.session.scalars(sa.select(Absence).where(covers_of(leaver.id, london_date(at)))):
        absence.cover_id = None if absence.user_id == to.id else to.id
        audit.record("absence.recorded", "user", [absence.user_id])
    db.session.flush()


def _count(of: Any, which: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(of).where(which)) or 0


def _told(leaver: User, to: User, given: Given, at: datetime) -> Email:
    """One mail for all of it."""
    params = {"referrals": given.referrals, "people": given.people}
    key = f"work_given:{leaver.id}:{to.id}:{at.isoformat()}"
    return Email(key, "work_given", to.email, to.id, to.language, None, params)
