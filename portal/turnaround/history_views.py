"""Imported history: a file is sent, its report read, and only then taken in; imports can be looked at and undone.

For managers of IOM, each for the areas they work for: they answer for the figures that the rows become part of.
Administrators run the portal and see no figures; whoever installs it has the command.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as Redirection

from portal import audit
from portal.access import Permission, require
from portal.agencies.queries import today
from portal.db import current_scope, db
from portal.limits import file_of
from portal.turnaround import history_importing as importing
from portal.turnaround import history_page as page
from portal.turnaround import history_uploads as uploads
from portal.turnaround.history_forms import UploadForm
from portal.turnaround.history_models import HistoryImport, HistoryUpload
from portal.turnaround.history_reading import LAYOUT

bp = Blueprint("history", __name__)
HOME = "/turnaround/history"
REPORT = f"{HOME}/files/<upload>"
IMPORT = f"{HOME}/imports/<int(max=2147483647):import_id>"

Page = str | tuple[str, int] | Redirection


@bp.url_value_preprocessor
def allow_a_file(endpoint: str | None, values: object) -> None:
    """Before anything reads the form: a file, and what its form has around it, may be larger than other bodies."""
    if endpoint == "history.show":
        request.max_content_length = LAYOUT.most_bytes + 100_000


@bp.route(HOME, methods=["GET", "POST"])
@require(Permission.IMPORT_HISTORY)
def show() -> Page:
    form = UploadForm()
    if form.validate_on_submit():
        upload = uploads.keep(form.sheet, form.file.file_name or _("file"), current_user.id)
        audit.record("history.uploaded", rows=len(form.sheet.rows))
        db.session.commit()
        return redirect(f"{HOME}/files/{upload.token}")
    audit.record("history.read")
    shown = render_template(
        "turnaround/history.html", form=form, columns=page.columns(), imports=page.list_imports()
    )
    return shown, 422 if form.is_submitted() else 200


@bp.get(f"{HOME}/template.csv")
@require(Permission.IMPORT_HISTORY)
def download_template() -> Response:
    return _file(page.template_file(), _("past-referrals"))


@bp.get(REPORT)
@require(Permission.IMPORT_HISTORY)
def show_report(upload: str) -> str:
    kept = _load_upload(upload)
    report = _examine(kept)
    audit.record("history.checked", counts=report.counts())
    return render_template("turnaround/history_report.html", upload=kept, report=page.summary(report))


@bp.get(f"{REPORT}/findings.csv")
@require(Permission.IMPORT_HISTORY)
@file_of("people")
def download_findings(upload: str) -> Response:
    report = _examine(_load_upload(upload))
    audit.record("history.findings_taken", counts=report.counts())
    return _file(page.findings_file(report.found), _("quality-report"))


@bp.post(REPORT)
@require(Permission.IMPORT_HISTORY)
def confirm(upload: str) -> Redirection:
    """Sent twice, it leads to the same import."""
    importing.lock()
    kept = uploads.get_upload(upload, current_user.id)
    if kept is None:
        return redirect(f"{HOME}/imports/{_import_of(upload)}")
    report = _examine(kept)
    where = HOME
    if report.changes:
        done = importing.take_in(report, token=kept.token, file_name=kept.file_name, by=current_user.id)
        where = f"{HOME}/imports/{done.id}"
        flash(_("The past referrals are imported."), "success")
    db.session.delete(kept)
    db.session.commit()
    return redirect(where)


@bp.get(IMPORT)
@require(Permission.IMPORT_HISTORY)
def show_import(import_id: int) -> str:
    done = _load_import(import_id)
    left, figures_href = page.rows_left(done)
    audit.record("history.read", "history_import", [done.id])
    return render_template(
        "turnaround/history_import.html",
        done=done,
        counts=page.counts_of(done),
        left=left,
        figures_href=figures_href,
        may_undo=page.may_undo(done),
    )


@bp.post(f"{IMPORT}/undo")
@require(Permission.IMPORT_HISTORY)
def undo(import_id: int) -> Redirection:
    importing.lock()
    done = _load_import(import_id)
    if page.may_undo(done):
        removed = importing.undo(done, datetime.now(UTC), current_user.id)
        db.session.commit()
        flash(
            ngettext("%(num)d past referral is removed.", "%(num)d past referrals are removed.", removed),
            "success",
        )
    return redirect(f"{HOME}/imports/{done.id}")


def _examine(kept: HistoryUpload) -> importing.Report:
    return importing.examine(uploads.sheet_of(kept), today(), current_scope().area_ids)


def _load_upload(token: str) -> HistoryUpload:
    return uploads.get_upload(token, current_user.id) or abort(404)


def _load_import(import_id: int) -> HistoryImport:
    return db.session.get(HistoryImport, import_id) or abort(404)


def _import_of(token: str) -> int:
    found = sa.select(HistoryImport.id).where(
        HistoryImport.token == token, HistoryImport.imported_by_id == current_user.id
    )
    return db.session.scalar(found) or abort(404)


def _file(content: str, name: str) -> Response:
    response = Response(content, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return response
