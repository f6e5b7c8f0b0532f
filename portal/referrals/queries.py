"""Reading referrals: what a scope may see, one referral with what belongs to it, and a person's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased, joinedload

from portal.accounts.models import User
from portal.agencies.models import Agency, Area, Service
from portal.db import Scope, current_scope, db
from portal.people.models import Person
from portal.referrals.models import Event, Message, Referral, Release

MOST = 100


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """What the scope may see, by the application's own check; the policies of the database say the same again."""
    if scope.kind == "system":
        return sa.true()
    if scope.kind == "iom":
        unrestricted = ~Referral.restricted
        if scope.person_ids:
            unrestricted |= Referral.person_id == sa.any_(
                _ids("scope_people", scope.person_ids, sa.BigInteger)
            )
        return _in(Referral.area_id, "scope_areas", scope.area_ids) & unrestricted
    if scope.kind == "agency":
        mine = Referral.agency_id == sa.bindparam("scope_agency", scope.agency_id)
        mine &= Referral.sent_at.is_not(None) & _in(Referral.service_id, "scope_services", scope.service_ids)
        return mine & _in(Referral.area_id, "scope_areas", scope.area_ids)
    return sa.false()


def _ids(name: str, ids: Sequence[int], type_: Any = sa.Integer) -> Any:
    return sa.bindparam(name, list(ids), type_=ARRAY(type_))


def _in(column: Any, name: str, ids: Sequence[int] | None) -> sa.ColumnElement[bool]:
    """Equality where there is one id, so that an index in clock order serves."""
    if ids is None:
        return sa.true()
    if len(ids) == 1:
        return column == sa.bindparam(name, ids[0], type_=sa.Integer)
    return column == sa.any_(_ids(name, ids))


def get_visible(reference: str) -> Referral | None:
    """The referral of this reference, if the current scope may see it; with its service, agency and people on it."""
    return db.session.scalar(
        sa.select(Referral)
        .where(Referral.reference == reference, visible(current_scope()))
        .options(
            joinedload(Referral.service).joinedload(Service.agency),
            joinedload(Referral.referrer),
            joinedload(Referral.worker),
        )
    )


def get_release(referral: Referral) -> Release | None:
    """What the agency may read now; None once its names have closed to whoever is asking."""
    return db.session.scalar(sa.select(Release).where(Release.referral_id == referral.id, Release.current))


def list_events(referral: Referral) -> list[Event]:
    query = sa.select(Event).where(Event.referral_id == referral.id).order_by(Event.id)
    return list(db.session.scalars(query.options(joinedload(Event.by))))


def list_messages(referral: Referral) -> list[Message]:
    query = sa.select(Message).where(Message.referral_id == referral.id).order_by(Message.id)
    return list(db.session.scalars(query.options(joinedload(Message.by))))


def list_of_person(person_id: int) -> list[sa.Row[Any]]:
    """A person's referrals, newest first: reference, need, service and agency, status, decision, dates."""
    query = (
        _with_drafts()
        .where(Referral.person_id == person_id, visible(current_scope()))
        .order_by(Referral.created_at.desc(), Referral.id.desc())
        .limit(100)
    )
    return list(db.session.execute(query))


def list_drafts(user_id: int) -> list[sa.Row[Any]]:
    """A user's own drafts, the one last begun first."""
    query = (
        _with_drafts()
        .where(Referral.referrer_id == user_id, Referral.status == "draft", visible(current_scope()))
        .order_by(Referral.id.desc())
        .limit(MOST)
    )
    return list(db.session.execute(query))


def _with_drafts() -> sa.Select[*tuple[Any, ...]]:
    """For lists that hold drafts too: when each was begun and last changed, and whether its user was warned."""
    return list_columns(of_agency=False).add_columns(
        Referral.created_at, Referral.touched_at, Referral.warned_at
    )


def list_columns(*, of_agency: bool) -> sa.Select[*tuple[Any, ...]]:
    """A list's columns: agencies read the initials that were released to them, IOM the person's names and the service."""
    worker, referrer = aliased(User), aliased(User)
    who: tuple[Any, ...] = (Release.initials, *_nothing("forenames", "surname"))
    whose: tuple[Any, ...] = _nothing("service", "service_cy", "agency", "agency_id")
    if not of_agency:
        who = (*_nothing("initials"), Person.forenames, Person.surname)
        whose = (
            Service.name.label("service"),
            Service.name_cy.label("service_cy"),
            Agency.name.label("agency"),
            Service.agency_id,
        )
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Referral.id,
            Referral.reference,
            Referral.need_code,
            Referral.cohort,
            Referral.status,
            Referral.paused_from,
            Referral.decision,
            Referral.sent_at,
            Referral.sent_on,
            Referral.available_from,
            Referral.decided_on,
            Referral.withdrawn_on,
            _happened(Referral.responded_at),
            _happened(Referral.first_offer_at),
            _happened(Referral.started_at),
            Referral.promise_acknowledge,
            Referral.promise_decide,
            Referral.promise_offer,
            sa.cast(Referral.rests, sa.Text).label("rests"),
            *who,
            *whose,
            Area.name_en,
            Area.name_cy,
            referrer.name.label("referrer"),
            worker.name.label("worker"),
        )
        .join(Area, Area.id == Referral.area_id)
        .join(referrer, referrer.id == Referral.referrer_id)
        .outerjoin(worker, worker.id == Referral.worker_id)
    )
    if of_agency:
        return query.outerjoin(Release, (Release.referral_id == Referral.id) & Release.current)
    query = query.outerjoin(Service, Service.id == Referral.service_id)
    query = query.outerjoin(Agency, Agency.id == Referral.agency_id)
    return query.outerjoin(Person, Person.id == Referral.person_id)


def _nothing(*columns: str) -> tuple[Any, ...]:
    return tuple(sa.null().label(column) for column in columns)


def _happened(moment: Any) -> Any:
    """True where it has happened: a line needs no more of it, and a moment is dear to read."""
    return sa.case((moment.is_not(None), True)).label(moment.key)
