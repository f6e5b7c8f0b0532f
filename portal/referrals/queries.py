"""Reading referrals: one of them, and lists in clock order. Every query starts from the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased, joinedload

from portal.accounts.models import User
from portal.agencies.models import Agency, Area, Service
from portal.db import Prepared, Scope, current_scope, db
from portal.people.models import Person
from portal.referrals.models import Event, Message, Referral, Release

PAGE = 25
COUNT_CAP = 100


def _status(*statuses: str) -> sa.ColumnElement[bool]:
    """Written into the statement, not bound: a plan for any value could not use the partial indexes."""
    return Referral.status.in_(sa.bindparam(None, statuses, expanding=True, literal_execute=True))


OPEN = Referral.status.not_in(
    sa.bindparam(None, ("draft", "closed", "withdrawn"), expanding=True, literal_execute=True)
)
UNDECIDED = _status("sent", "acknowledged", "information_requested") & OPEN

# What a tab holds; the first is the one that opens.
AGENCY_TABS: dict[str, sa.ColumnElement[bool]] = {
    "to_decide": UNDECIDED,
    "new": _status("sent"),
    "accepted": _status("accepted", "in_service") & OPEN,
    "open": OPEN,
    "ended": _status("closed", "withdrawn"),
}
IOM_TABS: dict[str, sa.ColumnElement[bool]] = {
    "waiting": UNDECIDED,
    "declined": _status("declined"),
    "accepted": _status("accepted", "in_service") & OPEN,
    "open": OPEN,
    "ended": _status("closed", "withdrawn"),
}


@dataclass(frozen=True)
class ListFilter:
    """What a list is narrowed to; None where it is not."""

    tab: str
    mine: bool = False
    need: str | None = None
    cohort: str | None = None
    service_id: int | None = None
    agency_id: int | None = None
    after: tuple[datetime, int] | None = None


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


def _scope_shape(scope: Scope) -> tuple[Any, ...]:
    """What of a scope decides the form of `visible`, as against its values."""
    counts = (None if ids is None else len(ids) == 1 for ids in (scope.area_ids, scope.service_ids))
    return scope.kind, *counts, bool(scope.person_ids)


def _scope_values(scope: Scope) -> dict[str, Any]:
    def value(ids: Sequence[int] | None) -> Any:
        return None if ids is None else ids[0] if len(ids) == 1 else list(ids)

    return {
        "scope_agency": scope.agency_id,
        "scope_areas": value(scope.area_ids),
        "scope_services": value(scope.service_ids),
        "scope_people": list(scope.person_ids),
    }


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
    shape = ("page", *_scope_shape(scope), narrowed.tab, *_narrowing_shape(narrowed), bool(narrowed.after))
    statement = _prepared.get(shape) or _prepared.setdefault(shape, Prepared(_page(narrowed, scope)))
    rows = list(statement.rows(_scope_values(scope) | _narrowing_values(narrowed, user_id)))
    return rows[:PAGE], len(rows) > PAGE


# Statements by shape: at most tabs × filters × kinds of scope.
_prepared: dict[tuple[Any, ...], Prepared] = {}


def _page(narrowed: ListFilter, scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    newest_first = narrowed.tab == "ended"
    key = sa.tuple_(Referral.sent_at, Referral.id)
    query = _list_columns(of_agency=scope.kind == "agency")
    query = query.where(visible(scope), *_narrowing(narrowed, scope))
    if narrowed.after:
        moment = sa.bindparam("after_at", None, type_=sa.DateTime(timezone=True))
        bound = sa.tuple_(moment, sa.bindparam("after_id", None, type_=sa.BigInteger))
        query = query.where(key < bound if newest_first else key > bound)
    order = [Referral.sent_at, Referral.id]
    return query.order_by(*(column.desc() if newest_first else column for column in order)).limit(
        sa.literal_column(str(PAGE + 1))
    )


def _narrowing(narrowed: ListFilter, scope: Scope) -> list[sa.ColumnElement[bool]]:
    tabs = AGENCY_TABS if scope.kind == "agency" else IOM_TABS
    conditions = [tabs[narrowed.tab]]
    if narrowed.mine:
        mine = Referral.worker_id if scope.kind == "agency" else Referral.referrer_id
        conditions.append(mine == sa.bindparam("me", None, type_=sa.Integer))
    if narrowed.need:
        conditions.append(Referral.need_code == sa.bindparam("need", None, type_=sa.Text))
    if narrowed.cohort:
        conditions.append(Referral.cohort == sa.bindparam("cohort", None, type_=sa.Text))
    if narrowed.service_id:
        conditions.append(Referral.service_id == sa.bindparam("service", None, type_=sa.Integer))
    if narrowed.agency_id:
        conditions.append(Referral.agency_id == sa.bindparam("agency", None, type_=sa.Integer))
    return conditions


def _narrowing_shape(narrowed: ListFilter) -> tuple[bool, ...]:
    chosen = narrowed.need, narrowed.cohort, narrowed.service_id, narrowed.agency_id
    return narrowed.mine, *map(bool, chosen)


def _narrowing_values(narrowed: ListFilter, user_id: int) -> dict[str, Any]:
    after_at, after_id = narrowed.after or (None, None)
    return {
        "me": user_id,
        "need": narrowed.need,
        "cohort": narrowed.cohort,
        "service": narrowed.service_id,
        "agency": narrowed.agency_id,
        "after_at": after_at,
        "after_id": after_id,
    }


def _list_columns(*, of_agency: bool = False) -> sa.Select[*tuple[Any, ...]]:
    """A list's columns: agencies read the initials that were released to them, IOM the person's names."""
    worker, referrer = aliased(User), aliased(User)
    who: tuple[Any, ...] = (Release.initials, sa.null().label("forenames"), sa.null().label("surname"))
    if not of_agency:
        who = (sa.null().label("initials"), Person.forenames, Person.surname)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Referral.id,
            Referral.reference,
            Referral.need_code,
            Referral.cohort,
            Referral.status,
            Referral.decision,
            Referral.created_at,
            Referral.touched_at,
            Referral.warned_at,
            Referral.sent_at,
            Referral.sent_on,
            Referral.decided_on,
            Referral.withdrawn_at,
            *who,
            Service.name.label("service"),
            Service.name_cy.label("service_cy"),
            Agency.name.label("agency"),
            Service.agency_id,
            Area.name_en,
            Area.name_cy,
            referrer.name.label("referrer"),
            worker.name.label("worker"),
        )
        .join(Area, Area.id == Referral.area_id)
        .join(referrer, referrer.id == Referral.referrer_id)
        .outerjoin(Service, Service.id == Referral.service_id)
        .outerjoin(Agency, Agency.id == Referral.agency_id)
        .outerjoin(worker, worker.id == Referral.worker_id)
    )
    if of_agency:
        return query.outerjoin(Release, (Release.referral_id == Referral.id) & Release.current)
    return query.outerjoin(Person, Person.id == Referral.person_id)


def count_tabs(narrowed: ListFilter, user_id: int) -> dict[str, int]:
    """How many each tab holds under the same narrowing, counted to 100 at most, in one statement."""
    scope = current_scope()
    shape = ("counts", *_scope_shape(scope), *_narrowing_shape(narrowed))
    statement = _prepared.get(shape) or _prepared.setdefault(shape, Prepared(_counts(narrowed, scope)))
    (row,) = statement.rows(_scope_values(scope) | _narrowing_values(narrowed, user_id))
    return dict(row._mapping)


def _counts(narrowed: ListFilter, scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    columns = []
    for tab in AGENCY_TABS if scope.kind == "agency" else IOM_TABS:
        if tab != "ended":
            narrowing = _narrowing(replace(narrowed, tab=tab), scope)
            capped = sa.select(sa.literal(1)).select_from(Referral).where(visible(scope), *narrowing)
            # In the order of the tab's index, so that counting stops at the cap and fetches no more of the tab.
            capped = capped.order_by(Referral.sent_at, Referral.id).limit(sa.literal_column(str(COUNT_CAP)))
            counted = sa.select(sa.func.count()).select_from(capped.subquery())
            columns.append(counted.scalar_subquery().label(tab))
    return sa.select(*columns)
