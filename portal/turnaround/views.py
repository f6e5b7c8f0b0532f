"""Turnaround by agency, and of one agency. Every view writes what was asked for into the access log."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Blueprint, abort, render_template, request
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.agencies.lookup import list_agencies, list_areas
from portal.agencies.models import Agency, Service
from portal.db import current_scope, db
from portal.i18n import LONDON, language
from portal.turnaround import page
from portal.turnaround.filters import Filter
from portal.turnaround.forms import FilterForm

bp = Blueprint("turnaround", __name__)


@bp.get("/turnaround")
@require(Permission.SEE_TURNAROUND)
def show_agencies() -> str | tuple[str, int]:
    today = _today()
    names = {"areas": _area_names()}
    if current_user.side != "agency":
        names["agencies"] = {agency.id: agency.name_in(language()) for agency in list_agencies(closed=True)}
    form = FilterForm(request.args, today, **names)
    if not form.validate():
        return render_template("turnaround/agencies.html", form=form), 422
    asked = form.asked()
    form.show(asked)
    _record(asked)
    return render_template(
        "turnaround/agencies.html",
        form=form,
        in_words=page.in_words(asked, today, names),
        sections=page.sections_by_agency(asked, _viewer(), _agency_href),
        viewer=_viewer(),
    )


@bp.get("/turnaround/<agency_id>")
@require(Permission.SEE_TURNAROUND)
def show_agency(agency_id: str) -> str | tuple[str, int]:
    agency, today = _agency(agency_id), _today()
    names = {"areas": _area_names(), "services": _service_names(agency)}
    form = FilterForm(request.args, today, **names)
    if not form.validate():
        return render_template("turnaround/agency.html", form=form, agency=agency), 422
    asked = form.asked(agency.id)
    form.show(asked)
    _record(asked)
    return render_template(
        "turnaround/agency.html",
        form=form,
        agency=agency,
        in_words=page.in_words(asked, today, names),
        sections=page.sections_of_agency(asked, _viewer()),
        viewer=_viewer(),
        back_href="/turnaround" + _kept(),
    )


def _today() -> date:
    return datetime.now(LONDON).date()


def _viewer() -> page.Viewer:
    return page.Viewer(current_user.side)


def _agency(text: str) -> Agency:
    """The agency, or the same 404 whether it is missing or, to another agency's manager, foreign."""
    number = int(text) if re.fullmatch(r"[1-9][0-9]{0,8}", text) else 0
    own = current_user.agency_id
    agency = db.session.get(Agency, number) if own in (None, number) else None
    if agency is None:
        abort(404)
    return agency


def _area_names() -> dict[int, str]:
    """Police force areas and local authorities in which this viewer may see anything."""
    seen = current_scope().area_ids
    return {
        area.id: area.name(language())
        for area in list_areas("police_force", "local_authority", closed=True)
        if seen is None or area.id in seen or area.police_force_id in seen
    }


def _service_names(agency: Agency) -> dict[int, str]:
    found = db.session.scalars(
        sa.select(Service).where(Service.agency_id == agency.id).order_by(Service.name)
    )
    seen = current_scope().service_ids or None
    return {each.id: each.name_in(language()) for each in found if seen is None or each.id in seen}


def _agency_href(agency_id: str) -> str:
    return f"/turnaround/{agency_id}{_kept()}"


def _kept() -> str:
    """The rest of the address, for the next page."""
    left_behind = {"agency", "service", "lang"}
    query = [(key, value) for key, value in request.args.items(multi=True) if key not in left_behind]
    return f"?{urlencode(query)}" if query else ""


def _record(asked: Filter) -> None:
    detail: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in vars(asked).items()
        if value is not None and name not in ("agency_id", "area_id", "by")
    }
    audit.record("turnaround.read", agency_id=asked.agency_id, area_id=asked.area_id, **detail)
