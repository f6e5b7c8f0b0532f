"""The pages of a team: who has how much, who waits, who is away."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, may, require
from portal.accounts import absences
from portal.accounts.models import Absence, User
from portal.agencies.calendar import working_days
from portal.caseload import listing, queries
from portal.caseload.forms import AbsenceForm
from portal.clocks.clock import london_date
from portal.db import db

bp = Blueprint("caseload", __name__)
Page = str | tuple[str, int] | Response


@bp.get("/caseload")
@require(Permission.ASSIGN_WORK)
def team() -> str:
    today = london_date(datetime.now(UTC))
    unassigned = queries.list_unassigned()
    loads = queries.list_loads(today)
    away = absences.list_away(current_user.agency_id, today)
    audit.record("caseload.read", "referral", [referral.id for referral in unassigned])
    return render_template(
        "caseload/team.html",
        rows=listing.load_rows(queries.list_staff(current_user.agency_id), loads, away),
        nobody=listing.numbers(loads.get(None)),
        totals=listing.totals(loads),
        unassigned=listing.unassigned_rows(unassigned, today, working_days()),
        unassigned_count=queries.count_unassigned(),
    )


@bp.get("/caseload/waiting")
@require(Permission.RESPOND)
def waiting() -> str:
    rows = queries.list_waiting()
    audit.record("waiting_list.read", "referral", [referral.id for referral, _initials in rows])
    return render_template("caseload/waiting.html", lists=listing.waiting_lists(rows))


@bp.route("/caseload/absences", methods=["GET", "POST"])
@require(Permission.RESPOND)
def list_absences() -> Page:
    staff = queries.list_staff(current_user.agency_id)
    form = _absence_form(staff)
    if not form.is_submitted():
        return _show_absences(form)
    if not form.validate_on_submit():
        return _show_absences(form), 422
    away_id = form.user.data if "user" in form else current_user.id
    days = form.from_on.data, form.to_on.data
    try:
        absences.add_absence(away_id, *days, form.cover.data, current_user.id)
    except absences.Overlapping:
        db.session.rollback()
        form.from_on.errors = [_("Some of these days are recorded as away already")]
        return _show_absences(form), 422
    db.session.commit()
    flash(_("The absence is recorded."), "success")
    return redirect("/caseload/absences")


def _absence_form(staff: list[User]) -> AbsenceForm:
    """A manager records anybody's; a worker their own, covered by somebody else."""
    everybody = may(Permission.ASSIGN_WORK)
    today = london_date(datetime.now(UTC))
    names = [(user.id, user.name) for user in staff if everybody or user.id != current_user.id]
    form = AbsenceForm(staff=names, today=today)
    if not everybody:
        del form.user
    return form


def _show_absences(form: AbsenceForm) -> str:
    mine = None if may(Permission.ASSIGN_WORK) else current_user.id
    today = london_date(datetime.now(UTC))
    listed = absences.list_absences(today, agency_id=current_user.agency_id, user_id=mine)
    audit.record("absences.read", "user", [absence.user_id for absence in listed])
    return render_template("caseload/absences.html", form=form, absences=listed, everybody=mine is None)


@bp.post("/caseload/absences/<int(max=2147483647):absence_id>/remove")
@require(Permission.RESPOND)
def remove_absence(absence_id: int) -> Response:
    absence = db.session.get(Absence, absence_id)
    if absence is None or absence.user.agency_id != current_user.agency_id:
        abort(404)
    if absence.user_id != current_user.id and not may(Permission.ASSIGN_WORK):
        abort(404)
    absences.remove_absence(absence, current_user.id)
    db.session.commit()
    flash(_("The absence is removed."), "success")
    return redirect("/caseload/absences")
