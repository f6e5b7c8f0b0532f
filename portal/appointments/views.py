"""The pages by which an appointment is offered, moved, cancelled and recorded."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError

from portal import audit
from portal.access import Permission, require
from portal.agencies.hub_queries import list_sessions_of
from portal.appointments import actions, calendar, queries, wording
from portal.appointments.forms import AttendanceForm, CancelForm, OfferForm
from portal.appointments.models import Appointment
from portal.clocks.clock import london_date
from portal.db import db
from portal.i18n import LONDON, date_and_time
from portal.referrals.answer_views import Page, now
from portal.referrals.emails import list_responders
from portal.referrals.forms import VersionedForm
from portal.referrals.models import Referral
from portal.referrals.queries import get_release
from portal.referrals.states import TransitionRefused
from portal.referrals.views import conflict_page, load

bp = Blueprint("appointments", __name__)
bp.add_app_template_global(wording.lines, "appointment_lines")
ONE = "/referrals/<reference>/appointments/<int(max=9223372036854775807):appointment_id>"


def load_one(reference: str, appointment_id: int) -> Appointment:
    """The appointment with its referral, or the same 404 whether either is missing, foreign or restricted."""
    appointment = queries.get_of(load(reference), appointment_id)
    if appointment is None:
        abort(404)
    return appointment


@bp.route("/referrals/<reference>/appointments/new", methods=["GET", "POST"])
@require(Permission.RESPOND)
def offer(reference: str) -> Page:
    referral = load(reference)
    form = _offer_form(referral, minutes=60, worker=referral.worker_id or current_user.id)
    return _answer(
        referral,
        form,
        referral.version,
        wording.may_offer(referral),
        lambda: actions.offer(referral, current_user, now(), form.offered(), _token(form)),
        _("You have offered an appointment. The officer is told."),
        heading=_("Offer an appointment"),
        button_text=_("Offer appointment"),
    )


@bp.route(f"{ONE}/move", methods=["GET", "POST"])
@require(Permission.RESPOND)
def move(reference: str, appointment_id: int) -> Page:
    old = load_one(reference, appointment_id)
    form = _offer_form(old.referral, **_values(old))
    return _answer(
        old.referral,
        form,
        old.version,
        old.state == "offered" and wording.may_offer(old.referral),
        lambda: actions.move(old, current_user, now(), form.offered(), _token(form)),
        _("You have moved the appointment. The officer is told."),
        heading=_("Move an appointment"),
        button_text=_("Move appointment"),
        lines=wording.lines([old], old.referral),
    )


@bp.route(f"{ONE}/cancel", methods=["GET", "POST"])
@require(Permission.RESPOND, Permission.REFER)
def cancel(reference: str, appointment_id: int) -> Page:
    old = load_one(reference, appointment_id)
    form = CancelForm(offered=actions.CANCELS[current_user.side])
    return _answer(
        old.referral,
        form,
        old.version,
        old.state == "offered",
        lambda: actions.cancel(old, current_user, now(), whose=form.whose.data, words=form.words.data),
        _("You have cancelled the appointment."),
        heading=_("Cancel an appointment"),
        button_text=_("Cancel appointment"),
        lines=wording.lines([old], old.referral),
    )


@bp.route(f"{ONE}/attendance", methods=["GET", "POST"])
@require(Permission.RESPOND)
def attendance(reference: str, appointment_id: int) -> Page:
    old = load_one(reference, appointment_id)
    form = AttendanceForm(state=old.state, words=old.state_words)

    def act() -> None:
        actions.record_attendance(old, current_user, now(), state=form.state.data, words=form.words.data)

    return _answer(
        old.referral,
        form,
        old.version,
        actions.may_record(old, now()),
        act,
        _("You have recorded what happened."),
        heading=_("Record attendance"),
        button_text=_("Record attendance"),
        lines=wording.lines([old], old.referral),
    )


@bp.get(f"{ONE}.ics")
@require(Permission.SEE_REFERRALS)
def calendar_file(reference: str, appointment_id: int) -> Response:
    appointment = load_one(reference, appointment_id)
    referral = appointment.referral
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    base_url = current_app.config["SETTINGS"].base_url
    body = calendar.write(appointment, queries.list_of(referral), base_url)
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{referral.reference}.ics"'
    return response


def _answer(
    referral: Referral,
    form: VersionedForm,
    version: int,
    allowed: bool,
    act: Callable[[], Any],
    done: str,
    **page: Any,
) -> Page:
    """Show the form, or act, commit and go back to the referral. A second sending of the same form does nothing.

    Whoever comes second with another gets the conflict page with what they typed.
    """
    back = redirect(f"/referrals/{referral.reference}#appointments")
    if isinstance(form, OfferForm) and form.is_submitted() and queries.is_used(_token(form)):
        return back
    try:
        if not allowed or (form.is_submitted() and not form.is_for(version)):
            return conflict_page(referral.reference, form)
        if not form.is_submitted():
            form.version.data = version
            return _show(referral, form, **page)
        if not form.validate_on_submit():
            return _show(referral, form, **page), 422
        _warn(act())
        db.session.commit()
    except (TransitionRefused, StaleDataError):
        db.session.rollback()
        return conflict_page(referral.reference, form)
    flash(done, "success")
    return back


def _show(referral: Referral, form: VersionedForm, **page: Any) -> str:
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    release = get_release(referral)
    return render_template("appointments/form.html", form=form, referral=referral, release=release, **page)


def _warn(made: object) -> None:
    """Two at the same time may be meant: it is said, not refused."""
    if isinstance(made, Appointment):
        for other in queries.list_clashes(made):
            flash(
                _(
                    "%(worker)s has another appointment then: %(when)s, referral %(reference)s.",
                    worker=other.worker.name if other.worker else "",
                    when=date_and_time(other.at),
                    reference=other.referral.reference,
                )
            )


def _offer_form(referral: Referral, **values: Any) -> OfferForm:
    service, moment = referral.service, now()
    if service is None:  # a draft is answered by nobody
        abort(404)
    responders = list_responders(service, referral.area_id)
    return OfferForm(
        now=moment,
        workers=[(user.id, user.name) for user in responders],
        sessions=list_sessions_of({(service.id, service.agency_id)}, london_date(moment))[service.id],
        token=secrets.token_urlsafe(12),
        **values,
    )


def _values(old: Appointment) -> dict[str, Any]:
    """What a moved appointment keeps unless it is changed."""
    at = old.at.astimezone(LONDON)
    kept = {name: getattr(old, name) for name in ("minutes", "mode", "place", "words")}
    return {
        **kept,
        "day": at.date(),
        "time": at.time(),
        "worker": old.worker_id,
        "hub_session": old.hub_session_id,
    }


def _token(form: OfferForm) -> str:
    return f"{current_user.id}:{form.token.data}"
