"""What each police force area says of its cohorts, kept by administrators."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.agencies.queries import get_area
from portal.db import db
from portal.i18n import language
from portal.people import criteria
from portal.people.cohort_time import USUAL_MONTHS
from portal.people.criteria_form import CriteriaForm, values_of

bp = Blueprint("cohort_criteria", __name__, url_prefix="/admin/cohorts")


@bp.get("")
@require(Permission.ADMINISTER)
def list_forces() -> str:
    forces = [(area.id, area.name(language()), held) for area, held in criteria.list_forces()]
    return render_template("admin/cohorts.html", forces=forces, usual=USUAL_MONTHS)


@bp.route("/<int(max=2147483647):force_id>", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def edit(force_id: int) -> Answer:
    area = get_area(force_id, lock=request.method == "POST")
    if area is None or area.kind != "police_force":
        abort(404)
    versions = criteria.list_versions(area.id)
    held = next(iter(versions), None)
    form = CriteriaForm(data=values_of(held))
    valid = form.validate_on_submit()
    stale = form.is_stale(held.id if held else 0) and form.is_submitted()
    name = area.name(language())
    if valid and not stale:
        criteria.add_version(area, review_months=form.months.data, texts=form.texts, by_id=current_user.id)
        db.session.commit()
        flash(_("The cohorts of %(area)s are saved.", area=name), "success")
        return redirect("/admin/cohorts")
    heading, template = _("Cohorts: %(area)s", area=name), "admin/cohort_criteria.html"
    return form_page(form, heading, "/admin/cohorts", template=template, conflict=stale, versions=versions)
