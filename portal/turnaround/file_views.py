"""Files of the figures. Each is of published numbers, whoever asks, and who took what is in the access log."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirection

from portal.access import Permission, require
from portal.limits import file_of
from portal.logs import log
from portal.paper.setting import CannotSet
from portal.standby import from_standby
from portal.turnaround import files, page, pdf, sections
from portal.turnaround.asking import Question, agency_of_file, read_question
from portal.turnaround.csv_file import write_csv
from portal.turnaround.workbook import write_workbook

bp = Blueprint("turnaround_files", __name__)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@bp.app_template_global()
def file_href(name: str, **more: str) -> str:
    """The address of a file with the filter of the page, and `more`."""
    return sections.href(f"files/{name}", lang=None, **more)


@bp.get("/turnaround/files/<name>.<any(csv, xlsx):kind>")
@require(Permission.SEE_TURNAROUND)
@file_of("figures")
def download(name: str, kind: str) -> Response | tuple[str, int]:
    names = list(files.OFFERS) if (name, kind) == ("all", "xlsx") else [name]
    if not files.OFFERS.keys() >= set(names):
        abort(404)
    asking = files.OFFERS[name].asking if name in files.OFFERS else {}
    question = ask(table=name, kind=kind, **asking)
    if question.asked is None:
        return refuse(question)
    try:
        with from_standby():
            tables = files.tables_of(names, question)
    except files.TooLong:
        return refuse(question, too_long=True)
    title = _("Turnaround") if name == "all" else str(files.OFFERS[name].title)
    content = write_csv(tables) if kind == "csv" else write_workbook(tables, title, about(question.in_words))
    return as_file(content, name, kind, question.asked.as_of)


@bp.get("/turnaround/files/turnaround.pdf")
@require(Permission.SEE_TURNAROUND)
@file_of("figures")
def download_pdf() -> Response | Redirection | tuple[str, int]:
    question = ask(table="summary", kind="pdf")
    if question.asked is None:
        return refuse(question)
    try:
        with from_standby():
            content = pdf.make_pdf(page.published_sections(question.asked), about(question.in_words))
    except CannotSet:
        log.error("pdf_failed", page="turnaround")
        flash(_("The PDF could not be made. Print this page instead, or try again later."), "error")
        return redirect(sections.href(""))
    return as_file(content, "turnaround", "pdf", question.asked.as_of)


def ask(**detail: Any) -> Question:
    """The filter of the address, written into the log as an export. One agency’s services may be named in it."""
    return read_question(agency_of_file(), action="turnaround.export", **detail)


def refuse(question: Question, **why: bool) -> tuple[str, int]:
    tabs = sections.tabs("")
    values = {"question": question, "form": question.form, "tabs": tabs, **why}
    return render_template("turnaround/agencies.html", **values), 422


def about(in_words: str | None) -> list[str]:
    """What every file says of itself, after what was asked for."""
    return [
        f"{in_words}.",
        _(
            "Numbers from 1 to 7 are not shown. All others are moved a little and rounded to the nearest 5, and shares "
            "are worked out from the rounded numbers, so that nobody can be found in the figures."
        ),
    ]


def as_file(content: bytes, name: str, kind: str, day: date) -> Response:
    """Named alike in both languages, with the day as of which the figures are."""
    whole = f"turnaround-{day}.{kind}" if name in ("all", "turnaround") else f"turnaround-{name}-{day}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{whole}"'}
    return Response(content, content_type=TYPES[kind], headers=headers)
