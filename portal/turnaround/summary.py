"""The summary of a need as tables: how soon the agencies answer, whether as promised, who waits, what became of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flask_babel import lazy_gettext as _l

from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.turnaround import cells
from portal.turnaround.catalogue import ANSWER_DAYS
from portal.turnaround.cells import Cell, Column, Kind, Table
from portal.turnaround.estimators import Proportion
from portal.turnaround.result import Promise, Row
from portal.turnaround.small_numbers import says_median, says_share, says_verdict
from portal.turnaround.summary_columns import band_columns, summary_columns
from portal.turnaround.usual_facts import AgainstUsual

BAND_DAYS = (ANSWER_DAYS, 10)
VERDICTS = ("faster", "slower", "no_difference")


@dataclass(frozen=True)
class Entry:
    """What one row is made of. `label` and `href` are of its first cell, `behind` is where the referrals behind its
    figures are, to which the figure is added; None where nobody may open them. `untested`: only targets and maxima are
    known of its usual waits."""

    answer: Row
    priority: Row | None
    usual: AgainstUsual | None
    key: str
    label: str
    href: str | None = None
    behind: str | None = None
    untested: bool = False

    def opens(self, figure: str, number: int) -> str | None:
        """The address of the referrals behind a figure, where there are any."""
        return f"{self.behind}&figure={figure}" if self.behind and number else None

    @cached_property
    def promise(self) -> Promise | None:
        """The promise by which answers are judged: none where too few fell under it to say, and more can be judged."""
        promise = self.answer.promise
        if promise is None or not (
            says_share(promise.kept.whole) or not says_share(self.answer.in_time.whole)
        ):
            return None
        return promise if promise.kept.whole else None

    @property
    def kept(self) -> Proportion:
        """Answered in time, of those that can be judged: by the promise, where there is one."""
        return self.promise.kept if self.promise else self.answer.in_time


def span(number: int, days: str) -> str:
    """5 working days; 5 days."""
    if days == "working":
        return ngettext("%(num)d working day", "%(num)d working days", number)
    return ngettext("%(num)d day", "%(num)d days", number)


# What the rows may be: the head of the first column, and the titles of both tables.
GROUPS = {
    "agency": (
        _l("Agency"),
        _l("%(need)s: turnaround by agency"),
        _l("%(need)s: answered, withdrawn or waiting, by agency"),
    ),
    "service": (
        _l("Service"),
        _l("%(need)s: turnaround by service"),
        _l("%(need)s: answered, withdrawn or waiting, by service"),
    ),
}


def summary_table(need: str, entries: Sequence[Entry], by: str, days: str) -> Table:
    """Of agencies or services. Columns in which no row has anything are left out."""
    first, title, _bands = map(str, GROUPS[by])
    made = [_cells(entry, days) for entry in entries]
    left_out = {
        "left_out": not any(entry.answer.excluded for entry in entries),
        "granted_besides": not any(row["granted_besides"].value for row in made),
        "usual": not any(entry.usual or entry.untested for entry in entries),
        "late": not any(entry.answer.promise for entry in entries),
    }
    columns = [column for column in summary_columns(first) if not left_out.get(column.key)]
    return Table(
        name="summary",
        title=title % {"need": need},
        columns=tuple(columns),
        rows=tuple(tuple(row[column.key] for column in columns) for row in made),
        keys=tuple(entry.key for entry in entries),
    )


def bands_table(need: str, entries: Sequence[Entry], by: str) -> Table:
    """By day 5 and by day 10, as shares that add to 1: answered, withdrawn before an answer, still waiting."""
    first, _summary, title = map(str, GROUPS[by])
    return Table(
        name="bands",
        title=title % {"need": need},
        columns=(
            Column("label", first, Kind.TEXT),
            *(one for day in BAND_DAYS for one in band_columns(day)),
        ),
        rows=tuple(
            (cells.text(entry.label), *(one for day in BAND_DAYS for one in _band(entry.answer, day)))
            for entry in entries
        ),
        keys=tuple(entry.key for entry in entries),
    )


def _cells(entry: Entry, days: str) -> dict[str, Cell]:
    answer, opens = entry.answer, entry.opens
    granted = entry.priority.in_time if entry.priority else Proportion(0, 0, None, None)
    besides = _granted_besides(entry.priority)
    kept = "kept" if entry.promise else "answered_in_time"
    return {
        "label": cells.text(entry.label, entry.href),
        "sent": cells.count(answer.n, opens("sent", answer.n)),
        "left_out": cells.count(answer.excluded, opens("left_out", answer.excluded)),
        "kept": _share(entry.kept, answer.n, opens(kept, entry.kept.whole)),
        "in_time_days": _allowed(entry.promise, days),
        "median": _median(answer),
        "priority": _share(granted, answer.n, opens("priority", granted.whole)),
        "granted_besides": cells.count(besides, opens("granted_besides", besides)),
        "usual": verdict_cell(entry.usual, untested=entry.untested),
        "waiting": cells.count(answer.open_now, opens("waiting", answer.open_now)),
        "late": _late(entry),
        "oldest": _oldest(answer, days, opens("waiting", answer.open_now)),
    }


def _late(entry: Entry) -> Cell:
    promise = entry.answer.promise
    if promise is None:
        return cells.unknown(Kind.COUNT)
    return cells.count(promise.late_now, entry.opens("late_now", promise.late_now))


def _share(part: Proportion, sent: int, href: str | None) -> Cell:
    if part.whole == 0:
        return cells.unknown(Kind.SHARE, _("too soon to say") if sent else "–")
    return cells.share(part.part, part.whole, part.low, part.high, href)


def _allowed(promise: Promise | None, days: str) -> Cell:
    if promise is None:
        return Cell(Kind.DAYS, ANSWER_DAYS, note=_("within %(days)s", days=span(ANSWER_DAYS, days)))
    if promise.days is None:
        return cells.unknown(Kind.DAYS, _("within the days agreed"))
    words = _("within %(days)s, as agreed", days=span(promise.days, "working"))
    return Cell(Kind.DAYS, promise.days, note=words)


def _median(answer: Row) -> Cell:
    n, median = answer.n, answer.median
    if n == 0:
        return cells.unknown(Kind.DAYS)
    if not says_median(n, median):
        return Cell(Kind.DAYS, people=(n,), note=_("too few to say"))
    if median.value is None:
        return Cell(Kind.DAYS, people=(n,), note=_("not reached"))
    words = _("day %(day)d", day=median.value)
    return Cell(Kind.DAYS, median.value, median.low, median.high, people=(n,), note=words)


def _granted_besides(priority: Row | None) -> int:
    """Priority granted that the share does not count, so that whoever grants it today sees it."""
    return int(priority.counts.event.sum()) - priority.in_time.part if priority else 0


def verdict_cell(usual: AgainstUsual | None, *, untested: bool = False) -> Cell:
    """Whether people on IOM are seen faster than usual. A target or a maximum does not say how long people wait."""
    if usual is None:
        return cells.unknown(Kind.TEXT, _("the test does not apply") if untested else "–")
    if not says_verdict(usual.n):
        return Cell(Kind.TEXT, people=(usual.n,), note=_("too few to say"))
    words = (_("faster than usual"), _("slower than usual"), _("no difference shown"))
    return Cell(Kind.TEXT, dict(zip(VERDICTS, words, strict=True))[usual.verdict], people=(usual.n,))


def _oldest(answer: Row, days: str, href: str | None) -> Cell:
    oldest = answer.oldest_open_days
    if oldest is None:
        return cells.unknown(Kind.DAYS)
    return Cell(Kind.DAYS, oldest, people=(answer.open_now,), note=span(oldest, days), href=href)


def _band(answer: Row, day: int) -> tuple[Cell, Cell, Cell]:
    at, n = answer.curve.share_at(day), answer.n
    if not says_share(n) or at.share is None:
        nothing = cells.unknown(
            Kind.SHARE, _("unknown") if says_share(n) else _("too few to say") if n else "–"
        )
        return nothing, nothing, nothing
    answered, withdrawn = answer.events_by(day), int(answer.counts.competing[: day + 1].sum())
    people = (answered, withdrawn, n - answered - withdrawn)
    return (
        Cell(Kind.SHARE, at.share, at.low, at.high, people),
        Cell(Kind.SHARE, at.competing, people=people),
        Cell(Kind.SHARE, at.waiting, people=people),
    )
