"""The page of appointments: how soon one is offered, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.db import current_scope
from portal.turnaround.agency_tables import (
    Page,
    Teller,
    by_agency,
    findings,
    median_of,
    number_of,
    share_by,
    share_of,
)
from portal.turnaround.bar_charts import bars_of, find, last_row
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.cells import Table
from portal.turnaround.charts import Chart
from portal.turnaround.counting import GroupCounts, together
from portal.turnaround.filters import Filter
from portal.turnaround.outcomes import appointment_counts
from portal.turnaround.page import Viewer
from portal.turnaround.result import Row, figures

Href = Callable[[str], str]
DAYS = (5, 10, 20)
DUE = ("kept", "kept_late", "missed", "missed_acceptable", "unrecorded")


def build(asked: Filter, viewer: Viewer, href: Href) -> Page:
    [rows] = figures(asked, BY_CODE["M2"])
    rows = [row for row in rows if row.n]
    groups = [_with_due(each) for each in appointment_counts(asked, current_scope())]
    groups = [each for each in groups if each["offered"]]
    tables = [_first_offers(rows, href)] if rows else []
    if groups:
        tables += [_attendance(groups, href), _not_held(groups, href)]
    said = _findings(together(groups), Teller(viewer.hide_small)) if groups else []
    return Page("appointments", _("Appointments"), said, tables, _notes(), _draw)


def _draw(tables: list[Table]) -> Chart | None:
    table = find(tables, "attendance")
    if table is None:
        return None
    appointments = _("Appointments")
    return bars_of(table, last_row(table, DUE, appointments), appointments)


def _with_due(each: GroupCounts) -> GroupCounts:
    """Attended: kept or kept late. Due: their time is past and nobody called them off."""
    attended = each["kept"] + each["kept_late"]
    due = sum(each[name] for name in DUE)
    return GroupCounts(
        each.key, each.label, each.need, None, {**each.counts, "attended": attended, "due": due}
    )


def _findings(total: dict[str, int], teller: Teller) -> list[str]:
    attended = teller.part(total["attended"], total["due"])
    unrecorded = teller.part(total["unrecorded"], total["due"])
    by_agency_ = teller.part(total["cancelled_by_agency"], total["cancelled"])
    return findings(
        attended and _("Of the appointments whose time has come, %(part)s were attended.", part=attended),
        unrecorded
        and _("Of those, nothing is recorded of %(part)s: they do not count as kept.", part=unrecorded),
        by_agency_ and _("Of the appointments cancelled, the agency cancelled %(part)s.", part=by_agency_),
    )


def _first_offers(rows: Sequence[Row], href: Href) -> Table:
    days = {(row.key, row.need): row.counts for row in rows}
    lines = [
        number_of("sent", pgettext("how many referrals", "Sent")),
        *(share_by(days, day, _("Offered by day %(day)d", day=day)) for day in DAYS),
        median_of(days, _("Half offered by day")),
    ]
    groups = [GroupCounts(row.key, row.label, row.need, None, {"sent": row.n}) for row in rows]
    title = _("How soon a first appointment is offered")
    note = _(
        "Counted from the day the person is available. Referrals that still wait count for as long as they wait."
    )
    return by_agency("first-offers", title, groups, lines, href, note)


def _attendance(groups: Sequence[GroupCounts], href: Href) -> Table:
    lines = [
        number_of("offered", pgettext("how many appointments", "Offered")),
        number_of("due", _("Time has come")),
        number_of("kept", pgettext("how many appointments", "Kept")),
        number_of("kept_late", pgettext("how many appointments", "Kept late")),
        number_of("missed", pgettext("how many appointments", "Missed")),
        number_of("missed_acceptable", _("Missed, with good reason")),
        number_of("unrecorded", _("Not recorded")),
        share_of("attended", "due", _("Share attended")),
    ]
    return by_agency("attendance", _("What became of appointments"), groups, lines, href)


def _not_held(groups: Sequence[GroupCounts], href: Href) -> Table:
    lines = [
        number_of("to_come", _("Still to come")),
        number_of("moved", _("Moved to another time")),
        number_of("cancelled_by_agency", _("Cancelled by the agency")),
        number_of("cancelled_by_person", _("Cancelled by the person")),
        number_of("cancelled_by_iom", _("Cancelled by IOM")),
    ]
    shown = ("to_come", "moved", "cancelled")
    return by_agency("not-held", _("Appointments not held"), groups, lines, href, only_with=shown)


def _notes() -> list[str]:
    return [
        _("Offered by day 5: of the referrals sent, those with a first appointment offered, or help started, by then."),
        _("Share attended: kept or kept late, of all whose time has come and that nobody cancelled or moved."),
        _("The appointments are those of referrals sent in the period."),
    ]  # fmt: skip
