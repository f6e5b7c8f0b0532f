"""Administration of agencies and areas, and the page that leads to all of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal.access import Permission, require
from portal.agencies import actions, lookup, queries, wording
from portal.agencies.form_page import Answer, form_page
from portal.agencies.forms import AgencyForm, AreaForm, CloseForm
from portal.agencies.models import Agency, Area
from portal.db import db
from portal.i18n import language

bp = Blueprint("directory_admin", __name__, url_prefix="/admin")
AGENCY, AREA = "<int(max=2147483647):agency_id>", "<int(max=2147483647):area_id>"
LARGER = ("police_force", "health_board", "delivery_unit")


@bp.get("")
@require(Permission.ADMINISTER)
def index() -> str:
    return render_template("admin/index.html")


@bp.get("/agencies")
@require(Permission.ADMINISTER)
def list_agencies() -> str:
    return render_template(
        "admin/agencies.html",
        agencies=lookup.list_agencies(closed=True),
        open_services=queries.count_open_services(),
        today=queries.today(),
    )


@bp.route("/agencies/new", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def add_agency() -> Answer:
    form = AgencyForm(data={"version": "new", "language": "en"})
    if form.validate_on_submit():
        try:
            with db.session.begin_nested():
                actions.add(Agency(**_agency_values(form)))
        except IntegrityError:
            form.name.errors = [_("There is an agency of this name already")]
        else:
            return _done(_("The agency is added."), "/admin/agencies")
    return form_page(form, _("Add an agency"), "/admin/agencies")


@bp.route(f"/agencies/{AGENCY}/edit", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def edit_agency(agency_id: int) -> Answer:
    agency = queries.get_agency(agency_id, lock=request.method == "POST") or abort(404)
    shown = {
        name: getattr(agency, name) for name in ("name", "name_cy", "description", "language", "version")
    }
    form = AgencyForm(data=shown)
    heading, conflict = _("Edit %(name)s", name=agency.name_in(language())), False
    if form.validate_on_submit() and not (conflict := form.is_stale(agency.version)):
        try:
            with db.session.begin_nested():
                actions.change(agency, _agency_values(form))
        except IntegrityError:
            form.name.errors = [_("There is an agency of this name already")]
        else:
            return _done(_("The agency is saved."), "/admin/agencies")
    return form_page(form, heading, "/admin/agencies", conflict=conflict)


@bp.route(f"/agencies/{AGENCY}/close", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def close_agency(agency_id: int) -> Answer:
    agency = queries.get_agency(agency_id, lock=request.method == "POST") or abort(404)
    return _close(agency, agency.name_in(language()), "/admin/agencies", "agency")


@bp.post(f"/agencies/{AGENCY}/reopen")
@require(Permission.ADMINISTER)
def reopen_agency(agency_id: int) -> Response:
    actions.reopen(queries.get_agency(agency_id, lock=True) or abort(404))
    return _done(_("The agency is open again."), "/admin/agencies")


@bp.get("/areas")
@require(Permission.ADMINISTER)
def list_areas() -> str:
    areas = lookup.list_areas(closed=True)
    names = {area.id: area.name(language()) for area in areas}
    return render_template(
        "admin/areas.html", areas=areas, names=names, kinds=wording.KIND_NAMES, today=queries.today()
    )


@bp.route("/areas/new", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def add_area() -> Answer:
    form = AreaForm(data={"version": "new", "rural": False})
    form.offer_larger()
    if form.validate_on_submit():
        try:
            with db.session.begin_nested():
                actions.add(Area(code=form.code.data, **_area_values(form)))
        except IntegrityError:
            form.code.errors = [_("There is an area with this code already")]
        else:
            return _done(_("The area is added."), "/admin/areas")
    return form_page(form, _("Add an area"), "/admin/areas")


@bp.route(f"/areas/{AREA}/edit", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def edit_area(area_id: int) -> Answer:
    area = queries.get_area(area_id, lock=request.method == "POST") or abort(404)
    larger = {name: getattr(area, f"{name}_id") for name in LARGER}
    plain = {name: getattr(area, name) for name in ("name_en", "name_cy", "kind", "rural", "version")}
    form = AreaForm(data=larger | plain)
    form.offer_larger()
    del form.code
    heading, conflict = _("Edit %(name)s", name=area.name(language())), False
    if form.validate_on_submit() and not (conflict := form.is_stale(area.version)):
        actions.change(area, _area_values(form))
        return _done(_("The area is saved."), "/admin/areas")
    return form_page(form, heading, "/admin/areas", conflict=conflict)


@bp.route(f"/areas/{AREA}/close", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def close_area(area_id: int) -> Answer:
    area = queries.get_area(area_id, lock=request.method == "POST") or abort(404)
    return _close(area, area.name(language()), "/admin/areas", "area")


@bp.post(f"/areas/{AREA}/reopen")
@require(Permission.ADMINISTER)
def reopen_area(area_id: int) -> Response:
    actions.reopen(queries.get_area(area_id, lock=True) or abort(404))
    return _done(_("The area is open again."), "/admin/areas")


def _close(thing: Agency | Area, name: str, back: str, kind: str) -> Answer:
    form = CloseForm(data={"version": thing.version})
    conflict = False
    if form.validate_on_submit() and not (conflict := form.is_stale(thing.version)):
        actions.close(thing, form.closes_after, queries.today())
        return _done(_("%(name)s is closed.", name=name), back)
    heading = _("Close %(name)s", name=name)
    return form_page(form, heading, back, template="agencies/close.html", conflict=conflict, thing=kind)


def _agency_values(form: AgencyForm) -> dict[str, Any]:
    values = {name: form[name].data for name in ("name", "description", "language")}
    return values | {"name_cy": form.name_cy.data or None}


def _area_values(form: AreaForm) -> dict[str, Any]:
    """Only a local authority lies in larger areas."""
    values = {name: form[name].data for name in ("name_en", "name_cy", "kind", "rural")}
    inside = form.kind.data == "local_authority"
    return values | {f"{name}_id": form[name].data if inside else None for name in LARGER}


def _done(words: str, where: str) -> Response:
    db.session.commit()
    flash(words, "success")
    return redirect(where)
