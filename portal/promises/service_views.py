"""The page of one service: what it is, what its agency agreed with IOM, what others wait, and where it comes to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import Permission, require
from portal.agencies import hub_listing, lookup, queries, wording
from portal.agencies.form_page import Answer, form_page
from portal.agencies.models import Service
from portal.agencies.views import ID, load_own, may_change
from portal.db import db
from portal.i18n import language
from portal.promises import actions, rights
from portal.promises import queries as promises
from portal.promises import wording as promise_wording
from portal.promises.forms import UsualWaitForm
from portal.promises.standing import LIVE, Standing, standings

bp = Blueprint("service_page", __name__)


@bp.get(f"/services/{ID}")
@require(Permission.SEE_SERVICES)
def show_service(service_id: int) -> str:
    service = queries.get_service(service_id) or abort(404)
    return render_template(
        "promises/service.html",
        service=service,
        name=service.name_in(language()),
        agency=service.agency.name_in(language()),
        areas=sorted((wording.area_label(area) for area in service.areas), key=lookup.alphabetical),
        whom=wording.whom(service),
        state=wording.state(service, queries.today()),
        blocks=wording.blocks,
        delivery_names=wording.DELIVERY_NAMES,
        may_change=may_change(service),
        may_propose=bool(rights.list_proposable_areas(service)),
        hubs=hub_listing.lines_of_service(service),
        **_promised(service),
    )


def _promised(service: Service) -> dict[str, Any]:
    every, day = promises.list_of_service(service.id), queries.today()
    stand = standings(every, day)
    waits = promises.list_waits(service.id)
    return {
        "live": [one for one in every if stand[one.id] in LIVE],
        "waiting": [one for one in every if stand[one.id] is Standing.WAITING],
        "past": [one for one in every if stand[one.id] not in (*LIVE, Standing.WAITING)],
        "stand": stand,
        "waits": waits,
        "usual": next((wait for wait in waits if wait.as_of <= day), None),
        "words": promise_wording,
    }


@bp.route(f"/services/{ID}/usual-waits/new", methods=["GET", "POST"])
@require(Permission.ADMINISTER, Permission.CHANGE_OWN_SERVICES)
def add_usual_wait(service_id: int) -> Answer:
    service = load_own(service_id)
    form = UsualWaitForm(today=queries.today(), data={"unit": "working", "as_of": queries.today()})
    if not form.validate_on_submit():
        heading, back = _("Add a usual wait"), f"/services/{service_id}"
        return form_page(form, heading, back, template="promises/usual_wait.html", service=service)
    actions.add_usual_wait(service, current_user.id, form.values())
    db.session.commit()
    flash(_("The usual wait is added."), "success")
    return redirect(f"/services/{service_id}#usual-wait")
