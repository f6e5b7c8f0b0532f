"""Finding someone in another area, and who elsewhere has looked for people of one’s own."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.people.wording import today
from portal.register.pair_views import page_after
from portal.trace import elsewhere

bp = Blueprint("elsewhere", __name__)


@bp.route("/people/elsewhere", methods=["GET", "POST"])
@require(Permission.SEE_PEOPLE)
def find() -> Answer:
    """Answers the POST itself: no number stands in an address. Committed before anything is shown."""
    form = elsewhere.ElsewhereForm(today=today())
    if form.validate_on_submit():
        try:
            found = elsewhere.find(form.code, form.reason.data, form.said)
        except elsewhere.TooMany:
            return render_template("trace/too_many_elsewhere.html", most=elsewhere.MOST_A_DAY), 429
        db.session.commit()
        return render_template("trace/found_elsewhere.html", found=found, number=form.code)
    if request.method == "GET":
        audit.record("elsewhere.opened")
    return form_page(
        form,
        _("Find someone in another area"),
        "/people",
        template="trace/elsewhere.html",
        most=elsewhere.MOST_A_DAY,
    )


@bp.get("/access/elsewhere")
@require(Permission.SEE_READ_ELSEWHERE)
def list_readings() -> str:
    after = page_after()
    rows, more = elsewhere.list_readings(after or None)
    audit.record("people.listed", "person", [row.person_id for row in rows], tab="elsewhere")
    return render_template(
        "trace/read_from_elsewhere.html",
        rows=rows,
        first="/access/elsewhere" if after else None,
        next=f"/access/elsewhere?after={rows[-1].id}" if more else None,
    )
