"""Extracts of Delius and Niche: a file is sent, what it holds is shown, and only then the worker takes it in.

For managers of IOM, each for the areas they work for: they answer for the register of these.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirection

from portal import audit
from portal.access import Permission, require
from portal.agencies.queries import today
from portal.db import current_scope, db
from portal.jobs import worker_is_alive
from portal.limits import file_of
from portal.register import extract_page as page
from portal.register import extracts
from portal.register.checking import check
from portal.register.columns import layout
from portal.register.erased import refuse_erased
from portal.register.extract_forms import MOST_OF_A_MAP, SOURCES, ExtractForm
from portal.register.extract_models import ExtractImport
from portal.register.extract_page import HOME
from portal.register.known import load_known

bp = Blueprint("extracts", __name__)
ONE = f"{HOME}/<int(max=2147483647):extract_id>"
REFRESH, SELDOM = 3, 30  # seconds until a page that waits comes again; without a worker

Page = str | tuple[str, int] | Redirection


@bp.url_value_preprocessor
def allow_a_file(endpoint: str | None, values: object) -> None:
    """Before anything reads the form: a file, and what its form has around it, may be larger than other bodies."""
    if endpoint == "extracts.show":
        request.max_content_length = layout("delius").most_bytes + MOST_OF_A_MAP + 100_000


@bp.route(HOME, methods=["GET", "POST"])
@require(Permission.IMPORT_PEOPLE)
def show() -> Page:
    form = ExtractForm()
    if form.validate_on_submit():
        source = form.source.data
        checked = check(form.sheet, source, load_known(current_scope().area_ids), today(), form.mapped)
        refuse_erased(checked, form.sheet, source)
        name = form.file.file_name or _("file")
        extract = extracts.keep(form.sheet, checked, source, name, current_user.id)
        audit.record("extract.sent", "extract_import", [extract.id], source=source, rows=len(form.sheet.rows))
        db.session.commit()
        return redirect(f"{HOME}/{extract.id}")
    audit.record("extract.listed")
    shown = render_template(
        "register/extracts.html",
        form=form,
        columns=[(code, name, page.meanings(code)) for code, name in SOURCES.items()],
        imports=page.list_imports(current_user.id),
    )
    return shown, 422 if form.is_submitted() else 200


@bp.get(f"{HOME}/template-<any(delius, niche):source>.csv")
@require(Permission.IMPORT_PEOPLE)
def download_template(source: str) -> Response:
    return _file(page.template_file(source), source)


@bp.get(ONE)
@require(Permission.IMPORT_PEOPLE)
def show_one(extract_id: int) -> Response:
    """What a file holds; once confirmed, how far it is; once done, what came of it."""
    extract = _load(extract_id)
    audit.record("extract.read", "extract_import", [extract.id], state=extract.state)
    if extract.state == "waiting":
        alive = worker_is_alive()
        response = make_response(render_template("register/extract_wait.html", extract=extract, alive=alive))
        response.headers["Refresh"] = str(REFRESH if alive else SELDOM)
        return response
    template = "register/extract_done.html" if extract.state == "done" else "register/extract_check.html"
    return make_response(
        render_template(
            template,
            extract=extract,
            source=SOURCES[extract.source],
            said=page.said_of(extract),
            **page.parts(extract),
        )
    )


@bp.post(ONE)
@require(Permission.IMPORT_PEOPLE)
def confirm(extract_id: int) -> Redirection:
    """Sent twice, it leads to the same import."""
    extract = _load(extract_id, lock=True)
    extracts.confirm(extract)
    db.session.commit()
    return redirect(f"{HOME}/{extract.id}")


@bp.get(f"{ONE}/refused.csv")
@require(Permission.IMPORT_PEOPLE)
@file_of("people")
def download_refused(extract_id: int) -> Response:
    extract = _load(extract_id)
    audit.record("extract.refused_read", "extract_import", [extract.id], rows=extract.refused)
    return _file(page.refused_file(extract), _("refused-rows"))


def _load(extract_id: int, *, lock: bool = False) -> ExtractImport:
    return extracts.get_own(extract_id, current_user.id, lock=lock) or abort(404)


def _file(content: str, name: str) -> Response:
    response = Response(content, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return response
