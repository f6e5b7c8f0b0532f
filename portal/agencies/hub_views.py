"""Hub sessions: where agencies sit in offices they share, for everybody; kept by agency managers and administrators."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import Permission, may, require
from portal.agencies import hub_actions, hub_listing, hub_queries
from portal.agencies.form_page import Answer, form_page
from portal.agencies.hub_forms import EndHubForm, HubForm
from portal.agencies.hub_models import HubSession
from portal.agencies.lookup import list_agencies
from portal.agencies.queries import list_names_of_services, today
from portal.db import db
from portal.i18n import language

bp = Blueprint("hubs", __name__)
ID = "<int(max=2147483647):session_id>"


@bp.get("/hubs")
@require(Permission.SEE_SERVICES)
def list_hubs() -> str:
    may_add = may(Permission.ADMINISTER) or may(Permission.CHANGE_OWN_SERVICES)
    return render_template("agencies/hubs.html", areas=hub_listing.lines_by_area(may_change), may_add=may_add)


@bp.route("/hubs/new", methods=["GET", "POST"])
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def add_hub() -> Answer:
    form = HubForm(data={"version": "new", "from_on": today()})
    form.offer(_whose(), None)
    if not form.validate_on_submit():
        return form_page(form, _("Add a hub session"), "/hubs")
    hub_actions.add_session(form.values())
    db.session.commit()
    flash(_("The hub session is added."), "success")
    return redirect("/hubs")


@bp.route(f"/hubs/{ID}/edit", methods=["GET", "POST"])
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def edit_hub(session_id: int) -> Answer:
    session = _load(session_id)
    form = HubForm(data=_shown(session))
    form.offer(_whose(session), session.area_id)
    heading = _("Edit the hub session")
    if not form.validate_on_submit():
        return form_page(form, heading, "/hubs")
    if form.is_stale(session.version):
        return form_page(form, heading, "/hubs", conflict=True)
    hub_actions.change_session(session, form.values())
    db.session.commit()
    flash(_("The hub session is saved."), "success")
    return redirect("/hubs")


@bp.route(f"/hubs/{ID}/end", methods=["GET", "POST"])
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def end_hub(session_id: int) -> Answer:
    session = _load(session_id)
    form = EndHubForm(earliest=max(today(), session.from_on), data={"version": session.version})
    heading, template = _("End the hub session"), "agencies/hub_end.html"
    if not form.validate_on_submit():
        return form_page(form, heading, "/hubs", template=template, session=session)
    if form.is_stale(session.version):
        return form_page(form, heading, "/hubs", template=template, conflict=True, session=session)
    hub_actions.end_session(session, form.last_day.data)
    db.session.commit()
    flash(_("The hub session has a last day."), "success")
    return redirect("/hubs")


def may_change(session: HubSession) -> bool:
    """An agency manager who works for chosen services only keeps the sessions of these."""
    chosen = current_user.scope.service_ids
    own = session.agency_id == current_user.agency_id and (chosen is None or session.service_id in chosen)
    return may(Permission.ADMINISTER) or (own and may(Permission.CHANGE_OWN_SERVICES))


def _load(session_id: int) -> HubSession:
    """A session that this user may change, or 404; a POST locks it."""
    session = hub_queries.get_session(session_id, lock=request.method == "POST")
    if session is None or not may_change(session):
        abort(404)
    return session


def _whose(session: HubSession | None = None) -> list[tuple[str, str]]:
    """Whose session it may be: an agency manager's own; an administrator chooses an agency, afterwards its services."""
    if not may(Permission.ADMINISTER):
        return _services(current_user.agency_id, current_user.scope.service_ids)
    if session is not None:
        return _services(session.agency_id, None)
    return [(f"{agency.id}-0", agency.name_in(language())) for agency in list_agencies()]


def _services(agency_id: int, chosen: Collection[int] | None) -> list[tuple[str, str]]:
    """The agency's services, or the chosen ones; and all of them at once where none was chosen."""
    listed = list_names_of_services(agency_id)
    some = [(f"{agency_id}-{number}", name) for number, name in listed if chosen is None or number in chosen]
    return [(f"{agency_id}-0", str(_("All services"))), *some] if chosen is None else some


def _shown(session: HubSession) -> dict[str, Any]:
    """The session as its form shows it."""
    plain = ("place", "begins", "ends", "from_on", "to_on", "words", "version")
    return {name: getattr(session, name) for name in plain} | {
        "whose": f"{session.agency_id}-{session.service_id or 0}",
        "area": session.area_id,
        "weekday": str(session.weekday),
        "rhythm": str(session.week_of_month or ""),
    }
