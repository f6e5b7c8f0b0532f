"""The directory: the list of services, and its upkeep, which agency managers share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.access import Permission, may, require
from portal.agencies import actions, listing, lookup, queries
from portal.agencies.form_page import Answer, form_page
from portal.agencies.forms import CloseForm, ServiceFilterForm, ServiceForm
from portal.agencies.models import Agency, Service
from portal.db import db
from portal.i18n import language

bp = Blueprint("services", __name__)
ID = "<int(max=2147483647):service_id>"


@bp.get("/services")
@require(Permission.SEE_SERVICES)
def list_services() -> tuple[str, int]:
    form = ServiceFilterForm(request.args)
    valid = form.validate()
    page = listing.page_number(request.args.get("page", ""))
    rows, total = queries.list_services(form.wanted(), page) if valid else ([], 0)
    shown = render_template(
        "agencies/services.html",
        form=form,
        lines=listing.lines(rows),
        total=total,
        chips=listing.chips(form) if valid else [],
        pages=listing.pages(form, page, total) if valid else {},
        may_add=may_add_service(),
    )
    return shown, 200 if valid else 422


@bp.route("/services/new", methods=["GET", "POST"])
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def add_service() -> Answer:
    if not may_add_service():
        abort(404)
    form = ServiceForm(data={"version": "new", "sexes": ["female", "male"]})
    form.offer_areas(())
    if may(Permission.ADMINISTER):
        form.agency.choices = [(agency.id, agency.name_in(language())) for agency in lookup.list_agencies()]
    else:
        del form.agency
    if not form.validate_on_submit():
        heading = _("Add a service")
        return form_page(form, heading, "/services")
    agency = db.session.get_one(Agency, form.agency.data if "agency" in form else current_user.agency_id)
    service = actions.add_service(agency, _values(form))
    db.session.commit()
    flash(_("The service is added."), "success")
    return redirect(f"/services/{service.id}")


@bp.route(f"/services/{ID}/edit", methods=["GET", "POST"])
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def edit_service(service_id: int) -> Answer:
    service = load_own(service_id)
    form = ServiceForm(data=_shown(service))
    form.offer_areas(service.area_ids)
    del form.agency
    heading, back = _("Edit %(name)s", name=service.name_in(language())), f"/services/{service_id}"
    if not form.validate_on_submit():
        return form_page(form, heading, back)
    if form.is_stale(service.version):
        return form_page(form, heading, back, conflict=True)
    actions.change_service(service, _values(form))
    db.session.commit()
    flash(_("The service is saved."), "success")
    return redirect(back)


@bp.route(f"/services/{ID}/close", methods=["GET", "POST"])
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def close_service(service_id: int) -> Answer:
    service = load_own(service_id)
    form = CloseForm(data={"version": service.version})
    form.opens_on = service.opens_on
    heading, back = _("Close %(name)s", name=service.name_in(language())), f"/services/{service_id}"
    if not form.validate_on_submit():
        return form_page(form, heading, back, template="agencies/close.html", thing="service")
    if form.is_stale(service.version):
        return form_page(form, heading, back, template="agencies/close.html", conflict=True, thing="service")
    actions.close_service(service, form.closes_after, queries.today())
    db.session.commit()
    flash(_("The service is closed to new referrals."), "success")
    return redirect(back)


@bp.post(f"/services/{ID}/reopen")
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def reopen_service(service_id: int) -> Response:
    service = load_own(service_id)
    actions.reopen_service(service)
    db.session.commit()
    flash(_("The service takes referrals again."), "success")
    return redirect(f"/services/{service_id}")


def may_add_service() -> bool:
    """An agency manager who works for chosen services only could not see a new one."""
    every_service = may(Permission.CHANGE_OWN_SERVICES) and current_user.scope.service_ids is None
    return may(Permission.ADMINISTER) or every_service


def may_change(service: Service) -> bool:
    if may(Permission.ADMINISTER):
        return True
    chosen = current_user.scope.service_ids
    own = service.agency_id == current_user.agency_id and (chosen is None or service.id in chosen)
    return own and may(Permission.CHANGE_OWN_SERVICES)


def load_own(service_id: int) -> Service:
    """A service that this user may change, or 404. A POST locks it: whoever comes second sees the first one's work."""
    service = queries.get_service(service_id, lock=request.method == "POST")
    if service is None or not may_change(service):
        abort(404)
    return service


def _shown(service: Service) -> dict[str, Any]:
    """The service as its form shows it."""
    sexes = [name for name in ("female", "male") if getattr(service, f"accepts_{name}")]
    plain = {column.key: getattr(service, column.key) for column in Service.__table__.columns}
    return plain | {"needs": service.need_codes, "areas": service.area_ids, "sexes": sexes}


def _values(form: ServiceForm) -> dict[str, Any]:
    """What the form says, in columns of Service."""
    values = {
        name: value
        for name, value in form.data.items()
        if name not in ("agency", "version", "sexes", "csrf_token")
    }
    sexes = {f"accepts_{name}": name in form.sexes.data for name in ("female", "male")}
    optional = {name: values[name] or None for name in ("name_cy", "intake_email")}
    return values | sexes | optional
