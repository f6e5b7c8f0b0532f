"""The page of curves."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.access import Permission, require
from portal.turnaround import chart_views, sections
from portal.turnaround.asking import read_question
from portal.turnaround.curves import chart_of, curves

bp = Blueprint("curves", __name__)
chart_views.offer("curves", chart_of, with_measure=True)


@bp.get("/turnaround/curves")
@require(Permission.SEE_TURNAROUND)
def show() -> str | tuple[str, int]:
    question = read_question(with_measure=True)
    page = render_template(
        "turnaround/curves.html",
        question=question,
        form=question.form,
        tabs=sections.tabs("curves"),
        found=curves(question),
    )
    return page, 200 if question.asked else 422
