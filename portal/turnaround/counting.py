"""Counting what became of referrals, and of what hangs on them: one grouped statement gives each group's counts.

Referrals are those sent in the period, imported ones too; whatever happened after as-of had not happened yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from portal.agencies.codes import NEEDS
from portal.db import Scope, db
from portal.i18n import LONDON
from portal.referrals.models import Referral
from portal.turnaround.catalogue import Counted, sooner
from portal.turnaround.facts import GROUP_COLUMNS, countable, narrowing
from portal.turnaround.filters import Filter
from portal.turnaround.groups import group_names

Condition = sa.SQLColumnExpression[Any]
IMPORTED = Counted.referral_id.is_(None)
# What is counted of what hangs on a referral (migration 0027).
WORDLESS = {
    "appointment": ("referral_id", "at", "offered_at", "state", "state_at"),
    "chase": ("referral_id", "kind", "at", "answered_at", "changed"),
}
# Of a declined one: when the agency reversed that.
ACCEPTED_ON = sooner(Counted.priority_on, Counted.standard_on)


def london_day(moment: Any) -> Condition:
    """The London date of a moment; `counted_referral` holds those of the commonest."""
    return sa.cast(sa.func.timezone("Europe/London", moment), sa.Date)


@dataclass(frozen=True)
class GroupCounts:
    """One group of `asked.by` and need, and in it one `part` (a code) where the counting splits them."""

    key: str
    label: str
    need: str
    part: str | None
    counts: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.counts[name]


def count(
    source: sa.FromClause, asked: Filter, scope: Scope, *, part: Any = None, **conditions: Any
) -> list[GroupCounts]:
    """How many rows of `source` (`counted_referral`, or joined with it) meet each condition; by label and then need."""
    columns = [
        GROUP_COLUMNS[asked.by].label("key"),
        Counted.need_code.label("need"),
        (sa.null() if part is None else part).label("part"),
    ]
    counts = [sa.func.count().filter(condition).label(name) for name, condition in conditions.items()]
    query = (
        sa.select(*columns, *counts)
        .select_from(source)
        .where(*sent_in_period(asked, scope))
        .group_by(*(sa.literal_column(str(place)) for place in range(1, 3 if part is None else 4)))
    )
    rows = db.session.execute(query).all()
    names = group_names(asked.by, {row.key for row in rows})
    order = list(NEEDS)
    rows = sorted(rows, key=lambda row: (names[row.key].order, order.index(row.need)))
    return [
        GroupCounts(
            names[row.key].key,
            names[row.key].label,
            row.need,
            row.part,
            {name: getattr(row, name) for name in conditions},
        )
        for row in rows
    ]


def sent_in_period(asked: Filter, scope: Scope) -> Iterable[Condition]:
    """Sent in the period, countable for the scope, and chosen by the filter."""
    yield Counted.sent_on.between(asked.from_on, min(asked.to_on, asked.as_of))
    yield countable(scope)
    yield from narrowing(asked)


def same_referral(asked: Filter) -> Condition:
    """Joins `counted_referral` with the referral itself. The days narrow that too, so that not all of them are read."""
    period = Referral.sent_on.between(asked.from_on, min(asked.to_on, asked.as_of))
    return (Referral.id == Counted.referral_id) & period


def hanging(model: Any, asked: Filter, scope: Scope) -> sa.FromClause:
    """Appointments or chases, to be counted. An analyst gets the columns that are, from a function, and no row with words."""
    table: sa.Table = model.__table__
    if scope.kind != "figures":
        return table
    counted = getattr(sa.func, f"{table.name}s_counted")(asked.from_on, asked.to_on)
    columns = (sa.column(name, table.c[name].type) for name in WORDLESS[table.name])
    return counted.table_valued(*columns, name=table.name)


def holds_history(asked: Filter, scope: Scope) -> bool:
    """Whether any of the referrals sent in the period is imported: without people, appointments or events."""
    some = sa.select(sa.literal(1)).where(IMPORTED, *sent_in_period(asked, scope))
    return bool(db.session.scalar(sa.select(some.exists())))


def together(counted: Iterable[GroupCounts]) -> dict[str, int]:
    """The counts of all of them."""
    total: dict[str, int] = {}
    for each in counted:
        for name, number in each.counts.items():
            total[name] = total.get(name, 0) + number
    return total


def merged(counted: Iterable[GroupCounts]) -> list[GroupCounts]:
    """The same without parts: one row a group and need."""
    groups: dict[tuple[str, str], list[GroupCounts]] = {}
    for each in counted:
        groups.setdefault((each.key, each.need), []).append(each)
    return [
        GroupCounts(key, some[0].label, need, None, together(some)) for (key, need), some in groups.items()
    ]


def moment_after(asked: Filter) -> datetime:
    """The end of as-of, and never later than now: what was to happen after it is still to come."""
    midnight = datetime.combine(asked.as_of + timedelta(days=1), time(0), LONDON)
    return min(midnight, datetime.now(LONDON))


class AsOf:
    """What had become of a referral by a day, as conditions of which each is true or false, never unknown."""

    def __init__(self, asked: Filter) -> None:
        self.day = sa.literal(asked.as_of, sa.Date)
        self.left_out = self.by(Counted.left_out_on)
        self.counted = ~self.left_out
        self.withdrawn = self.counted & self.by(Counted.withdrawn_on)
        self.declined = self.counted & self.by(Counted.decided_on) & Counted.decline_reason.is_not(None)
        self.final = self.declined & self.by(Counted.declined_on)
        self.accepted = self.counted & self.by(ACCEPTED_ON)
        self.reversed = self.declined & self.accepted
        self.closed = self.counted & ~self.final & ~self.withdrawn & self.by(Counted.closed_on)
        self.open = self.counted & ~self.final & ~self.withdrawn & ~self.closed

    def by(self, day: Any) -> Condition:
        """Whether it had happened by then."""
        return sa.func.coalesce(day <= self.day, sa.false())
