"""What the figures mean, for whoever reads them: with one example worked through."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal import audit
from portal.access import Permission, require
from portal.agencies.calendar import working_days
from portal.turnaround import sections
from portal.turnaround.explanation import explain

bp = Blueprint("turnaround_explained", __name__)


@bp.get("/turnaround/explain")
@require(Permission.SEE_TURNAROUND)
def show_explanation() -> str:
    audit.record("turnaround.explained")
    return render_template(
        "turnaround/explain.html", tabs=sections.tabs("explain"), explained=explain(working_days())
    )
