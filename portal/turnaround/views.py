"""Turnaround by agency, and of one agency. Every view writes what was asked for into the access log."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l

from portal.access import Permission, require
from portal.standby import from_standby
from portal.turnaround import agency_page, files, page, sections
from portal.turnaround.asking import Question, find_agency, read_question
from portal.turnaround.cells import Table
from portal.turnaround.summary_columns import BANDS

bp = Blueprint("turnaround", __name__)


@bp.get("/turnaround")
@require(Permission.SEE_TURNAROUND)
def show_agencies() -> str | tuple[str, int]:
    question, tabs = read_question(), sections.tabs("")
    if question.asked is None:
        return render_template(
            "turnaround/agencies.html", question=question, form=question.form, tabs=tabs
        ), 422
    by_day = request.args.get("show") == "days"
    with from_standby():
        found = page.sections_by_agency(question.asked, question.viewer, _agency_href())
        return render_template(
            "turnaround/agencies.html",
            question=question,
            form=question.form,
            tabs=tabs,
            sections=[section.shown(by_day=by_day) for section in found],
            by_day=by_day,
            summary_href=sections.href("", show=None),
            by_day_href=sections.href("", show="days"),
            what_by_day_means=BANDS,
        )


@bp.get("/turnaround/<agency_id>")
@require(Permission.SEE_TURNAROUND)
def show_agency(agency_id: str) -> str | tuple[str, int]:
    agency = find_agency(agency_id)
    question = read_question(agency)
    if question.asked is None:
        return render_template(
            "turnaround/agency.html", question=question, form=question.form, agency=agency
        ), 422
    with from_standby():
        return render_template(
            "turnaround/agency.html",
            question=question,
            form=question.form,
            agency=agency,
            walls=agency_page.walls(question),
            back_href=sections.href("", agency=None, service=None),
        )


def _agency_href() -> page.AgencyHref:
    """The filter is read from the address once."""
    path, _mark, query = sections.href("", agency=None, service=None).partition("?")
    return lambda agency_id: f"{path}/{agency_id}?{query}" if query else f"{path}/{agency_id}"


@files.offer("summary", _l("Turnaround by agency"))
def summary_tables(question: Question) -> list[Table]:
    return [section.summary for section in _sections(question, "agency")]


@files.offer("bands", _l("Answered, withdrawn or still waiting, by day"))
def bands_tables(question: Question) -> list[Table]:
    return [section.bands for section in _sections(question, "agency")]


@files.offer("services", _l("Turnaround by service"))
def services_tables(question: Question) -> list[Table]:
    """Of one agency as on its page, all of its services first."""
    if question.asked and question.asked.agency_id:
        return [section.summary for section in page.sections_of_agency(question.asked, question.viewer)]
    return [section.summary for section in _sections(question, "service")]


def _sections(question: Question, by: str) -> list[page.Section]:
    return page.sections_by(replace(question.asked, by=by), question.viewer) if question.asked else []
