"""Lists of referrals in clock order: what a tab holds, what a list is narrowed to, one page, and how many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from portal.agencies.calendar import working_days
from portal.clocks.clock import london_date
from portal.clocks.working_days import WorkingDays
from portal.db import Prepared, Scope, current_scope, db
from portal.referrals import states
from portal.referrals.models import Referral
from portal.referrals.queries import list_columns, visible
from portal.referrals.states import S
from portal.referrals.unread import unread_for, unread_values

PAGE = 25
COUNT_CAP = 100
NOBODY = 0  # as a worker: nobody works on it yet


# What a tab holds, by status; of `unread`, those that are `unread_for` the user. The others go by `LATE_FROM`.
TAB_STATUSES: dict[str, Collection[str]] = {
    "to_decide": states.UNDECIDED,
    "waiting": states.UNDECIDED,
    "new": {S.SENT},
    "asked": {S.INFORMATION_REQUESTED},
    "declined": {S.DECLINED},
    "challenged": {S.CHALLENGED},
    "accepted": {S.ACCEPTED, S.IN_SERVICE},
    "unread": states.OPEN,
    "open": states.OPEN,
    "ended": states.ENDED,
}
# The first is the one that opens.
AGENCY_TABS = (
    "to_decide",
    "new",
    "due",
    "late",
    "asked",
    "challenged",
    "accepted",
    "unread",
    "open",
    "ended",
)
IOM_TABS = ("waiting", "asked", "late", "declined", "challenged", "accepted", "unread", "open", "ended")


def _literal(statuses: Collection[str]) -> sa.BindParameter[Any]:
    """Written into the statement, not bound: a plan for any value could not use the partial indexes."""
    return sa.bindparam(None, sorted(statuses), expanding=True, literal_execute=True)


OPEN = Referral.status.not_in(_literal({S.DRAFT, *states.ENDED}))
UNDECIDED = Referral.status.in_(_literal(states.UNDECIDED)) & OPEN
# Past a promise from this day on (moving.py); on its last day where that is the next working day.
_TODAY, _LATE_NEXT = (sa.bindparam(name, None, type_=sa.Date) for name in ("today", "late_next"))
LATE_FROM = {"late": (sa.literal_column("'-infinity'::date"), _TODAY), "due": (_LATE_NEXT, _LATE_NEXT)}


def _holds(tab: str, scope: Scope) -> sa.ColumnElement[bool]:
    if tab in LATE_FROM:
        return _late_between(*LATE_FROM[tab])
    if tab == "ended":
        return Referral.status.in_(_literal(states.ENDED))
    if tab == "unread":
        return OPEN & unread_for(scope, ())
    if tab == "open":
        return OPEN
    held = Referral.status.in_(_literal(TAB_STATUSES[tab]))
    return held & OPEN if len(TAB_STATUSES[tab]) > 1 else held


def _late_between(first: Any, last: Any) -> sa.ColumnElement[bool]:
    return Referral.late_from.is_not(None) & Referral.late_from.between(first, last)


# Too many rows would be read to count them on every page; `count_tab` counts one of them.
UNCOUNTED = ("unread", "ended")


class ListFilter(NamedTuple):
    """What a list is narrowed to; None where it is not. `area_id` is a police force's or a local authority's."""

    tab: str
    mine: bool = False
    need: str | None = None
    cohort: str | None = None
    service_id: int | None = None
    agency_id: int | None = None
    worker_id: int | None = None
    area_id: int | None = None
    after: tuple[datetime, int] | None = None


def list_page(narrowed: ListFilter, user_ids: Sequence[int]) -> tuple[list[Any], bool]:
    """One page in clock order, the longest waiting first; ended ones newest first. And whether there is more.

    Rows carry the columns of `queries.list_columns`. `user_ids`: whose referrals are *mine*.
    """
    scope = current_scope()
    shape = ("page", *_scope_shape(scope), narrowed.tab, *_narrowing_shape(narrowed), bool(narrowed.after))
    statement = _prepared.get(shape) or _prepared.setdefault(shape, Prepared(_page(narrowed, scope)))
    rows = statement.rows(_scope_values(scope) | _narrowing_values(narrowed, scope, user_ids))
    return list(rows[:PAGE]), len(rows) > PAGE


def count_tabs(narrowed: ListFilter, user_ids: Sequence[int]) -> dict[str, int]:
    """How many each tab holds under the same narrowing, counted to 100 at most, in one statement."""
    scope = current_scope()
    shape = ("counts", *_scope_shape(scope), *_narrowing_shape(narrowed))
    statement = _prepared.get(shape) or _prepared.setdefault(shape, Prepared(_counts(narrowed, scope)))
    return dict(statement.rows(_scope_values(scope) | _narrowing_values(narrowed, scope, user_ids)))


def count_tab(narrowed: ListFilter, user_ids: Sequence[int]) -> int:
    """How many one tab holds, counted to 100 at most."""
    scope = current_scope()
    values = _scope_values(scope) | _narrowing_values(narrowed, scope, user_ids)
    number: int = db.session.scalars(_capped(_holds(narrowed.tab, scope), narrowed, scope), values).one()
    return number


# Statements by shape: at most tabs × filters × kinds of scope.
_prepared: dict[tuple[Any, ...], Prepared] = {}


def _page(narrowed: ListFilter, scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    newest_first = narrowed.tab == "ended"
    key = sa.tuple_(Referral.sent_at, Referral.id)
    query = list_columns(of_agency=scope.kind == "agency")
    query = query.where(_holds(narrowed.tab, scope), visible(scope), *_narrowing(narrowed, scope))
    if narrowed.after:
        moment = sa.bindparam("after_at", None, type_=sa.DateTime(timezone=True))
        bound = sa.tuple_(moment, sa.bindparam("after_id", None, type_=sa.BigInteger))
        query = query.where(key < bound if newest_first else key > bound)
    order = [Referral.sent_at, Referral.id]
    return query.order_by(*(column.desc() if newest_first else column for column in order)).limit(
        sa.literal_column(str(PAGE + 1))
    )


def _counts(narrowed: ListFilter, scope: Scope) -> sa.CompoundSelect[Any]:
    """A row for each tab: its code and number.

    The tabs are rows of VALUES for which one count runs again and again. As a count each, all with their policies,
    they took twice as long, most of it before the first row was read.
    """
    tabs = [tab for tab in (AGENCY_TABS if scope.kind == "agency" else IOM_TABS) if tab not in UNCOUNTED]
    status = sa.values(
        sa.column("tab", sa.Text), sa.column("held", sa.Text), literal_binds=True, name="by_status"
    )
    status = status.data(
        [(tab, f"{{{','.join(sorted(TAB_STATUSES[tab]))}}}") for tab in tabs if tab in TAB_STATUSES]
    )
    day = sa.values(
        sa.column("tab", sa.Text), sa.column("first", sa.Date), sa.column("last", sa.Date), name="by_day"
    )
    day = day.data([(sa.literal_column(f"'{tab}'"), *LATE_FROM[tab]) for tab in tabs if tab in LATE_FROM])
    return sa.union_all(
        *(
            sa.select(held.c.tab, _capped(condition, narrowed, scope).scalar_subquery().label("number"))
            for held, condition in (
                (status, Referral.status == sa.any_(sa.cast(status.c.held, ARRAY(sa.Text)))),
                (day, _late_between(day.c.first, day.c.last)),
            )
        )
    )


def _capped(holds: sa.ColumnElement[bool], narrowed: ListFilter, scope: Scope) -> sa.Select[int]:
    """How many there are, counted until the cap is reached."""
    found: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        holds, visible(scope), *_narrowing(narrowed, scope)
    )
    found = found.select_from(Referral).limit(sa.literal_column(str(COUNT_CAP)))
    return sa.select(sa.func.count()).select_from(found.correlate_except(Referral).subquery())


def _narrowing(narrowed: ListFilter, scope: Scope) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if narrowed.mine:
        mine = Referral.worker_id if scope.kind == "agency" else Referral.referrer_id
        conditions.append(mine == sa.any_(sa.bindparam("me", None, type_=ARRAY(sa.Integer))))
    if narrowed.need:
        conditions.append(Referral.need_code == sa.bindparam("need", None, type_=sa.Text))
    if narrowed.cohort:
        conditions.append(Referral.cohort == sa.bindparam("cohort", None, type_=sa.Text))
    if narrowed.service_id:
        conditions.append(Referral.service_id == sa.bindparam("service", None, type_=sa.Integer))
    if narrowed.agency_id:
        conditions.append(Referral.agency_id == sa.bindparam("agency", None, type_=sa.Integer))
    if narrowed.worker_id == NOBODY:
        conditions.append(Referral.worker_id.is_(None))
    elif narrowed.worker_id:
        conditions.append(Referral.worker_id == sa.bindparam("worker", None, type_=sa.Integer))
    if narrowed.area_id:
        area = sa.bindparam("area", None, type_=sa.Integer)
        conditions.append((Referral.area_id == area) | (Referral.local_authority_id == area))
    return conditions


def _narrowing_shape(narrowed: ListFilter) -> tuple[Any, ...]:
    chosen = narrowed.need, narrowed.cohort, narrowed.service_id, narrowed.agency_id, narrowed.area_id
    return narrowed.mine, *map(bool, chosen), narrowed.worker_id and 1


def _narrowing_values(narrowed: ListFilter, scope: Scope, user_ids: Sequence[int]) -> dict[str, Any]:
    after_at, after_id = narrowed.after or (None, None)
    today = london_date(datetime.now(UTC))
    return {
        "me": list(user_ids),
        **unread_values(scope, user_ids),
        "need": narrowed.need,
        "cohort": narrowed.cohort,
        "service": narrowed.service_id,
        "agency": narrowed.agency_id,
        "worker": narrowed.worker_id,
        "area": narrowed.area_id,
        "after_at": after_at,
        "after_id": after_id,
        "today": today,
        "late_next": _late_next(working_days(), today),
    }


@lru_cache(maxsize=8)
def _late_next(calendar: WorkingDays, today: date) -> date | None:
    """The first late day of what is due today; nothing is due on a day on which nobody works."""
    return calendar.add(today, 1) if calendar.add(today, 0) == today else None


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
