"""Reading appointments. Every query starts from what the viewer may see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.accounts.absences import list_covered
from portal.accounts.models import User
from portal.agencies.models import Agency, Service
from portal.appointments.models import Appointment
from portal.db import current_scope, db
from portal.i18n import LONDON
from portal.people.models import Person
from portal.referrals.lists import COUNT_CAP
from portal.referrals.models import Referral, Release
from portal.referrals.queries import visible

MOST = 200  # of one day


def list_of(referral: Referral) -> list[Appointment]:
    """All appointments of a referral that the viewer may see, the latest first, each with its worker."""
    query = sa.select(Appointment).where(Appointment.referral_id == referral.id)
    query = query.order_by(Appointment.at.desc(), Appointment.id.desc())
    return list(db.session.scalars(query.options(joinedload(Appointment.worker))))


def get_of(referral: Referral, appointment_id: int) -> Appointment | None:
    """The appointment, if it is one of this referral's."""
    return db.session.scalar(
        sa.select(Appointment)
        .where(Appointment.id == appointment_id, Appointment.referral_id == referral.id)
        .options(joinedload(Appointment.worker))
    )


def is_used(token: str) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Appointment.token == token))))


def list_clashes(appointment: Appointment) -> list[Appointment]:
    """Other appointments of the same worker that stand at the same time, each with its referral."""
    ends_at = appointment.at + timedelta(minutes=appointment.minutes)
    other_ends_at = Appointment.at + sa.func.make_interval(0, 0, 0, 0, 0, Appointment.minutes)
    query = (
        sa.select(Appointment)
        .join(Appointment.referral)
        .where(visible(current_scope()))
        .where(Appointment.worker_id == appointment.worker_id, Appointment.id != appointment.id)
        .where(Appointment.state == "offered", Appointment.at < ends_at, other_ends_at > appointment.at)
        # The longest is 480 minutes: so much of the index is read, not all of it.
        .where(Appointment.at > appointment.at - timedelta(minutes=480))
        .order_by(Appointment.at)
    )
    return list(db.session.scalars(query.options(contains_eager(Appointment.referral))))


def list_own_workers(user_id: int, day: date) -> list[int]:
    """Whose appointments are this user's to see to on a day: their own, and those of whoever they cover for."""
    return [user_id, *list_covered(user_id, day)]


def list_day(day: date, user_ids: Collection[int] | None) -> list[sa.Row[Any]]:
    """The appointments of a day, earliest first, those moved away left out: `user_ids` as in `_whose`.

    Rows carry id, at, minutes, mode, place, state, referral_id, reference, need_code, initials (agencies) or
    forenames and surname (IOM), service, service_cy, agency and worker.
    """
    query = _columns().where(_on(day), Appointment.state != "moved", *_whose(user_ids))
    return list(db.session.execute(query.order_by(Appointment.at, Appointment.id).limit(MOST)))


def list_unrecorded(user_ids: Collection[int] | None, now: datetime) -> list[sa.Row[Any]]:
    """Appointments whose time has passed without a word of what happened, the oldest first; rows as in `list_day`."""
    query = _columns().where(_unrecorded(now), *_whose(user_ids))
    return list(db.session.execute(query.order_by(Appointment.at, Appointment.id).limit(COUNT_CAP)))


def count_unrecorded(user_ids: Collection[int] | None, now: datetime) -> int:
    """How many `list_unrecorded` lists: 100 at most."""
    return _count(_unrecorded(now), *_whose(user_ids))


def count_day(day: date, user_ids: Collection[int] | None) -> int:
    """How many `list_day` lists, counted to 100 at most."""
    return _count(_on(day), Appointment.state != "moved", *_whose(user_ids))


def _count(*conditions: sa.ColumnElement[bool]) -> int:
    capped = sa.select(sa.literal(1)).select_from(Appointment).join(Appointment.referral)
    capped = capped.where(visible(current_scope()), *conditions).limit(COUNT_CAP)
    return db.session.scalars(sa.select(sa.func.count()).select_from(capped.subquery())).one()


def _whose(user_ids: Collection[int] | None) -> list[sa.ColumnElement[bool]]:
    """Of these workers, or for IOM of the referrals that these users sent; None for all that the viewer may see."""
    if user_ids is None:
        return []
    of_agency = current_scope().kind == "agency"
    return [(Appointment.worker_id if of_agency else Referral.referrer_id).in_(user_ids)]


def _on(day: date) -> sa.ColumnElement[bool]:
    """At a moment of this day in Europe/London."""
    begins, ends = (datetime.combine(d, time(), LONDON) for d in (day, day + timedelta(days=1)))
    return (Appointment.at >= begins) & (Appointment.at < ends)


def _unrecorded(now: datetime) -> sa.ColumnElement[bool]:
    return (Appointment.state == "offered") & (Appointment.at <= now)


def _columns() -> sa.Select[*tuple[Any, ...]]:
    """Agencies read the initials that were released to them, IOM the person's names."""
    of_agency, worker = current_scope().kind == "agency", aliased(User)
    who: tuple[Any, ...] = (Release.initials, sa.null().label("forenames"), sa.null().label("surname"))
    if not of_agency:
        who = (sa.null().label("initials"), Person.forenames, Person.surname)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Appointment.id,
            Appointment.at,
            Appointment.minutes,
            Appointment.mode,
            Appointment.place,
            Appointment.state,
            Appointment.referral_id,
            Referral.reference,
            Referral.need_code,
            *who,
            Service.name.label("service"),
            Service.name_cy.label("service_cy"),
            Agency.name.label("agency"),
            worker.name.label("worker"),
        )
        .join(Appointment.referral)
        .join(Service, Service.id == Appointment.service_id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .outerjoin(worker, worker.id == Appointment.worker_id)
        .where(visible(current_scope()))
    )
    if of_agency:
        return query.outerjoin(Release, (Release.referral_id == Referral.id) & Release.current)
    return query.outerjoin(Person, Person.id == Referral.person_id)
