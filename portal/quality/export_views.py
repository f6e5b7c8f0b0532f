"""The list as a file: for managers, with a reason, at most so many people, and written into the access log."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, Role, require
from portal.agencies.form_page import Answer
from portal.i18n import long_date
from portal.limits import file_of
from portal.people.wording import today
from portal.quality import listing
from portal.quality.asking import Chosen, ask
from portal.quality.forms import EXPORT_REASONS, ExportForm
from portal.turnaround.cells import Cell, Column, Kind, Table, text
from portal.turnaround.csv_file import write_csv
from portal.turnaround.file_views import TYPES
from portal.turnaround.workbook import write_workbook

bp = Blueprint("quality_files", __name__)
MOST_ROWS = 5_000


@bp.route(f"{listing.AT}/export", methods=["GET", "POST"])
@require(Permission.IMPORT_PEOPLE)
@file_of("people")
def export() -> Answer | Response:
    asked, form = listing.chosen(request.args, Role(current_user.role)), ExportForm()
    valid = form.validate_on_submit()
    work = ask(Chosen(asked.finding, asked.group), today(), most=MOST_ROWS if valid else 0)
    if valid and not work.more:
        ids = [each.id for each in work.people]
        audit.record(
            "quality.exported",
            "person",
            ids,
            reason=form.reason.data,
            kind=form.kind.data,
            finding=asked.finding,
        )
        return as_file(work_table(listing.lines(work.people)), form)
    if valid:
        form.form_errors.append(_("There are more than %(most)d people: choose one finding", most=MOST_ROWS))
    audit.record("quality.export_asked", finding=asked.finding or asked.group)
    values = {
        "form": form,
        "people": work.by_finding.get(asked.finding, work.by_group.get(asked.group, work.everybody)),
        "heading": _("Take the list as a file"),
        "back": listing.href(asked),
    }
    return render_template("quality/export.html", **values), 422 if form.is_submitted() else 200


def work_table(lines: list[listing.Line]) -> Table:
    """A row for each finding of each person, for lists that are sorted and filtered."""
    columns = (
        Column("name", _("Name"), Kind.TEXT),
        Column("born", _("Born"), Kind.TEXT),
        Column("crn", _("CRN"), Kind.TEXT),
        Column("cohort", _("Cohort"), Kind.TEXT),
        Column("area", _("Area"), Kind.TEXT),
        Column("managers", _("Offender managers"), Kind.TEXT),
        Column("finding", _("What is wrong"), Kind.TEXT),
        Column("detail", _("What is known of it"), Kind.TEXT),
        Column("to_do", _("What to do"), Kind.TEXT),
    )
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        who = line.person
        facts = (who.name, who.born, who.crn, who.cohort, who.area, who.managers)
        rows += [tuple(map(text, (*facts, why.words, why.detail, why.to_do))) for why in line.reasons]
    return Table("quality", _("Records to put right"), columns, tuple(rows))


def as_file(table: Table, form: ExportForm) -> Response:
    """Text stays text in both kinds: see `turnaround.csv_file` and `turnaround.workbook`."""
    about = [
        _(
            "As of %(date)s, of the people whom %(name)s may see.",
            date=long_date(today()),
            name=current_user.name,
        ),
        _("Reason: %(reason)s.", reason=EXPORT_REASONS[form.reason.data]),
        _(
            "This file names people. Keep it where only those see it who need it, and delete it when you are done."
        ),
    ]
    kind = form.kind.data
    content = write_csv([table]) if kind == "csv" else write_workbook([table], table.title, about)
    headers = {"Content-Disposition": f'attachment; filename="register-{today()}.{kind}"'}
    return Response(content, content_type=TYPES[kind], headers=headers)
