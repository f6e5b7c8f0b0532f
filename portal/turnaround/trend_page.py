"""Trend: the share answered in time, month by month, and which months stand out from ordinary variation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.i18n import language
from portal.turnaround import charts, files
from portal.turnaround.asking import Question
from portal.turnaround.catalogue import ANSWER_DAYS, BY_CODE
from portal.turnaround.cells import Cell, Column, Kind, Table, count, share, text
from portal.turnaround.charts import Chart
from portal.turnaround.disclosure import published
from portal.turnaround.estimators import wilson
from portal.turnaround.lines import per_cent
from portal.turnaround.result import Row, figures
from portal.turnaround.summary import span
from portal.turnaround.trend import XmR, xmr

MONTHS = 24  # shown where no first day is chosen
LEAST = 10  # referrals of a month
SIGNALS = {
    "outside": _l("outside the limits"),
    "run": _l("one of 7 or more on the same side of the mean"),
    "trend": _l("one of 7 or more that rise or fall without a break"),
    "near_limit": _l("one of 2 in 3 months close to the same limit"),
}


@dataclass(frozen=True)
class Month:
    """`judged` is False while any of its referrals may still be answered in time."""

    key: str
    label: str
    sent: int
    in_time: int
    judged: bool

    @property
    def counts(self) -> bool:
        return self.judged and self.sent >= LEAST


@dataclass(frozen=True)
class Trend:
    """`chart` is None of fewer than two months that count; `trial`: too few for limits that hold."""

    finding: list[str]
    table: Table
    chart: Chart | None
    trial: bool


def trend(question: Question) -> Trend | None:
    """None where nothing was sent. An analyst's months are the published ones, and so are mean and limits."""
    if question.asked is None:
        return None
    [rows] = figures(replace(question.asked, by="month"), BY_CODE["M1"])
    return trend_of(rows, question, question.asked.need)


def trend_of(rows: Sequence[Row], question: Question, need: str | None, name: str = "trend") -> Trend | None:
    """The trend of rows by month, of one need or of all. `name` is its chart’s."""
    months = [_month(key, list(each)) for key, each in groupby(rows, key=lambda row: row.key)]
    months = [month for month in months if month.sent]
    if not months:
        return None
    table = _counted(months, question, need)
    if question.viewer.hide_small:
        table = published(table)
    shown = [(month, row[2].value) for month, row in zip(months, table.rows, strict=True)]
    counted = [
        (month, float(value)) for month, value in shown if month.counts and isinstance(value, int | float)
    ]
    found = xmr([share for _month, share in counted])
    signals = {
        month.key: rules
        for (month, _share), rules in zip(counted, found.signals if found else (), strict=False)
    }
    table = _with_words(table, months, signals)
    finding = _finding(counted, found, signals, question)
    chart = _chart(counted, found, signals, table, finding, question) if found else None
    chart = chart and replace(chart, name=name)
    return Trend(finding, table, chart, bool(found and found.trial))


def chart_of(question: Question) -> Chart | None:
    found = trend(question)
    return found.chart if found else None


@files.offer("trend", _l("Trend"), back=MONTHS)
def tables_of(question: Question) -> list[Table]:
    found = trend(question)
    return [found.table] if found else []


def _month(key: str, rows: Sequence[Row]) -> Month:
    """All needs of a month together."""
    sent, judged = sum(row.n for row in rows), sum(row.in_time.whole for row in rows)
    return Month(key, rows[0].label, sent, sum(row.in_time.part for row in rows), judged == sent)


def _opener(question: Question, need: str | None) -> Callable[[str, str, int], str | None]:
    """The referrals behind a figure of a month, where there are any and the viewer may open them."""
    opens, asked = question.viewer.opener(), question.asked
    chosen = {
        "need": need,
        "agency": asked and asked.agency_id,
        "service": asked and asked.service_id,
    }
    kept = {key: value for key, value in chosen.items() if value is not None}
    return lambda figure, month, number: opens(**kept, month=month, figure=figure) if number else None


def _counted(months: Sequence[Month], question: Question, need: str | None) -> Table:
    within, opens = _within(question), _opener(question, need)
    columns = (
        Column("month", _("Month"), Kind.TEXT),
        Column("sent", _("Referrals sent"), Kind.COUNT),
        Column("in_time", _("Answered within %(days)s", days=within), Kind.SHARE, within="sent"),
        Column("signal", _("Worth a look"), Kind.TEXT),
    )
    rows = tuple(
        (
            text(month.label),
            count(month.sent, opens("sent", month.key, month.sent)),
            _share(month, opens("answered_in_time", month.key, month.sent)),
            text(""),
        )
        for month in months
    )
    keys = tuple(f"month {month.key}" for month in months)
    return Table(
        "trend", _("Answered within %(days)s, by month of sending", days=within), columns, rows, keys=keys
    )


def _share(month: Month, href: str | None) -> Cell:
    if not month.judged:
        return Cell(Kind.SHARE, note=_("too soon to say"))
    if month.sent < LEAST:
        return Cell(Kind.SHARE, note=_("too few to say"))
    part, whole = month.in_time, month.sent
    limits = wilson(part, whole)
    return share(part, whole, limits.low, limits.high, href)


def _with_words(table: Table, months: Sequence[Month], signals: dict[str, tuple[str, ...]]) -> Table:
    rows = [
        (*row[:3], text("; ".join(str(SIGNALS[rule]) for rule in signals.get(month.key, ()))))
        for month, row in zip(months, table.rows, strict=True)
    ]
    return replace(table, rows=tuple(rows))


def _within(question: Question) -> str:
    return span(ANSWER_DAYS, question.asked.days if question.asked else "working")


def _finding(
    counted: Sequence[tuple[Month, float]],
    found: XmR | None,
    signals: dict[str, tuple[str, ...]],
    question: Question,
) -> list[str]:
    """Sentences: the mean, and the months that stand out."""
    if found is None:
        return [_("Fewer than two months have 10 referrals that can be judged: too few to say.")]
    said = [
        _(
            "In a usual month %(share)d%% of referrals are answered within %(days)s.",
            share=per_cent(found.mean),
            days=_within(question),
        )
    ]
    out = [month.label for month, _share in counted if signals.get(month.key)]
    if not out:
        return [*said, _("The months differ no more than by ordinary variation.")]
    words = ngettext(
        "%(num)d month stands out: %(months)s.",
        "%(num)d months stand out: %(months)s.",
        len(out),
        months=", ".join(out),
    )
    return [*said, words]


def _chart(
    counted: Sequence[tuple[Month, float]],
    found: XmR,
    signals: dict[str, tuple[str, ...]],
    table: Table,
    finding: Sequence[str],
    question: Question,
) -> Chart:
    low, high = max(0.0, found.lower), min(1.0, found.upper)
    points = [(_short(month.key), share, bool(signals.get(month.key))) for month, share in counted]
    alternative = _(
        "From %(first)s to %(last)s, month by month, between %(least)d%% and %(most)d%%. %(finding)s",
        first=counted[0][0].label,
        last=counted[-1][0].label,
        least=per_cent(min(share for _month, share in counted)),
        most=per_cent(max(share for _month, share in counted)),
        finding=" ".join(finding),
    )
    return charts.xmr(
        points,
        name="trend",
        title=table.title,
        alternative=alternative,
        table=table,
        y=_("Share answered within %(days)s", days=_within(question)),
        mean=(found.mean, _("Mean %(share)d%%", share=per_cent(found.mean))),
        low=(low, _("Lower limit %(share)d%%", share=per_cent(low))),
        high=(high, _("Upper limit %(share)d%%", share=per_cent(high))),
    )


def _short(month: str) -> str:
    """Nov 2026."""
    return format_date(date.fromisoformat(f"{month}-01"), "MMM y", locale=language())
