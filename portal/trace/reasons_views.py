"""The question before a restricted record."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, abort, redirect, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.people.queries import get_person
from portal.people.reading import ReasonNeeded
from portal.trace import reasons

bp = Blueprint("reading_reasons", __name__)


@bp.app_errorhandler(ReasonNeeded)
def ask_first(needed: ReasonNeeded) -> Response:
    """Nothing that was begun for the page stays. After a form (its reason has run out) the person's page is next."""
    db.session.rollback()
    target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(f"/people/{needed.person_id}/reason" + (f"?next={quote(target)}" if target else ""))


@bp.route("/people/<int(max=9223372036854775807):person_id>/reason", methods=["GET", "POST"])
@require(Permission.SEE_PEOPLE)
def say_why(person_id: int) -> Answer:
    person = get_person(person_id, ask=False)
    if person is None or not person.restricted:
        abort(404)
    form = reasons.ReasonForm(data={"next": request.args.get("next", "")})
    target = reasons.safe_next(form.next.data, f"/people/{person_id}")
    if form.validate_on_submit():
        reasons.give(person, current_user.id, form.reason.data, form.said)
        db.session.commit()
        return redirect(target)
    audit.record("person.reason_asked", "person", [person.id], area_id=person.area_id)
    heading = _("This record is restricted")
    return form_page(form, heading, "/people", template="trace/reason.html", person=person)
