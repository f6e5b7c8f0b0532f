"""What the pages of imported history hold: the report and the past imports in words, and the files to download."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from portal.agencies.codes import COHORT_NAMES, DECLINE_REASONS, NEEDS, OUTCOMES
from portal.db import current_scope, db
from portal.i18n import date_and_time
from portal.sheets.findings import Finding
from portal.sheets.writing import as_csv
from portal.turnaround.history_importing import Report
from portal.turnaround.history_models import HistoryImport, HistoryReferral
from portal.turnaround.history_reading import COLUMNS
from portal.turnaround.history_rules import DECISIONS

SHOWN = 100  # findings on the page; the file holds them all
AGENCIES_SHOWN = 20
IMPORTS_SHOWN = 50
# Each with the column's name, which is the same in both languages.
MEANINGS = {
    "reference": _l("%(column)s: your own reference, different for each referral to an agency. Required."),
    "agency": _l("%(column)s: the agency’s name. Required. One that is not in the directory is added."),
    "service": _l("%(column)s: the service’s name"),
    "need": _l("%(column)s: one of %(codes)s. Required."),
    "area": _l("%(column)s: the name or code of a local authority or police force. Required."),
    "cohort": _l("%(column)s: %(codes)s, or empty"),
    "sent_on": _l("%(column)s: the day on which it was sent. Required."),
    "acknowledged_on": _l("%(column)s: the day on which the agency said that it had it"),
    "decided_on": _l("%(column)s: the day on which the agency accepted or declined it"),
    "decision": _l("%(column)s: one of %(codes)s"),
    "decline_reason": _l("%(column)s: one of %(codes)s"),
    "first_appointment_offered_on": _l("%(column)s: the day on which an appointment was first offered"),
    "service_started_on": _l("%(column)s: the day on which the service started"),
    "closed_on": _l("%(column)s: the day on which it was closed"),
    "outcome": _l("%(column)s: one of %(codes)s"),
    "withdrawn_on": _l("%(column)s: the day on which IOM withdrew it"),
}
CODES = {
    "need": NEEDS,
    "cohort": COHORT_NAMES,
    "decision": DECISIONS,
    "decline_reason": DECLINE_REASONS,
    "outcome": OUTCOMES,
}


@dataclass(frozen=True)
class ImportLine:
    """One past import in words. `by` is empty for the command line’s."""

    href: str
    file_name: str
    at: str
    by: str
    added: int
    updated: int
    refused: int
    undone: bool


@dataclass(frozen=True)
class Summary:
    """What would become of a file's rows: (words, number) of each kind, and the first of what was found."""

    counts: list[tuple[str, int]]
    changed: int
    agencies: list[str]
    more_agencies: int
    findings: list[Finding]
    in_all: int


def columns() -> list[str]:
    return [
        str(words) % {"column": column, "codes": ", ".join(CODES.get(column, ()))}
        for column, words in MEANINGS.items()
    ]


def summary(report: Report) -> Summary:
    names = sorted({row.agency_name for row in report.added if row.agency in report.new_agencies})
    return Summary(
        counts=_counts(len(report.added), len(report.updated), report.unchanged, report.refused),
        changed=len(report.added) + len(report.updated),
        agencies=names[:AGENCIES_SHOWN],
        more_agencies=max(0, len(names) - AGENCIES_SHOWN),
        findings=sorted(report.found, key=lambda one: not one.refuses)[:SHOWN],
        in_all=len(report.found),
    )


def counts_of(done: HistoryImport) -> list[tuple[str, int]]:
    return _counts(done.added, done.updated, done.unchanged, done.refused)


def _counts(added: int, updated: int, unchanged: int, refused: int) -> list[tuple[str, int]]:
    return [
        (pgettext("rows", "New"), added),
        (_("Changed since they were last imported"), updated),
        (_("Imported before and unchanged"), unchanged),
        (pgettext("rows", "Refused"), refused),
    ]


def list_imports() -> list[ImportLine]:
    """The latest first; those that held rows of areas the viewer works for."""
    query = (
        sa.select(HistoryImport)
        .options(sa.orm.joinedload(HistoryImport.imported_by))
        .order_by(HistoryImport.id.desc())
        .limit(IMPORTS_SHOWN)
    )
    return [
        ImportLine(
            href=f"/turnaround/history/imports/{done.id}",
            file_name=done.file_name,
            at=date_and_time(done.imported_at),
            by=done.imported_by.name if done.imported_by else "",
            added=done.added,
            updated=done.updated,
            refused=done.refused,
            undone=done.undone_at is not None,
        )
        for done in db.session.scalars(query)
    ]


def may_undo(done: HistoryImport) -> bool:
    """Not twice, and not where it held rows of other areas as well."""
    areas = current_scope().area_ids or ()
    return done.undone_at is None and set(done.area_ids) <= set(areas)


def rows_left(done: HistoryImport) -> tuple[int, str]:
    """How many rows it is still the last to have written, and the address of the figures of their time."""
    first, last, number = db.session.execute(
        sa.select(
            sa.func.min(HistoryReferral.sent_on), sa.func.max(HistoryReferral.sent_on), sa.func.count()
        ).where(HistoryReferral.import_id == done.id)
    ).one()
    return number, _figures_href(first, last) if number else "/turnaround"


def _figures_href(first: date, last: date) -> str:
    parts = {
        f"{name}-{part}": getattr(day, part)
        for name, day in (("from", first), ("to", last))
        for part in ("day", "month", "year")
    }
    return f"/turnaround?{urlencode(parts)}"


def findings_file(found: Iterable[Finding]) -> str:
    """All of what was found, as CSV. No cell can become a formula."""
    rows = [(_("Line"), _("Column"), _("What was found"), _("What becomes of the row"))]
    rows += [
        (
            str(one.line),
            one.column,
            str(one.reason),
            _outcome(one),
        )
        for one in found
    ]
    return as_csv(rows)


def _outcome(one: Finding) -> str:
    """Empty for what is said of the file and not of a row."""
    if one.refuses:
        return str(pgettext("a row", "Refused"))
    return str(pgettext("a row", "Kept")) if one.line > 1 else ""


def template_file() -> str:
    return as_csv([COLUMNS])
