"""Reading referrals: one of them, and lists in clock order. Every query starts from the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from portal.accounts.models import User
from portal.agencies.models import Area, Service
from portal.db import Scope, current_scope, db
from portal.people.models import Person
from portal.referrals.models import Event, Message, Referral, Release

PAGE = 25
COUNT_CAP = 100
OPEN = Referral.status.not_in(["draft", "closed", "withdrawn"])
UNDECIDED = Referral.status.in_(["sent", "acknowledged", "information_requested"]) & OPEN

# What a tab holds; the first is the one that opens.
AGENCY_TABS: dict[str, sa.ColumnElement[bool]] = {
    "to_decide": UNDECIDED,
    "new": Referral.status == "sent",
    "accepted": Referral.status.in_(["accepted", "in_service"]) & OPEN,
    "open": OPEN,
    "ended": Referral.status.in_(["closed", "withdrawn"]),
}
IOM_TABS: dict[str, sa.ColumnElement[bool]] = {
    "waiting": UNDECIDED,
    "declined": Referral.status == "declined",
    "accepted": Referral.status.in_(["accepted", "in_service"]) & OPEN,
    "open": OPEN,
    "ended": Referral.status.in_(["closed", "withdrawn"]),
}


@dataclass(frozen=True)
class ListFilter:
    """What a list is narrowed to; None where it is not."""

    tab: str
    mine: bool = False
    need: str | None = None
    cohort: str | None = None
    service_id: int | None = None
    after: tuple[datetime, int] | None = None


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """What the scope may see, by the application's own check; the policies of the database say the same again."""
    if scope.kind == "system":
        return sa.true()
    if scope.kind == "iom":
        unrestricted = ~Referral.restricted
        if scope.person_ids:
            unrestricted = unrestricted | Referral.person_id.in_(scope.person_ids)
        return _in(Referral.area_id, scope.area_ids) & unrestricted
    if scope.kind == "agency":
        mine = (Referral.agency_id == scope.agency_id) & Referral.sent_at.is_not(None)
        return mine & _in(Referral.service_id, scope.service_ids) & _in(Referral.area_id, scope.area_ids)
    return sa.false()


def _in(column: Any, ids: Sequence[int] | None) -> sa.ColumnElement[bool]:
    """Equality where there is one id, so that an index in clock order serves."""
    if ids is None:
        return sa.true()
    return column == ids[0] if len(ids) == 1 else column.in_(ids)


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
        _list_columns()
        .where(Referral.person_id == person_id, visible(current_scope()))
        .order_by(Referral.created_at.desc(), Referral.id.desc())
        .limit(100)
    )
    return list(db.session.execute(query))


def list_drafts(user_id: int) -> list[sa.Row[Any]]:
    """A user's own drafts, the one last begun first."""
    query = (
        _list_columns()
        .where(Referral.referrer_id == user_id, Referral.status == "draft", visible(current_scope()))
        .order_by(Referral.id.desc())
        .limit(COUNT_CAP)
    )
    return list(db.session.execute(query))


def list_page(narrowed: ListFilter, user_id: int) -> tuple[list[sa.Row[Any]], bool]:
    """One page in clock order, the longest waiting first; ended ones newest first. And whether there is more.

    Rows carry reference, initials, person's names (None for agencies), need_code, cohort, status, decision,
    sent_at, decided_at, area, service, referrer and worker.
    """
    scope = current_scope()
    newest_first = narrowed.tab == "ended"
    key = sa.tuple_(Referral.sent_at, Referral.id)
    query = _list_columns().where(visible(scope), *_narrowing(narrowed, user_id, scope))
    if narrowed.after:
        bound = sa.tuple_(*(sa.literal(value) for value in narrowed.after))
        query = query.where(key < bound if newest_first else key > bound)
    order = [Referral.sent_at, Referral.id]
    query = query.order_by(*(column.desc() if newest_first else column for column in order)).limit(PAGE + 1)
    rows = list(db.session.execute(query))
    return rows[:PAGE], len(rows) > PAGE


def _narrowing(narrowed: ListFilter, user_id: int, scope: Scope) -> list[sa.ColumnElement[bool]]:
    tabs = AGENCY_TABS if scope.kind == "agency" else IOM_TABS
    conditions = [tabs[narrowed.tab]]
    if narrowed.mine:
        mine = Referral.worker_id if scope.kind == "agency" else Referral.referrer_id
        conditions.append(mine == user_id)
    if narrowed.need:
        conditions.append(Referral.need_code == narrowed.need)
    if narrowed.cohort:
        conditions.append(Referral.cohort == narrowed.cohort)
    if narrowed.service_id:
        conditions.append(Referral.service_id == narrowed.service_id)
    return conditions


def _list_columns() -> sa.Select[*tuple[Any, ...]]:
    worker, referrer = aliased(User), aliased(User)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Referral.id,
            Referral.reference,
            Referral.person_id,
            Referral.need_code,
            Referral.cohort,
            Referral.status,
            Referral.decision,
            Referral.created_at,
            Referral.sent_at,
            Referral.decided_at,
            Referral.expected_on,
            Referral.closed_at,
            Referral.withdrawn_at,
            Release.initials,
            Person.forenames,
            Person.surname,
            Service.name.label("service"),
            Service.agency_id,
            Area.name_en,
            Area.name_cy,
            referrer.name.label("referrer"),
            worker.name.label("worker"),
        )
        .join(Area, Area.id == Referral.area_id)
        .join(referrer, referrer.id == Referral.referrer_id)
        .outerjoin(Service, Service.id == Referral.service_id)
        .outerjoin(Release, (Release.referral_id == Referral.id) & Release.current)
        .outerjoin(Person, Person.id == Referral.person_id)
        .outerjoin(worker, worker.id == Referral.worker_id)
    )
    return query


def count_tabs(narrowed: ListFilter, user_id: int) -> dict[str, int]:
    """How many each tab holds under the same narrowing, counted to 100 at most, in one statement."""
    scope = current_scope()
    tabs = AGENCY_TABS if scope.kind == "agency" else IOM_TABS
    columns = []
    for tab in tabs:
        if tab == "ended":
            continue
        one = ListFilter(tab, narrowed.mine, narrowed.need, narrowed.cohort, narrowed.service_id)
        capped = (
            sa.select(sa.literal(1))
            .select_from(Referral)
            .where(visible(scope), *_narrowing(one, user_id, scope))
        )
        counted = sa.select(sa.func.count()).select_from(capped.limit(COUNT_CAP).subquery())
        columns.append(counted.scalar_subquery().label(tab))
    return dict(db.session.execute(sa.select(*columns)).one()._mapping)
