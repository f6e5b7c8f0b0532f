"""Turnaround by agency, and of one agency. Every view writes what was asked for into the access log."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.access import Permission, require
from portal.turnaround import page, sections
from portal.turnaround.asking import find_agency, read_question

bp = Blueprint("turnaround", __name__)


@bp.get("/turnaround")
@require(Permission.SEE_TURNAROUND)
def show_agencies() -> str | tuple[str, int]:
    question, tabs = read_question(), sections.tabs("")
    if question.asked is None:
        return render_template(
            "turnaround/agencies.html", question=question, form=question.form, tabs=tabs
        ), 422
    found = page.sections_by_agency(question.asked, question.viewer, _agency_href)
    return render_template(
        "turnaround/agencies.html", question=question, form=question.form, tabs=tabs, sections=found
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
    return render_template(
        "turnaround/agency.html",
        question=question,
        form=question.form,
        agency=agency,
        sections=page.sections_of_agency(question.asked, question.viewer),
        back_href=sections.href("", agency=None, service=None),
    )


def _agency_href(agency_id: str) -> str:
    return sections.href(agency_id, agency=None, service=None)
