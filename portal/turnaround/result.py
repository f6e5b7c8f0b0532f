"""The figures of one measure, a row for each group and need: what page, command and file all read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.agencies.calendar import working_days
from portal.agencies.codes import NEEDS
from portal.db import current_scope
from portal.turnaround import tally
from portal.turnaround.catalogue import PRIORITY_DAYS, Measure
from portal.turnaround.estimators import Curve, DayCounts, Median, Proportion, cumulative_incidence, wilson
from portal.turnaround.facts import Group, day_counts
from portal.turnaround.filters import Filter
from portal.turnaround.groups import Name, group_names


@dataclass(frozen=True)
class Promise:
    """What was agreed and what became of it. `days`: None where none was, or where promises differ.

    `kept`: those done in time, of those judged. `late_now`: waiting past the promise, with no period.
    """

    days: int | None
    kept: Proportion
    late_now: int


@dataclass(frozen=True)
class Usual:
    """M5 of `n` referrals: `verdict` is faster, slower or no_difference."""

    n: int
    verdict: str


@dataclass(frozen=True, eq=False)
class Row:
    """One group and need. `excluded` were sent in the period too; `open_now` and `oldest_open_days` have no period.

    `in_time`: those with the event in time, of those sent long enough ago to be judged (`facts._judged`).
    """

    key: str
    label: str
    need: str
    counts: DayCounts
    curve: Curve
    median: Median
    excluded: int
    open_now: int
    oldest_open_days: int | None
    in_time: Proportion
    promise: Promise | None = None

    @property
    def n(self) -> int:
        return self.counts.total

    def events_by(self, day: int) -> int:
        return int(self.counts.event[: day + 1].sum())


def figures(asked: Filter, *measures: Measure) -> list[list[Row]]:
    """For each measure what the current scope may see, by label and then need. A statement each, and one for names."""
    counted = _counted(asked, measures)
    names = group_names(asked.by, {group.key for groups in counted for group in groups})
    order = list(NEEDS)

    def place(group: Group) -> tuple[Any, int]:
        return names[group.key].order, order.index(group.need)

    return [
        [
            _row(group, names[group.key], asked, promised=measure.promised is not None)
            for group in sorted(groups, key=place)
        ]
        for measure, groups in zip(measures, counted, strict=True)
    ]


def _counted(asked: Filter, measures: Sequence[Measure]) -> list[list[Group]]:
    scope = current_scope()
    if tally.serves(asked, measures, scope):
        return tally.day_counts(asked, measures, scope)
    return [day_counts(asked, measure, scope) for measure in measures]


def usual_waits(asked: Filter) -> dict[tuple[str, str], Usual]:
    """M5 by key and need, where services have a usual wait."""
    return {}


def _row(group: Group, name: Name, asked: Filter, *, promised: bool) -> Row:
    curve = cumulative_incidence(group.counts)
    oldest = None
    if group.oldest_sent is not None:
        working = working_days().between(group.oldest_sent, asked.as_of)
        oldest = working if asked.days == "working" else (asked.as_of - group.oldest_sent).days
    return Row(
        key=name.key,
        label=name.label,
        need=group.need,
        counts=group.counts,
        curve=curve,
        median=curve.median(),
        excluded=group.excluded,
        open_now=group.open_now,
        oldest_open_days=oldest,
        in_time=wilson(group.in_time, group.due),
        promise=_promise(group) if promised else None,
    )


def _promise(group: Group) -> Promise | None:
    """None where nothing was promised."""
    if not group.promises and not group.late_now:
        return None
    days = group.promises[0] if len(set(group.promises)) == 1 else None
    return Promise(days, wilson(group.kept, group.judged), group.late_now)


def as_json(
    rows: Sequence[Row], asked: Filter, measure: Measure, share_days: Sequence[int]
) -> dict[str, Any]:
    """The document of the command `turnaround --json`: nothing rounded, nothing suppressed."""
    return {
        "as_of": asked.as_of.isoformat(),
        "from": asked.from_on.isoformat(),
        "to": asked.to_on.isoformat(),
        "days": asked.days,
        "by": asked.by,
        "rows": [_row_as_json(row, measure, share_days) for row in rows],
    }


def _row_as_json(row: Row, measure: Measure, share_days: Sequence[int]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "key": row.key,
        "label": row.label,
        "need": row.need,
        "measure": measure.code,
        "n": row.n,
        "events": int(row.counts.event.sum()),
        "competing": int(row.counts.competing.sum()),
        "censored": int(row.counts.censored.sum()),
        "excluded": row.excluded,
        "median": row.median.value,
        "median_low": row.median.low,
        "median_high": row.median.high,
        "promise_days": row.promise.days if row.promise else None,
        "within_promise": row.promise.kept.part if row.promise else None,
        "judged": row.promise.kept.whole if row.promise else None,
        "share_by": [vars(row.curve.share_at(day)) for day in share_days],
        "open_now": row.open_now,
        "past_promise_now": row.promise.late_now if row.promise else None,
        "oldest_open_days": row.oldest_open_days,
        "flag": None,
    }
    if measure.code == "M4":
        document |= {
            "granted": row.in_time.part,
            "granted_of": row.in_time.whole,
            "granted_low": row.in_time.low,
            "granted_high": row.in_time.high,
            "mature_days": PRIORITY_DAYS,
        }
    return document
