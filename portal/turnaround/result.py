"""The figures of one measure, a row for each group and need: what page, command and file all read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from portal.agencies.calendar import working_days
from portal.agencies.codes import NEEDS
from portal.db import current_scope
from portal.turnaround import tally, usual_facts
from portal.turnaround.catalogue import BY_CODE, Counted, Measure
from portal.turnaround.estimators import (
    Curve,
    DayCounts,
    Median,
    Proportion,
    cumulative_incidence_many,
    median_many,
    wilson,
)
from portal.turnaround.facts import Group, day_counts
from portal.turnaround.filters import Filter
from portal.turnaround.groups import Name, group_names
from portal.turnaround.judging import Column
from portal.turnaround.usual_facts import AgainstUsual


@dataclass(frozen=True)
class Promise:
    """What was agreed and what became of it. `days`: None where none was, or where promises differ.

    `kept`: those done in time, of those judged. `late_now`: waiting past the promise, with no period.
    """

    days: int | None
    kept: Proportion
    late_now: int


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


def figures(asked: Filter, *measures: Measure, services: Sequence[int] | None = None) -> list[list[Row]]:
    """For each measure what the current scope may see, by label and then need. A statement each, and one for names.

    `services`: of these alone, and of what was sent in the period alone: what stands open from before is not
    counted then. None of all.
    """
    counted = _counted(asked, measures, None if services is None else _sent_to(services, asked))
    return _rows(asked, measures, counted, _names(asked, counted))


def _sent_to(services: Sequence[int], asked: Filter) -> Column:
    return Counted.service_id.in_(services) & Counted.sent_on.between(asked.from_on, asked.to_on)


def _names(
    asked: Filter, counted: list[list[Group]], more: Iterable[tuple[Any, str]] = ()
) -> dict[Any, Name]:
    """Of all groups, and of `more` keys."""
    keys = {group.key for groups in counted for group in groups}
    return group_names(asked.by, keys | {key for key, _need in more})


def _rows(
    asked: Filter, measures: Sequence[Measure], counted: list[list[Group]], names: Mapping[Any, Name]
) -> list[list[Row]]:
    order = list(NEEDS)

    def place(group: Group) -> tuple[Any, int]:
        return names[group.key].order, order.index(group.need)

    return [
        _measured(sorted(groups, key=place), names, asked, promised=measure.promised is not None)
        for measure, groups in zip(measures, counted, strict=True)
    ]


def _counted(asked: Filter, measures: Sequence[Measure], only: Column | None = None) -> list[list[Group]]:
    scope = current_scope()
    if only is None and tally.serves(asked, measures, scope):
        return tally.day_counts(asked, measures, scope)
    return [day_counts(asked, measure, scope, only) for measure in measures]


class Summary(NamedTuple):
    """The rows of M1 and of M4, M5 by key and need, and those of which nothing is known that M5 could be held to."""

    answers: list[Row]
    decisions: list[Row]
    usual: dict[tuple[str, str], AgainstUsual]
    untested: set[tuple[str, str]]


def summary(asked: Filter) -> Summary:
    """The tally is read once."""
    scope, measures = current_scope(), (BY_CODE["M1"], BY_CODE["M4"])
    if tally.serves(asked, measures, scope):
        codes = tally.read(asked, scope)
        counted = tally.from_codes(codes, asked, measures, scope)
        usual = usual_facts.from_tally(codes, asked, scope)
    else:
        counted = [day_counts(asked, measure, scope) for measure in measures]
        usual = usual_facts.from_referrals(asked, scope)
    names = _names(asked, counted, usual)
    answers, decisions = _rows(asked, measures, counted, names)
    told = usual_facts.without_test(asked, scope)
    untested = {(names[key].key, need) for key, need in told if key in names}
    return Summary(answers, decisions, _named(usual, names), untested)


def usual_waits(asked: Filter) -> dict[tuple[str, str], AgainstUsual]:
    """M5 by key and need, where services have a usual median wait."""
    found = usual_facts.from_referrals(asked, current_scope())
    return _named(found, _names(asked, [], found))


def _named(
    found: Mapping[tuple[Any, str], AgainstUsual], names: Mapping[Any, Name]
) -> dict[tuple[str, str], AgainstUsual]:
    return {(names[key].key, need): one for (key, need), one in found.items()}


def _measured(
    groups: Sequence[Group], names: Mapping[Any, Name], asked: Filter, *, promised: bool
) -> list[Row]:
    """The rows, their curves worked out together."""
    curves = cumulative_incidence_many([group.counts for group in groups])
    columns = zip(groups, curves, median_many(curves), _oldest(groups, asked), strict=True)
    return [_row(*each, names[each[0].key], promised=promised) for each in columns]


def _oldest(groups: Sequence[Group], asked: Filter) -> list[int | None]:
    """For how many days the oldest of each has been open, None where none is."""
    sent = [group.oldest_sent or asked.as_of for group in groups]
    if asked.days == "working":
        starts = np.array(sent, dtype="datetime64[D]")
        days = working_days().between_many(starts, np.array([asked.as_of], dtype="datetime64[D]")).tolist()
    else:
        days = [(asked.as_of - day).days for day in sent]
    return [day if group.oldest_sent else None for group, day in zip(groups, days, strict=True)]


def _row(
    group: Group, curve: Curve, median: Median, oldest: int | None, name: Name, *, promised: bool
) -> Row:
    return Row(
        key=name.key,
        label=name.label,
        need=group.need,
        counts=group.counts,
        curve=curve,
        median=median,
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
