"""The access log for administrators. Each reading of it is an entry of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask_babel import gettext as _

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.clocks.clock import london_date
from portal.limits import file_of
from portal.sheets.writing import as_csv
from portal.trace import log_queries as queries
from portal.trace.log_forms import ExportForm, LogForm, read_asked
from portal.trace.log_listing import as_typed, chips, export_rows, lines
from portal.trace.log_queries import Asked

bp = Blueprint("access_log", __name__, url_prefix="/admin/access-log")
MOST_ROWS = 10_000


@bp.route("", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def show() -> Answer:
    today = london_date(datetime.now(UTC))
    asked = read_asked(request.args, today)
    form = LogForm(today=today, data=as_typed(asked))
    if form.validate_on_submit():
        return redirect(address(form.asked()))
    rows, more = queries.list_entries(asked)
    trace("access_log.read", asked)
    page = render_template(
        "trace/log.html",
        form=form,
        lines=lines(rows),
        count=queries.count_entries(asked),
        counted=queries.COUNTED,
        asked=asked,
        chips=chips(asked, address),
        signed=queries.last_signed(),
        first_href=address(asked, before=None) if asked.before else None,
        next_href=address(asked, before=rows[-1].id) if more else None,
        export_href=address(asked, "/export", before=None),
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/export", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
@file_of("log")
def export() -> Answer | Response:
    asked, form = read_asked(request.args, london_date(datetime.now(UTC))), ExportForm()
    if form.validate_on_submit():
        rows, more = queries.list_entries(asked, MOST_ROWS)
        if not more:
            trace("access_log.exported", asked, reason=form.reason.data, entries=len(rows))
            return as_file(rows, asked)
        form.form_errors.append(
            _("There are more than %(most)s entries: choose fewer days", most=f"{MOST_ROWS:,}")
        )
    trace("access_log.read", asked)
    heading = _("Download the access log")
    return form_page(
        form, heading, address(asked), template="trace/log_export.html", count=queries.count_entries(asked),
        counted=queries.COUNTED, asked=asked,
    )  # fmt: skip


def as_file(rows: list[Any], asked: Asked) -> Response:
    name = f"access-log-{asked.from_on}-{asked.to_on}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(export_rows(rows)), content_type="text/csv; charset=utf-8", headers=headers)


def address(asked: Asked, page: str = "", **changed: Any) -> str:
    values = {"from": asked.from_on, "to": asked.to_on} | {
        name: getattr(asked, name) for name in ("user", "person", "referral", "action", "before")
    }
    query = {name: value for name, value in (values | changed).items() if value is not None}
    return f"{bp.url_prefix}{page}?{urlencode(query)}"


def trace(action: str, asked: Asked, **more: Any) -> None:
    """Who looks for a person or a referral in the log has read of them, and is found by whoever asks who has."""
    subject = "person" if asked.person else "referral" if asked.referral else None
    ids = [number for number in (asked.person or asked.referral,) if number]
    narrowed = {"of": asked.user, "did": asked.action, "from": f"{asked.from_on}", "to": f"{asked.to_on}"}
    detail: dict[str, Any] = {name: value for name, value in narrowed.items() if value is not None}
    audit.record(action, subject, ids, **detail, **more)
