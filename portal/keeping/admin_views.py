"""The retention table, and its periods within their bounds."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.keeping import actions
from portal.keeping.forms import PeriodForm
from portal.keeping.periods import KINDS, all_days, days_of
from portal.keeping.wording import days_in_words

bp = Blueprint("retention", __name__, url_prefix="/admin/retention")


@bp.get("")
@require(Permission.ADMINISTER)
def show() -> str:
    days = all_days()
    audit.record("retention.read")
    rows = [(kind, days_in_words(days[code])) for code, kind in KINDS.items()]
    return render_template("keeping/retention.html", rows=rows)


@bp.route("/<kind>", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def edit(kind: str) -> Answer:
    chosen = KINDS.get(kind)
    if chosen is None or chosen.fixed:
        abort(404)
    held = days_of(kind)
    form = PeriodForm(chosen, data={"days": held})
    valid, shown = form.validate_on_submit(), form.version.data
    stale = form.is_stale(held) and bool(shown)
    if valid and not stale:
        actions.set_period(kind, form.days.data, current_user.id)
        db.session.commit()
        flash(_("The period is saved."), "success")
        return redirect("/admin/retention")
    heading = _("Change how long it is kept")
    return form_page(
        form, heading, "/admin/retention", template="keeping/period.html", kind=chosen, conflict=stale
    )
