"""The dashboard of needs and its files, the people behind each count, and the needs that nobody has referred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import Permission, require
from portal.limits import file_of
from portal.needs import asking, behind, listing, page, queries
from portal.people.wording import today
from portal.standby import from_standby
from portal.turnaround.csv_file import write_csv
from portal.turnaround.disclosure import published
from portal.turnaround.file_views import TYPES, about
from portal.turnaround.page import Viewer
from portal.turnaround.workbook import write_workbook

bp = Blueprint("needs", __name__)
bp.add_app_template_global(asking.href, "needs_href")
bp.add_app_template_global(page.bars_in_lines)


@bp.get("/needs")
@require(Permission.SEE_NEEDS)
def show() -> str | tuple[str, int]:
    question = asking.read_question()
    if question.asked is None:
        return _refused(question)
    asking.record("needs.read", question.asked)
    with from_standby():
        built = page.build(question.asked, question.viewer)
        return render_template("needs/dashboard.html", question=question, form=question.form, page=built)


def _refused(question: asking.Question) -> tuple[str, int]:
    return render_template("needs/dashboard.html", question=question, form=question.form, page=None), 422


@bp.get("/needs/files/needs.<any(csv, xlsx):kind>")
@require(Permission.SEE_NEEDS)
@file_of("figures")
def download(kind: str) -> Response | tuple[str, int]:
    """Published numbers, whoever asks: a file is passed on."""
    question = asking.read_question()
    if question.asked is None:
        return _refused(question)
    asking.record("needs.export", question.asked, kind=kind)
    with from_standby():
        built = page.build(question.asked, Viewer("none"), draw=False)
    tables = [published(table) for table in built.tables]
    said = about(question.in_words)
    content = write_csv(tables) if kind == "csv" else write_workbook(tables, _("Needs"), said)
    name = f'attachment; filename="needs-{question.asked.today}.{kind}"'
    return Response(content, content_type=TYPES[kind], headers={"Content-Disposition": name})


@bp.get("/needs/people")
@require(Permission.SEE_PEOPLE)
def show_people() -> str | tuple[str, int]:
    chosen = behind.read_chosen(request.args)
    if chosen is None:
        abort(404)
    question = asking.read_question()
    if question.asked is None:
        return _refused(question)
    number = behind.count_behind(question.asked, chosen)
    rows, more = behind.list_behind(question.asked, chosen, listing.after_person(request.args))
    codes = {"figure": chosen.by, "value": chosen.value, "of": chosen.of}
    asking.record("needs.opened", question.asked, [row.id for row in rows], **codes)
    lines = listing.people_lines(rows)
    shown = {"number": number, "lines": lines, "title": listing.title(chosen), "pages": _pages(rows, more)}
    return render_template("needs/people.html", question=question, of_needs=chosen.of_needs, **shown)


def _pages(rows: list[Any], more: bool) -> Mapping[str, str | None]:
    return listing.pages(request.args, listing.cursor(rows[-1]) if more else None)


@bp.get("/needs/unreferred")
@require(Permission.REFER)
def show_unreferred() -> str:
    everybody = request.args.get("whose") == "all"
    mine = None if everybody else current_user.id
    rows, more = queries.list_unreferred(mine, listing.after_need(request.args))
    asking.record("needs.opened", None, [row.person_id for row in rows], figure="unreferred")
    return render_template(
        "needs/unreferred.html",
        lines=listing.unreferred_lines(rows, today()),
        everybody=everybody,
        tabs=listing.unreferred_tabs(current_user.id, everybody=everybody),
        pages=listing.pages(request.args, listing.need_cursor(rows[-1]) if more else None),
    )
