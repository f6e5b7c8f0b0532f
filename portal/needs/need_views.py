"""The page of one need of a person: where it stands and how it came there, and saying that it is met without a referral."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import Permission, require
from portal.agencies.codes import NEEDS
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.needs import actions, queries, wording
from portal.needs.forms import SayForm
from portal.people.models import Person, PersonNeed
from portal.people.record_views import AT, load
from portal.people.wording import today

bp = Blueprint("one_need", __name__)


@bp.route(f"{AT}/needs/<code>", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def show(person_id: int, code: str) -> Answer:
    person = load(person_id)
    need = next((need for need in person.needs if need.need_code == code), None)
    if need is None:
        abort(404)
    form = SayForm(need=need, today=today(), data={"version": person.version})
    live = queries.list_live(person.id, code)
    valid = form.validate_on_submit()
    stale = form.is_submitted() and (form.is_stale(person.version) or bool(live))
    if not valid or stale:
        return _page(form, person, need, live, conflict=stale)
    said = {"on_day": form.since, "words": form.words.data, "by_id": current_user.id}
    try:
        actions.say(person, code, form.state.data, **said)
    except actions.LiveReferral:  # sent this moment
        abort(409)
    db.session.commit()
    flash(_("It is on the record where the need stands."), "success")
    return redirect(f"/people/{person.id}")


def _page(form: SayForm, person: Person, need: PersonNeed, live: list[Any], *, conflict: bool) -> Answer:
    code = need.need_code
    return form_page(
        form,
        str(NEEDS[code]),
        f"/people/{person.id}",
        template="needs/need.html",
        conflict=conflict,
        person=person,
        need=wording.NeedInWords(need),
        live=wording.live_lines(live),
        said=wording.statement_lines(queries.list_statements(person.id, code)),
    )
