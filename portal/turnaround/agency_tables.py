"""Tables with a line for each agency and need: what the pages of declines, needs, appointments and chases are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from flask_babel import gettext as _

from portal.agencies.codes import NEEDS
from portal.turnaround.cells import Cell, Column, Kind, Table, count, share, text
from portal.turnaround.charts import Chart
from portal.turnaround.counting import GroupCounts, together
from portal.turnaround.disclosure import published
from portal.turnaround.estimators import DayCounts, cumulative_incidence, wilson
from portal.turnaround.lines import per_cent
from portal.turnaround.small_numbers import says_median, says_share

Line = tuple[Column, Callable[[GroupCounts], Cell]]
Opens = Callable[[GroupCounts], str | None]
ALL = "all"  # what the last row of a table is about
DaysOf = Mapping[tuple[str, str], DayCounts]  # by key and need


@dataclass(frozen=True)
class Page:
    """One page of figures: `findings` are read aloud, `draw` makes the chart of the tables as they are shown, `notes` say
    what the figures mean."""

    slug: str
    title: str
    findings: list[str]
    tables: list[Table]
    notes: list[str] = field(default_factory=list)
    draw: Callable[[list[Table]], Chart | None] = lambda tables: None
    chart: Chart | None = None


def number_of(name: str, heading: str, within: str = "", opens: Opens | None = None) -> Line:
    """A column of counts, of which those of the column `within` are the whole. `opens` gives what stands behind them."""

    def cell(each: GroupCounts) -> Cell:
        return count(each[name], opens(each) if opens and each[name] else None)

    return Column(name, heading, Kind.COUNT, within=within), cell


def share_of(part: str, whole: str, heading: str, definition: str = "") -> Line:
    """A column of shares with their limits."""
    return (
        Column(f"{part}_share", heading, Kind.SHARE, definition, within=whole),
        lambda each: share_cell(each[part], each[whole]),
    )


def median_of(days: DaysOf, heading: str, definition: str = "") -> Line:
    """A column of the days by which half had the event."""
    return Column("median", heading, Kind.DAYS, definition), lambda each: median_cell(_days_of(days, each))


def share_by(days: DaysOf, day: int, heading: str, definition: str = "") -> Line:
    """A column of the shares that had the event by a day."""
    column = Column(f"day_{day}", heading, Kind.SHARE, definition)
    return column, lambda each: share_by_cell(_days_of(days, each), day)


def _days_of(days: DaysOf, each: GroupCounts) -> DayCounts | None:
    return days.get((each.key, each.need)) if each.key else add_days(days.values())


def share_cell(part: int, whole: int) -> Cell:
    """Of fewer than 8 it is too few to say, of none it is unknown."""
    if not says_share(whole):
        words = _("too few to say") if whole else "–"
        return Cell(Kind.SHARE, people=(part, whole - part), note=words)
    found = wilson(part, whole)
    return share(part, whole, found.low, found.high)


def share_by_cell(counts: DayCounts | None, day: int) -> Cell:
    """The share with the event by a day, of all whether their end is known or not."""
    if counts is None or counts.total == 0:
        return Cell(Kind.SHARE, note="–")
    events = int(counts.event[: day + 1].sum())
    people = (events, counts.total - events)
    if not says_share(counts.total):
        return Cell(Kind.SHARE, people=people, note=_("too few to say"))
    at = cumulative_incidence(counts).share_at(day)
    note = _("unknown") if at.share is None else ""
    return Cell(Kind.SHARE, at.share, at.low, at.high, people, note)


def median_cell(counts: DayCounts | None) -> Cell:
    """The day by which half of them have the event."""
    if counts is None or counts.total == 0:
        return Cell(Kind.DAYS, note="–")
    median = cumulative_incidence(counts).median()
    if not says_median(counts.total, median):
        return Cell(Kind.DAYS, people=(counts.total,), note=_("too few to say"))
    people = (counts.total,)
    if median.value is None:
        return Cell(Kind.DAYS, people=people, note=_("not reached"))
    return Cell(Kind.DAYS, median.value, median.low, median.high, people)


def add_days(some: Iterable[DayCounts]) -> DayCounts | None:
    """The day counts of all of them together; None of none."""
    found = list(some)
    if not found:
        return None
    length = max(len(one.event) for one in found)

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        total = np.zeros(length, dtype=np.int64)
        for one in found:
            total[: len(one.event)] += getattr(one, name)
        return total

    return DayCounts(column("event"), column("competing"), column("censored"))


def by_agency(
    name: str,
    title: str,
    counted: Sequence[GroupCounts],
    lines: Sequence[Line],
    href: Callable[[str], str],
    note: str = "",
    only_with: Sequence[str] = (),
) -> Table:
    """A row for each agency and need, need by need, and one of them all where there are several.

    `only_with`: rows in which none of these is counted are left out, save the last.
    """
    needs = {each.need for each in counted}
    named = [Column("need", _("Need"), Kind.TEXT)] if len(needs) > 1 else []
    order = list(NEEDS)
    chosen = [
        each
        for each in sorted(counted, key=lambda each: order.index(each.need))
        if not only_with or any(each[name] for name in only_with)
    ]
    keys = [f"agency {each.key} {each.need}" for each in chosen]
    rows = [
        (
            text(each.label, href(each.key)),
            *([text(str(NEEDS[each.need]))] if named else []),
            *(cell(each) for _column, cell in lines),
        )
        for each in chosen
    ]
    if len(counted) > 1:
        total = GroupCounts("", "", "", None, together(counted))
        alike = len({each.key for each in counted}) == 1
        keys.append(ALL)
        label = text(_("All needs") if alike else _("All agencies"))
        rows.append(
            (label, *([text(_("All needs"))] if named else []), *(cell(total) for _column, cell in lines))
        )
    columns = (Column("name", _("Agency"), Kind.TEXT), *named, *(column for column, _cell in lines))
    return Table(name, title, columns, tuple(rows), note, tuple(keys))


@dataclass(frozen=True)
class Teller:
    """Numbers as sentences may say them: to whoever sees no small numbers as a published table has them."""

    hide_small: bool

    def part(self, part: int, whole: int) -> str | None:
        """“84 of 512 (16%)”, without the share of a few; None where it may not be said, or of nothing."""
        found = share_cell(part, whole)
        if whole == 0:
            return None
        if self.hide_small:
            column = Column("share", "", Kind.SHARE)
            [[found]] = published(Table("finding", "", (column,), ((found,),), keys=(ALL,))).rows
            if found.value is None:
                return None
            part, whole = found.people[0], sum(found.people)
        if not isinstance(found.value, float):
            return _("%(part)d of %(whole)d", part=part, whole=whole)
        return _("%(part)d of %(whole)d (%(share)d%%)", part=part, whole=whole, share=per_cent(found.value))


def findings(*sentences: str | None) -> list[str]:
    """Those that may be said."""
    return [sentence for sentence in sentences if sentence] or [_("The numbers are too small to say more.")]
