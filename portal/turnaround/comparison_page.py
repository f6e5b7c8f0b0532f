"""Comparison: the agencies of one need beside what the others would have answered in their place. No ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.agencies.codes import NEEDS
from portal.db import current_scope
from portal.turnaround import files
from portal.turnaround.asking import Question
from portal.turnaround.catalogue import ANSWER_DAYS
from portal.turnaround.cells import Cell, Column, Kind, Table, count, share, text
from portal.turnaround.charts import Chart
from portal.turnaround.comparison import Compared, Comparison, Judged, compare
from portal.turnaround.disclosure import published
from portal.turnaround.estimators import wilson
from portal.turnaround.funnel_chart import funnel_chart
from portal.turnaround.groups import Name, group_names
from portal.turnaround.one_need import NeedLink, choose_need, need_links
from portal.turnaround.small_numbers import says_share
from portal.turnaround.strata import Stratum, strata
from portal.turnaround.summary import span

LEAST_AGENCIES = 5
FLAGS = {
    ("look", "fewer"): _l("fewer than expected – look into this"),
    ("investigate", "fewer"): _l("far fewer than expected – investigate"),
    ("look", "more"): _l("better than expected – look into this"),
    ("investigate", "more"): _l("far better than expected – investigate, others may learn from it"),
}


@dataclass(frozen=True)
class Page:
    """`compared` is None, and so is the chart, where fewer than five agencies can be judged; `context` stands anyway."""

    need: str
    title: str
    finding: list[str]
    compared: Table | None
    chart: Chart | None
    context: Table
    structural: bool
    needs: list[NeedLink]


def comparison(question: Question) -> Page | None:
    """None where nothing was sent."""
    if question.asked is None:
        return None
    found = strata(replace(question.asked, need=None), current_scope())
    need = choose_need(question.asked, ((each.need, each.sent) for each in found))
    own = [each for each in found if each.need == need]
    if need is None or not own:
        return None
    names = group_names("agency", {each.agency_id for each in own})
    judged = _judged(own)
    enough = {agency for agency in judged if says_share(judged[agency])}
    links = need_links("comparison", (each.need for each in found), need)
    context = _shown(_context(own, names), question)
    page = Page(need, str(NEEDS[need]), [_too_few(len(enough))], None, None, context, False, links)
    if len(enough) < LEAST_AGENCIES:
        return page
    return _compared(page, [each for each in own if each.agency_id in enough], names, question)


def chart_of(question: Question) -> Chart | None:
    found = comparison(question)
    return found.chart if found else None


@files.offer("comparison", _l("Comparison"))
def tables_of(question: Question) -> list[Table]:
    found = comparison(question)
    return [table for table in (found.compared, found.context) if table] if found else []


def _judged(own: Sequence[Stratum]) -> dict[int, int]:
    return {
        agency: sum(each.judged for each in own if each.agency_id == agency)
        for agency in {each.agency_id for each in own}
    }


def _compared(page: Page, own: Sequence[Stratum], names: dict[int, Name], question: Question) -> Page:
    result = compare(
        [Judged(each.agency_id, (each.rural, each.cohort), each.judged, each.in_time) for each in own]
    )
    agencies = sorted(result.agencies, key=lambda each: names[each.agency].order)
    table = _shown(_table(agencies, names, page.need, question), question)
    finding = _finding(table, result)
    total = sum(each.observed for each in agencies), sum(each.judged for each in agencies)
    flagged = [each.flag is not None for each in agencies]
    chart = funnel_chart(page.need, table, flagged, total[0] / total[1], " ".join(finding), question)
    return replace(page, finding=finding, compared=table, chart=chart, structural=result.structural)


def _shown(table: Table, question: Question) -> Table:
    return published(table) if question.viewer.hide_small else table


def _table(agencies: Sequence[Compared], names: dict[int, Name], need: str, question: Question) -> Table:
    within = span(ANSWER_DAYS, question.asked.days if question.asked else "working")
    columns = (
        Column("agency", _("Agency"), Kind.TEXT),
        Column(
            "share",
            _("Answered in time"),
            Kind.SHARE,
            _("Within %(days)s, of the referrals sent longer ago than that.", days=within),
        ),
        Column(
            "expected", _("Expected"), Kind.COUNT, _("In time, had the other agencies answered in its place.")
        ),
        Column("ratio", _("Observed ÷ expected"), Kind.RATIO),
        Column("flag", _("What stands out"), Kind.TEXT),
    )
    rows = tuple(_row(each, names[each.agency].label) for each in agencies)
    title = _("%(need)s: answered within %(days)s, observed and expected", need=NEEDS[need], days=within)
    return Table("comparison", title, columns, rows, keys=tuple(f"agency {each.agency}" for each in agencies))


def _row(each: Compared, label: str) -> tuple[Cell, ...]:
    limits = wilson(each.observed, each.judged)
    people = each.observed, each.judged - each.observed
    flag = str(FLAGS[each.flag, each.side]) if each.flag and each.side else _("as expected")
    expected = None if each.expected is None else round(each.expected, 1)
    return (
        text(label),
        share(each.observed, each.judged, limits.low, limits.high),
        Cell(Kind.COUNT, expected, note="" if expected is not None else _("unknown")),
        Cell(Kind.RATIO, each.ratio, people=people, note="" if each.ratio is not None else _("unknown")),
        Cell(Kind.TEXT, flag, people=people),
    )


def _too_few(number: int) -> str:
    return ngettext(
        "Agencies are compared where at least 5 of them have 8 or more referrals old enough to judge; here there is %(num)d.",
        "Agencies are compared where at least 5 of them have 8 or more referrals old enough to judge; here there are %(num)d.",
        number,
    )


def _finding(table: Table, result: Comparison) -> list[str]:
    """Who stands out, by name, from what the table shows."""
    if result.structural:
        return [
            _(
                "These agencies differ structurally: three quarters of them or more lie far from what is expected. So none"
                " is singled out. Ask first what makes their work differ."
            )
        ]
    words = {str(flag): flag for flag in FLAGS.values()}
    found = [(row[0].value, row[-1].value) for row in table.rows if row[-1].value in words]
    if not found:
        return [_("No agency stands out: the differences are no greater than chance would make them.")]
    return [f"{name}: {flag}." for name, flag in found]


def _context(own: Sequence[Stratum], names: dict[int, Name]) -> Table:
    """What IOM does not control, agency by agency."""
    columns = (
        Column("agency", _("Agency"), Kind.TEXT),
        Column("sent", _("Referrals sent"), Kind.COUNT),
        Column("no_capacity", _("Declined: no capacity"), Kind.SHARE, within="sent"),
        Column("no_connection", _("Declined: no local connection"), Kind.SHARE, within="sent"),
        Column("rural", _("People in rural areas"), Kind.SHARE, within="sent"),
    )
    rows = []
    agencies = sorted(names, key=lambda key: names[key].order)
    for agency in agencies:
        each = [stratum for stratum in own if stratum.agency_id == agency]
        sent = sum(stratum.sent for stratum in each)
        parts = (
            sum(stratum.no_capacity for stratum in each),
            sum(stratum.no_connection for stratum in each),
            sum(stratum.sent for stratum in each if stratum.rural),
        )
        rows.append((text(names[agency].label), count(sent), *(_part(part, sent) for part in parts)))
    keys = tuple(f"agency {agency}" for agency in agencies)
    return Table("comparison-context", _("What IOM does not control"), columns, tuple(rows), keys=keys)


def _part(part: int, whole: int) -> Cell:
    if not says_share(whole):
        return Cell(Kind.SHARE, note=_("too few to say"), people=(part, whole - part))
    return share(part, whole, None, None)
