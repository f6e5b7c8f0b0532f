"""How complete the register is, over time."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from portal import audit
from portal.access import Permission, require
from portal.db import current_scope
from portal.i18n import language
from portal.people.wording import today
from portal.quality.completeness_page import MEASURES, MeasureForm, build
from portal.quality.views import own_forces

bp = Blueprint("completeness", __name__)


@bp.get("/register/completeness")
@require(Permission.SEE_NEEDS)
def show() -> tuple[str, int]:
    areas = own_forces()
    form = MeasureForm(request.args)
    form.area.choices = [(area.id, area.name(language())) for area in areas]
    valid = not request.args or form.validate()
    measure = form.measure.data if valid and form.measure.data else next(iter(MEASURES))
    within = form.area.data if valid else None
    hide_small = current_scope().kind == "figures"
    audit.record("register.completeness_read", measure=measure)
    page = render_template(
        "quality/completeness.html",
        form=form,
        page=build(areas, measure, within, today(), hide_small=hide_small),
        hide_small=hide_small,
    )
    return page, 200 if valid else 422
