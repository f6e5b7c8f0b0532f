"""The page of the trend."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.access import Permission, require
from portal.turnaround import chart_views, sections
from portal.turnaround.asking import read_question
from portal.turnaround.trend_page import MONTHS, chart_of, trend

bp = Blueprint("trend", __name__)
chart_views.offer("trend", chart_of, back=MONTHS)


@bp.get("/turnaround/trend")
@require(Permission.SEE_TURNAROUND)
def show() -> str | tuple[str, int]:
    question = read_question(back=MONTHS)
    page = render_template(
        "turnaround/trend.html",
        question=question,
        form=question.form,
        tabs=sections.tabs("trend"),
        found=trend(question),
    )
    return page, 200 if question.asked else 422
