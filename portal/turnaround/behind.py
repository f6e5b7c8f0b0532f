"""The referrals behind a figure: the rows that `facts` and `counting` count, by their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from portal.agencies.codes import DECLINE_REASONS, OUTCOMES
from portal.db import Scope, db
from portal.referrals.lists import PAGE
from portal.referrals.models import Referral
from portal.referrals.queries import list_columns, visible
from portal.turnaround import outcomes, pressing
from portal.turnaround.catalogue import BY_CODE, Counted, counted_referral
from portal.turnaround.counting import AsOf, same_referral, sent_in_period
from portal.turnaround.declines import UNSAID
from portal.turnaround.facts import COMPETING, EARLIER, EVENT, EXCLUDED, OPEN, by_referral
from portal.turnaround.filters import Filter
from portal.turnaround.judging import Column


def _true(condition: Any) -> Column:
    return sa.func.coalesce(condition, sa.false())


def _counted(row: Any) -> Column:
    return row.ending.in_((EVENT, COMPETING, OPEN))


def _due(row: Any) -> Column:
    return _counted(row) & row.due


def _judged(row: Any) -> Column:
    return _counted(row) & row.judged


def _waits(row: Any) -> Column:
    return row.ending.in_((OPEN, EARLIER))


# Of one row of `facts.by_referral`, as `facts.statement` and `result` count them.
OF_A_MEASURE: dict[str, Callable[[Any], Column]] = {
    "sent": _counted,
    "left_out": lambda row: row.ending == EXCLUDED,
    "answered_in_time": lambda row: _due(row) & _true(row.in_time),
    "answered_late": lambda row: _due(row) & ~_true(row.in_time),
    "kept": lambda row: _judged(row) & _true(row.kept),
    "not_kept": lambda row: _judged(row) & ~_true(row.kept),
    "priority": lambda row: _due(row) & _true(row.in_time),
    "not_priority": lambda row: _due(row) & ~_true(row.in_time),
    "granted_besides": lambda row: (row.ending == EVENT) & ~_true(row.due & row.in_time),
    "waiting": _waits,
    "late_now": lambda row: _waits(row) & row.broken,
}
# Of all referrals sent in the period: by the page that counts them, the figure and what it is called there.
OF_PAGES: dict[str, dict[str, str]] = {
    "declines": {"declined": "declined", "withdrawn": "withdrawn"},
    "needs": {
        "accepted": "accepted", "started": "started", "refused": "declined", "open": "open", "met": "met",
        "partly_met": "partly_met", "not_met": "not_met", "ended": "ended",
    },
    "chases": {
        name: name
        for name in ("pressed", "escalated", "late_agency", "late_iom", "released", "reassigned", "reversed", "wrong_service",
                     "referred_again")
    },
}  # fmt: skip
PAGE_OF = {figure: page for page, figures in OF_PAGES.items() for figure in figures}
ELSEWHERE = "referred_again"  # no agency is told where else somebody was sent
FIGURES = (*OF_A_MEASURE, *PAGE_OF)
# Those two that are the part and the rest of one whole.
PAIRS = (("answered_in_time", "answered_late"), ("kept", "not_kept"), ("priority", "not_priority"))
OF_PRIORITY = ("priority", "not_priority", "granted_besides")
LONGEST_FIRST = ("waiting", "late_now")


@dataclass(frozen=True)
class Chosen:
    """One figure. `reason` and `cause` narrow declines, `reason` withdrawals (UNSAID: imported without one); `month`,
    as 2026-05, the period."""

    figure: str = "sent"
    measure: str = "M1"
    reason: str | None = None
    cause: str | None = None
    month: str | None = None

    @property
    def both(self) -> tuple[str, ...]:
        """It and what makes it whole, in their order."""
        return next((pair for pair in PAIRS if self.figure in pair), (self.figure,))


class Number(NamedTuple):
    """How many a figure counts, and how many of them are imported."""

    all: int
    imported: int


def count_behind(asked: Filter, chosen: Chosen, scope: Scope) -> dict[str, Number]:
    """The number of the figure, and of what makes it whole: one statement."""
    row = _rows(asked, chosen, scope).subquery().c
    columns = []
    for name in chosen.both:
        imported = row[name] & row.referral_id.is_(None)
        columns += [sa.func.count().filter(row[name]), sa.func.count().filter(imported)]
    found = db.session.execute(sa.select(*columns)).one()
    return {name: Number(*found[2 * at : 2 * at + 2]) for at, name in enumerate(chosen.both)}


def list_behind(
    asked: Filter, chosen: Chosen, scope: Scope, after: tuple[datetime, int] | None = None
) -> tuple[list[Any], bool]:
    """One page of them with the columns of `queries.list_columns`, and whether there is more.

    Newest first; those that wait, the longest waiting first. Imported ones have no page and are not among them.
    """
    row = _rows(asked, chosen, scope).subquery().c
    ids = sa.select(row.referral_id).where(row[chosen.figure])
    key, up = (Referral.sent_at, Referral.id), chosen.figure in LONGEST_FIRST
    query = list_columns(of_agency=scope.kind == "agency").where(visible(scope), Referral.id.in_(ids))
    if after:
        bound = sa.tuple_(sa.literal(after[0], sa.DateTime(timezone=True)), sa.literal(after[1]))
        query = query.where(sa.tuple_(*key) > bound if up else sa.tuple_(*key) < bound)
    query = query.order_by(*(key if up else (column.desc() for column in key))).limit(PAGE + 1)
    rows = db.session.execute(query).all()
    return list(rows[:PAGE]), len(rows) > PAGE


def _rows(asked: Filter, chosen: Chosen, scope: Scope) -> sa.Select[Any]:
    """Each referral’s number, and whether it is in the figure and in what makes it whole."""
    if chosen.figure in PAGE_OF:
        condition = sa.and_(*_of_all(asked, chosen, scope)).label(chosen.figure)
        source = counted_referral.outerjoin(Referral, same_referral(asked))
        return (
            sa.select(Counted.referral_id, condition).select_from(source).where(*sent_in_period(asked, scope))
        )
    measure = BY_CODE["M4" if chosen.figure in OF_PRIORITY else chosen.measure]
    row = by_referral(asked, measure, scope).subquery("referral_day").c
    return sa.select(row.referral_id, *(OF_A_MEASURE[name](row).label(name) for name in chosen.both))


def _of_all(asked: Filter, chosen: Chosen, scope: Scope) -> Iterable[Column]:
    state, page = AsOf(asked), PAGE_OF[chosen.figure]
    if page == "needs":
        found = outcomes.conditions(state)
        found["ended"] = sa.or_(*(found[code] for code in OUTCOMES))
        yield found[OF_PAGES[page][chosen.figure]]
        return
    if page == "chases":
        yield pressing.conditions(asked, scope)[chosen.figure]
        return
    if chosen.figure == "withdrawn":
        yield state.withdrawn
        if chosen.reason:
            yield sa.func.coalesce(Counted.withdrawal_reason, UNSAID) == chosen.reason
        return
    yield state.declined
    if chosen.reason:
        yield Counted.decline_reason == chosen.reason
    if chosen.cause:
        yield Counted.decline_reason.in_(
            code for code, (why, _words) in DECLINE_REASONS.items() if why == chosen.cause
        )
