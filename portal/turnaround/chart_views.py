"""Charts as files. Each page of figures adds the maker of its chart to OFFERS beside its view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from portal.access import Permission, require
from portal.i18n import language
from portal.limits import file_of
from portal.logs import log
from portal.turnaround import sections
from portal.turnaround.asking import Question, agency_of_file, read_question
from portal.turnaround.charts import Chart
from portal.turnaround.draughtsman import CannotDraw
from portal.turnaround.lines import in_lines
from portal.turnaround.page import Viewer

bp = Blueprint("charts", __name__)
bp.add_app_template_global(in_lines)

Maker = Callable[[Question], Chart | None]
ANYBODY = Viewer("none")
TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class Offer:
    """Makes the chart of what an address asks for, None where there is nothing to draw; `asking`: of read_question."""

    maker: Maker
    asking: dict[str, Any]


OFFERS: dict[str, Offer] = {}


def offer(name: str, maker: Maker, **asking: Any) -> None:
    """Let the chart that a function makes be downloaded as /turnaround/charts/<name>.svg or .png."""
    OFFERS[name] = Offer(maker, asking)


@bp.app_template_global()
def chart_href(name: str, form: str, **changed: str | None) -> str:
    """The address of a chart's file with the page's filter, save for what is changed."""
    return sections.href(f"charts/{name}.{form}", **changed)


@bp.get("/turnaround/charts/<name>.<any(svg, png):form>")
@require(Permission.SEE_TURNAROUND)
@file_of("figures")
def download(name: str, form: str) -> Response:
    offered = OFFERS.get(name) or abort(404)
    question = read_question(
        agency_of_file(), action="turnaround.export", chart=name, kind=form, **offered.asking
    )
    # A file may be passed on: it shows what anybody may see, whoever asks.
    chart = offered.maker(replace(question, viewer=ANYBODY)) if question.asked else None
    if chart is None or question.asked is None:
        abort(404)
    try:
        content = chart.file(form)
    except CannotDraw as problem:
        log.error("chart", name=name, problem=str(problem))
        abort(503)
    file_name = f"{name}-{chart.name.removeprefix(name).strip('-')}".strip("-")
    response = Response(content, mimetype=TYPES[form])
    day = question.asked.as_of.isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}-{day}-{language()}.{form}"'
    return response
