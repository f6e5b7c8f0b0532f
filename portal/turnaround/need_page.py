"""The page of needs: from identified to met, and what came of referrals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.agencies.codes import NEEDS
from portal.db import current_scope
from portal.turnaround.agency_tables import (
    ALL,
    Page,
    Teller,
    add_days,
    by_agency,
    findings,
    median_cell,
    number_of,
    share_of,
)
from portal.turnaround.bar_charts import bars_of, find, last_row
from portal.turnaround.cells import Cell, Column, Kind, Table, count, text
from portal.turnaround.charts import Chart
from portal.turnaround.counting import GroupCounts, together
from portal.turnaround.days import Steps
from portal.turnaround.filters import Filter
from portal.turnaround.need_steps import STEPS, Need, need_counts, need_days
from portal.turnaround.opening import Open, figures_of
from portal.turnaround.outcomes import referral_counts
from portal.turnaround.page import Viewer

Href = Callable[[str], str]
COUNTED = ("identified", "referred", "accepted", "started", "met", "over")


def build(asked: Filter, viewer: Viewer, href: Href) -> Page:
    """Agencies have no part in needs that nobody has sent them: they read what came of referrals alone."""
    groups = [_with_ended(each) for each in referral_counts(asked, current_scope())]
    needs = [] if viewer.side == "agency" else need_counts(asked)
    tables = []
    if needs:
        tables += [_steps(needs), _days(needs, need_days(asked))]
    if groups:
        opens = figures_of(asked, viewer)
        tables += [_progress(groups, href, opens), _outcomes(groups, href, opens)]
    said = _findings(needs, groups, Teller(viewer.hide_small)) if tables else []
    return Page("needs", _("Needs"), said, tables, _notes(viewer), _draw)


def _draw(tables: list[Table]) -> Chart | None:
    table = find(tables, "needs")
    if table is None:
        return None
    needs = _("Needs")
    return bars_of(table, last_row(table, COUNTED, needs), needs)


def _with_ended(each: GroupCounts) -> GroupCounts:
    ended = sum(each[code] for code in ("met", "partly_met", "not_met"))
    return GroupCounts(each.key, each.label, each.need, None, {**each.counts, "ended": ended})


def _findings(needs: Sequence[Need], groups: Sequence[GroupCounts], teller: Teller) -> list[str]:
    people = {name: sum(getattr(need, name) for need in needs) for name in COUNTED}
    total = together(groups) or {"met": 0, "ended": 0, "open": 0, "n": 0}
    referred = teller.part(people["referred"], people["identified"])
    started = teller.part(people["started"], people["identified"])
    met = teller.part(people["met"], people["identified"])
    ended = teller.part(total["met"], total["ended"])
    still = teller.part(total["open"], total["n"])
    return findings(
        referred and _("Of the needs identified in the period, %(part)s have been referred.", part=referred),
        started and _("Of those needs, help has started for %(part)s.", part=started),
        met and _("Of those needs, %(part)s have been met.", part=met),
        ended and _("Of the referrals closed with an outcome, %(part)s ended with the need met.", part=ended),
        still and _("Of the referrals sent, %(part)s are still open.", part=still),
    )


def headings() -> dict[str, str]:
    return {
        "identified": pgettext("how many needs", "Identified"),
        "referred": pgettext("how many needs", "Referred"),
        "accepted": pgettext("how many needs", "Accepted"),
        "started": _("Help started"),
        "met": pgettext("how many needs", "Met"),
        "over": _("Not met, or not wanted"),
    }


def _steps(needs: Sequence[Need]) -> Table:
    columns = tuple(Column(name, heading, Kind.COUNT) for name, heading in headings().items())
    rows = [
        (text(str(NEEDS[need.code])), *(count(getattr(need, name)) for name in COUNTED)) for need in needs
    ]
    if len(rows) > 1:
        sums = (count(sum(getattr(need, name) for need in needs)) for name in COUNTED)
        rows.append((text(_("All needs")), *sums))
    need = Column("need", _("Need"), Kind.TEXT)
    keys = tuple(f"need {one.code}" for one in needs) + (ALL,) * (len(needs) > 1)
    note = _("People in whom the need was identified in the period, and how far they had got.")
    return Table("needs", _("From identified to met"), (need, *columns), tuple(rows), note, keys)


def _days(needs: Sequence[Need], days: Steps) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (text(str(NEEDS[need.code])), *(median_cell(days.get((need.code, step))) for step in STEPS))
        for need in needs
    ]
    if len(rows) > 1:
        whole = (add_days(found for (_need, at), found in days.items() if at == step) for step in STEPS)
        rows.append((text(_("All needs")), *map(median_cell, whole)))
    keys = tuple(f"need {one.code}" for one in needs) + (ALL,) * (len(needs) > 1)
    return waits_table("days-between-steps", tuple(rows), keys)


def waits_table(name: str, rows: tuple[tuple[Cell, ...], ...], keys: tuple[str, ...]) -> Table:
    """Medians from each step to the next, in the order of STEPS, after the name of the need."""
    steps = {
        "referred": _("From identified to referred"),
        "accepted": _("From referred to accepted"),
        "started": _("From accepted to start"),
        "met": _("From start to met"),
    }
    columns = (
        Column("need", _("Need"), Kind.TEXT),
        *(Column(f"{step}_days", heading, Kind.DAYS) for step, heading in steps.items()),
    )
    note = _(
        "The day by which half had taken the step. Those who have not yet taken it count for as long as they wait."
    )
    return Table(name, _("How long each step takes"), columns, rows, note, keys)


def _progress(groups: Sequence[GroupCounts], href: Href, opens: Open) -> Table:
    lines = [
        number_of("n", pgettext("how many referrals", "Sent"), opens=opens("sent")),
        number_of("accepted", pgettext("how many referrals", "Accepted"), opens=opens("accepted")),
        number_of("started", _("Help started"), opens=opens("started")),
        number_of("declined", _("Declined, final"), opens=opens("refused")),
        number_of("withdrawn", pgettext("how many referrals", "Withdrawn"), opens=opens("withdrawn")),
        number_of("ended", _("Closed with an outcome"), opens=opens("ended")),
        number_of("open", _("Still open"), opens=opens("open")),
    ]
    return by_agency("referrals", _("How far referrals have got"), groups, lines, href)


def _outcomes(groups: Sequence[GroupCounts], href: Href, opens: Open) -> Table:
    lines = [
        number_of("ended", _("Closed with an outcome"), opens=opens("ended")),
        number_of("met", _("Need met"), opens=opens("met")),
        number_of("partly_met", _("Need partly met"), opens=opens("partly_met")),
        number_of("not_met", _("Need not met"), opens=opens("not_met")),
        share_of("met", "ended", _("Share met")),
    ]
    return by_agency("outcomes", _("What came of referrals"), groups, lines, href, only_with=("ended",))


def _notes(viewer: Viewer) -> list[str]:
    notes = [
        _("An outcome is what the agency recorded when it closed the referral. Referrals still open have none yet."),
        _("Referrals that end soon are often those that went badly: in a recent period the share met may look too low."),
    ]  # fmt: skip
    if viewer.side == "agency":
        return notes
    return [
        _("Each step is counted once for a person and need, on the day of the first referral to reach it."),
        *notes,
    ]  # fmt: skip
