"""Declines, needs, appointments and chases: what becomes of referrals, a page each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l

from portal.access import Permission, require
from portal.db import current_scope
from portal.turnaround import (
    appointment_page,
    chart_views,
    chase_page,
    decline_page,
    files,
    need_page,
    sections,
)
from portal.turnaround.agency_tables import Page
from portal.turnaround.asking import Question, read_question
from portal.turnaround.cells import Table
from portal.turnaround.charts import Chart
from portal.turnaround.counting import holds_history
from portal.turnaround.disclosure import published
from portal.turnaround.filters import Filter
from portal.turnaround.page import Viewer

bp = Blueprint("flow", __name__)
Build = Callable[[Filter, Viewer, Callable[[str], str]], Page]
# What each page says where some of the referrals are imported.
IMPORTED_NOTES = {
    "declines": _l(
        "Referrals imported from spreadsheets are counted too. Their declines were final at once, so what became of declines "
        "leaves them out; why they were withdrawn is not recorded."
    ),
    "needs": _l(
        "Referrals imported from spreadsheets are counted in how far referrals have got and what came of them. They name no "
        "people, so the steps from identified to met leave them out."
    ),
    "appointments": _l(
        "Referrals imported from spreadsheets are counted in how soon a first appointment is offered. Nothing more is known of "
        "their appointments, so what became of those leaves them out."
    ),
    "chases": _l(
        "Referrals imported from spreadsheets are not counted here: nobody recorded chases of them."
    ),
}


@bp.get("/turnaround/declines")
@require(Permission.SEE_TURNAROUND)
def show_declines() -> str | tuple[str, int]:
    return _show("declines", decline_page.build)


@bp.get("/turnaround/needs")
@require(Permission.SEE_TURNAROUND)
def show_needs() -> str | tuple[str, int]:
    return _show("needs", need_page.build)


@bp.get("/turnaround/appointments")
@require(Permission.SEE_TURNAROUND)
def show_appointments() -> str | tuple[str, int]:
    return _show("appointments", appointment_page.build)


@bp.get("/turnaround/chases")
@require(Permission.SEE_TURNAROUND)
def show_chases() -> str | tuple[str, int]:
    return _show("chases", chase_page.build)


def _show(slug: str, build: Build) -> str | tuple[str, int]:
    question = read_question()
    page = render_template(
        "turnaround/flow.html",
        question=question,
        form=question.form,
        tabs=sections.tabs(slug),
        title=sections.SECTIONS[slug],
        page=_page(question, build),
    )
    return (page, 200) if question.asked else (page, 422)


def _page(question: Question, build: Build) -> Page | None:
    """None while the filter has errors."""
    if question.asked is None:
        return None
    page = build(question.asked, question.viewer, _agency_href)
    if page.tables and holds_history(question.asked, current_scope()):
        page = replace(page, notes=[str(IMPORTED_NOTES[page.slug]), *page.notes])
    if question.viewer.hide_small:
        page = replace(page, tables=[published(table) for table in page.tables])
    return replace(page, chart=page.draw(page.tables))


def _agency_href(agency_id: str) -> str:
    return sections.href(agency_id, agency=None, service=None)


def _offer(slug: str, build: Build) -> None:
    """The page's chart and tables as files."""

    def chart(question: Question) -> Chart | None:
        page = _page(question, build)
        return page.chart if page else None

    def tables(question: Question) -> list[Table]:
        return build(question.asked, question.viewer, _agency_href).tables if question.asked else []

    chart_views.offer(slug, chart)
    files.offer(slug, sections.SECTIONS[slug])(tables)


_offer("declines", decline_page.build)
_offer("needs", need_page.build)
_offer("appointments", appointment_page.build)
_offer("chases", chase_page.build)
