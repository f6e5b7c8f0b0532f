"""Day by day: the share of referrals with an event by each day, agency by agency, for one need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.codes import NEEDS
from portal.turnaround import charts, files
from portal.turnaround.asking import Question
from portal.turnaround.catalogue import ANSWER_DAYS, BY_CODE
from portal.turnaround.cells import Cell, Column, Kind, Table, count, text
from portal.turnaround.charts import MOST_LINES, Chart, Line
from portal.turnaround.disclosure import published
from portal.turnaround.forms import MEASURE_NAMES
from portal.turnaround.lines import per_cent
from portal.turnaround.one_need import NeedLink, choose_need, need_links
from portal.turnaround.result import Row, figures
from portal.turnaround.small_numbers import ENOUGH, says_median, says_share

LEAST_LEFT = 5  # a curve ends where fewer are still followed
MOST_DAYS = 60
SHARE_DAYS = (ANSWER_DAYS, 10, 20)
AXES = {
    "M0": _l("Share acknowledged"),
    "M1": _l("Share answered"),
    "M2": _l("Share offered a first appointment"),
    "M3": _l("Share for whom help started"),
    "M4": _l("Share granted priority"),
}


@dataclass(frozen=True)
class Curves:
    """What the page shows of one need. `chart` is None where no agency has enough referrals; `more` names agencies
    that have, but are not drawn."""

    need: str
    title: str
    finding: str
    table: Table
    chart: Chart | None
    left: Table
    more: tuple[str, ...]
    needs: list[NeedLink] = field(default_factory=list)


def curves(question: Question) -> Curves | None:
    """None where nothing was sent. Small numbers are gone for analysts, from the curves too."""
    if question.asked is None:
        return None
    asked = replace(question.asked, need=None, by="agency")
    [rows] = figures(asked, BY_CODE[question.measure])
    need = choose_need(question.asked, ((row.need, row.n) for row in rows))
    rows_of_need = [row for row in rows if row.need == need and row.n]
    if need is None or not rows_of_need:
        return None
    links = need_links("curves", (row.need for row in rows if row.n), need)
    return replace(curves_of(need, rows_of_need, question), needs=links)


def curves_of(need: str, rows: Sequence[Row], question: Question) -> Curves:
    """Those of one need. `rows`: agencies to which something was sent."""
    enough = [row for row in rows if row.n >= ENOUGH]
    most = sorted(enough, key=lambda row: -row.n)[:MOST_LINES]
    drawn = [row for row in enough if row in most]
    table, days, left = (
        _summary(rows, question),
        _day_table(drawn, question),
        _left_table(drawn),
    )
    if question.viewer.hide_small:
        table, days, left = published(table), published(days), published(left)
    finding = _finding(table, question)
    chart = _chart(need, drawn, (days, left), question, finding)
    more = tuple(row.label for row in enough if row not in drawn)
    return Curves(need, str(NEEDS[need]), finding, table, chart, left, more)


def chart_of(question: Question) -> Chart | None:
    found = curves(question)
    return found.chart if found else None


@files.offer("curves", _l("Day by day"), with_measure=True)
def tables_of(question: Question) -> list[Table]:
    found = curves(question)
    if found is None:
        return []
    return [found.table, *([found.chart.table, found.left] if found.chart else [])]


def _summary(rows: Sequence[Row], question: Question) -> Table:
    """Every agency: how many were sent, the share by some days, and the day by which it was half."""
    shares = [Column(f"day_{day}", _("By day %(day)d", day=day), Kind.SHARE) for day in SHARE_DAYS]
    columns = (
        Column("agency", _("Agency"), Kind.TEXT),
        Column("sent", _("Referrals sent"), Kind.COUNT),
        *shares,
        Column("half", _("Half by day"), Kind.DAYS),
    )
    cells = (
        (text(row.label), count(row.n), *(_summary_share(row, day) for day in SHARE_DAYS), _half(row))
        for row in rows
    )
    title = _("%(share)s, agency by agency", share=AXES[question.measure])
    return Table("curves", title, columns, tuple(cells), keys=_keys(rows))


def _summary_share(row: Row, day: int) -> Cell:
    return _share(row, day) if says_share(row.n) else Cell(Kind.SHARE, note=_("too few to say"))


def _share(row: Row, day: int) -> Cell:
    at, part = row.curve.share_at(day), row.events_by(day)
    if at.share is None:
        return Cell(Kind.SHARE, note=_("unknown"))
    return Cell(Kind.SHARE, at.share, at.low, at.high, people=(part, row.n - part))


def _half(row: Row) -> Cell:
    if not says_median(row.n, row.median):
        return Cell(Kind.DAYS, note=_("too few to say"))
    if row.median.value is None:
        return Cell(Kind.DAYS, note=_("not reached"))
    return Cell(Kind.DAYS, row.median.value, row.median.low, row.median.high, people=(row.n,))


def last_day(row: Row) -> int:
    """The last day on which at least five are still followed."""
    followed = (row.curve.at_risk >= LEAST_LEFT).nonzero()[0]
    return min(int(followed[-1]) if len(followed) else 0, MOST_DAYS)


def _agency_columns(rows: Sequence[Row], kind: Kind) -> tuple[Column, ...]:
    days = Column("day", _("Day"), Kind.DAYS)
    return (days, *(Column(f"agency_{row.key}", row.label, kind) for row in rows))


def _day_table(rows: Sequence[Row], question: Question) -> Table:
    """The points of the curves: a line a day, a column an agency; empty once its curve has ended."""
    ends = [last_day(row) for row in rows]
    lines = tuple(
        (
            Cell(Kind.DAYS, day),
            *(
                _share(row, day) if day <= end else Cell(Kind.SHARE)
                for row, end in zip(rows, ends, strict=True)
            ),
        )
        for day in range(max(ends, default=-1) + 1)
    )
    title = _("%(share)s by the end of each day", share=AXES[question.measure])
    return Table("curves-days", title, _agency_columns(rows, Kind.SHARE), lines)


def _left_table(rows: Sequence[Row]) -> Table:
    """How many are still followed and without the event when a day begins: a line an agency, a column a day."""
    ends = [last_day(row) for row in rows]
    days = charts.ticks(max(ends, default=0))
    columns = (
        Column("agency", _("Agency"), Kind.TEXT),
        *(Column(f"day_{day}", _("Day %(day)d", day=day), Kind.COUNT) for day in days),
    )
    lines = tuple(
        (
            text(row.label),
            *(count(int(row.curve.at_risk[day])) if day <= end else Cell(Kind.COUNT) for day in days),
        )
        for row, end in zip(rows, ends, strict=True)
    )
    return Table("curves-left", _("Still waiting on the day"), columns, lines, keys=_keys(rows))


def _keys(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(f"agency {row.key}" for row in rows)


def _finding(table: Table, question: Question) -> str:
    """Share answered by day 5: Nacro 78%, Llamau 40%."""
    place = [column.key for column in table.columns].index(f"day_{ANSWER_DAYS}")
    said = [
        f"{row[0].value} {per_cent(float(str(row[place].value)))}%"
        for row in table.rows
        if row[place].value is not None
    ]
    if not said:
        return _("%(what)s: too few referrals to say.", what=MEASURE_NAMES[question.measure])
    return _(
        "%(share)s by day %(day)d: %(list)s.",
        share=AXES[question.measure],
        day=ANSWER_DAYS,
        list=", ".join(said),
    )


def _chart(
    need: str, rows: Sequence[Row], tables: tuple[Table, Table], question: Question, finding: str
) -> Chart | None:
    """A line an agency; from the tables, so that it shows no more than they do."""
    days, left = tables
    series = [line for place, row in enumerate(rows, 1) if (line := _line(row, place, days, left)).points]
    if not series:
        return None
    title = _("%(share)s, day by day", share=AXES[question.measure])
    last = max(line.points[-1][0] for line in series)
    alternative = _(
        "Steps from day 0 to day %(last)d, a line for each of: %(names)s. %(finding)s",
        last=last,
        names=", ".join(line.name for line in series),
        finding=finding,
    )
    return charts.lines(
        series,
        name=f"curves-{need}",
        title=title,
        alternative=alternative,
        table=days,
        x=_day_words(question),
        y=str(AXES[question.measure]),
        risk=left.title,
        target=_target(rows, question),
    )


def _line(row: Row, place: int, days: Table, left: Table) -> Line:
    points = [
        (int(str(cells[0].value)), float(str(cells[place].value)), cells[place].low, cells[place].high)
        for cells in days.rows
        if cells[place].value is not None
    ]
    days_left = zip(left.columns[1:], left.rows[place - 1][1:], strict=True)
    risk = [
        (int(column.key.removeprefix("day_")), cell.value)
        for column, cell in days_left
        if isinstance(cell.value, int)
    ]
    return Line(row.label, points, risk)


def _day_words(question: Question) -> str:
    working = question.asked is None or question.asked.days == "working"
    if question.measure in ("M2", "M3"):
        return _("Working days since sent or available") if working else _("Days since sent or available")
    return _("Working days since the referral was sent") if working else _("Days since the referral was sent")


def _target(rows: Sequence[Row], question: Question) -> tuple[int, str] | None:
    """The promise, where all drawn agencies agreed on the same number of working days."""
    agreed = {row.promise.days if row.promise else None for row in rows}
    day = agreed.pop() if len(agreed) == 1 else None
    if day is None or question.asked is None or question.asked.days != "working":
        return None
    return day, _("Promise: day %(day)d", day=day)
