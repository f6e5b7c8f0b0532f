"""The funnel of a comparison: each agency's share against how many of its referrals were judged."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from portal.agencies.codes import NEEDS
from portal.turnaround import charts
from portal.turnaround.asking import Question
from portal.turnaround.catalogue import ANSWER_DAYS
from portal.turnaround.cells import Table
from portal.turnaround.charts import Chart, Dot, Steps
from portal.turnaround.comparison import limits
from portal.turnaround.lines import per_cent
from portal.turnaround.summary import span

MOST_NAMES = 12  # of more agencies only those that stand out are named
MOST_STEPS = 250


def funnel_chart(
    need: str, table: Table, flagged: Sequence[bool], mean: float, finding: str, question: Question
) -> Chart | None:
    """From the table, so that it shows no more than it does. None where nothing of it may be shown.

    `flagged` goes with the rows of the table, whose second column is the share.
    """
    dots = [
        Dot(
            str(row[0].value),
            sum(row[1].people),
            float(str(row[1].value)),
            flag,
            flag or len(flagged) <= MOST_NAMES,
        )
        for row, flag in zip(table.rows, flagged, strict=True)
        if row[1].value is not None
    ]
    if not dots:
        return None
    if question.viewer.hide_small:
        mean = round(mean * 20) / 20
    days = span(ANSWER_DAYS, question.asked.days if question.asked else "working")
    listed = "; ".join(
        _("%(agency)s %(share)d%% of %(number)d", agency=dot.name, share=per_cent(dot.share), number=dot.n)
        for dot in dots
    )
    alternative = _(
        "Each agency’s share answered within %(days)s, against how many referrals were judged. All: %(mean)d%%."
        " %(list)s. %(finding)s",
        days=days,
        mean=per_cent(mean),
        list=listed,
        finding=finding,
    )
    return charts.funnel(
        dots,
        _limits(mean, max(dot.n for dot in dots)),
        name=f"comparison-{need}",
        title=_("%(need)s: share answered within %(days)s", need=NEEDS[need], days=days),
        alternative=alternative,
        table=table,
        x=_("Referrals judged"),
        y=_("Share answered within %(days)s", days=days),
        mean=(mean, _("All: %(share)d%%", share=per_cent(mean))),
    )


def _limits(mean: float, most: int) -> tuple[Steps, Steps]:
    """95 % and 99.8 % of agencies like all others would lie between them, whatever the number."""
    top = -(-most * 21 // 20)
    sizes = range(1, top + 1, max(1, top // MOST_STEPS))
    found = limits(mean, sizes)
    inner = list(zip(found.sizes, found.look_low, found.look_high, strict=True))
    outer = list(zip(found.sizes, found.investigate_low, found.investigate_high, strict=True))
    return Steps(inner, _("%(share)s within", share="95%")), Steps(
        outer, _("%(share)s within", share="99.8%")
    )
