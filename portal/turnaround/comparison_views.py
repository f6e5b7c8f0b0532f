"""The page of the comparison."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.access import Permission, require
from portal.turnaround import chart_views, sections
from portal.turnaround.asking import read_question
from portal.turnaround.comparison_page import chart_of, comparison

bp = Blueprint("comparison", __name__)
chart_views.offer("comparison", chart_of)


@bp.get("/turnaround/comparison")
@require(Permission.SEE_TURNAROUND)
def show() -> str | tuple[str, int]:
    question = read_question()
    page = render_template(
        "turnaround/comparison.html",
        question=question,
        form=question.form,
        tabs=sections.tabs("comparison"),
        found=comparison(question),
    )
    return page, 200 if question.asked else 422
