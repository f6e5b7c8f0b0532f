"""Who works on a referral, and where it stands on the waiting list: one form each, and the next one at a press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, may, require
from portal.accounts.absences import list_away
from portal.accounts.models import User
from portal.caseload import actions, wording
from portal.caseload.forms import NOBODY, AssignForm, WaitingForm
from portal.clocks.clock import london_date
from portal.db import db
from portal.fields import Option
from portal.referrals.emails import list_responders
from portal.referrals.forms import VersionedForm
from portal.referrals.models import Referral
from portal.referrals.queries import get_release
from portal.referrals.states import OPEN, S, Status, TransitionRefused
from portal.referrals.views import conflict_page, load

bp = Blueprint("giving", __name__)
bp.add_app_template_global(wording.work_actions)
Page = str | tuple[str, int] | Response


def now() -> datetime:
    return datetime.now(UTC)


@bp.route("/referrals/<reference>/assign", methods=["GET", "POST"])
@require(Permission.RESPOND)
def assign(reference: str) -> Page:
    referral = load(reference)
    if referral.service is None:  # a draft is nobody's work
        abort(404)
    if may(Permission.ASSIGN_WORK):
        return _assign_to_any(referral)
    if referral.worker_id not in (None, current_user.id):
        abort(403)
    return _take_or_hand_back(referral)


def _assign_to_any(referral: Referral) -> Page:
    workers = _workers(referral)
    form = AssignForm(workers=_options(workers), worker=referral.worker_id or NOBODY)
    chosen = {worker.id: worker for worker in workers}
    return _act(
        referral,
        form,
        OPEN,
        lambda: actions.assign(referral, current_user, now(), chosen.get(form.worker.data)),
        _("The referral is assigned."),
        heading=_("Assign this referral"),
        button_text=_("Assign"),
    )


def _workers(referral: Referral) -> list[User]:
    responders = list_responders(referral.service, referral.area_id) if referral.service else []
    return sorted(responders, key=lambda user: user.name)


def _options(workers: list[User]) -> list[Option]:
    away = list_away(current_user.agency_id, london_date(now()))
    return [Option(user.id, user.name, wording.away_until(away.get(user.id))) for user in workers]


def _take_or_hand_back(referral: Referral) -> Page:
    taking = referral.worker_id is None
    worker = db.session.get_one(User, current_user.id) if taking else None
    heading = _("Take this referral") if taking else _("Hand this referral back")
    return _act(
        referral,
        VersionedForm(),
        OPEN,
        lambda: actions.assign(referral, current_user, now(), worker),
        _("You work on this referral now.") if taking else _("Nobody works on this referral now."),
        heading=heading,
        button_text=_("Take") if taking else _("Hand back"),
    )


@bp.post("/caseload/take-next")
@require(Permission.RESPOND)
def take_next() -> Page:
    taken = actions.take_next(db.session.get_one(User, current_user.id), now())
    if taken is None:
        flash(_("Somebody works on every referral."), "notice")
        return redirect("/referrals")
    db.session.commit()
    flash(_("You work on this referral now."), "success")
    return redirect(f"/referrals/{taken.reference}")


@bp.route("/referrals/<reference>/waiting-list", methods=["GET", "POST"])
@require(Permission.RESPOND)
def waiting_list(reference: str) -> Page:
    referral = load(reference)
    form = WaitingForm(
        today=london_date(now()), position=referral.waiting_position, expected_on=referral.expected_on
    )
    return _act(
        referral,
        form,
        frozenset({S.ACCEPTED}),
        lambda: actions.place(referral, current_user, now(), form.position.data, form.expected_on.data),
        _("The waiting list is changed. IOM sees the position and the date."),
        heading=_("Place on the waiting list"),
        button_text=_("Save"),
    )


def _act(
    referral: Referral,
    form: VersionedForm,
    states: frozenset[Status],
    act: Callable[[], Any],
    done: str,
    **page: Any,
) -> Page:
    """Show the form; or act on the version that it was shown for. Whoever is second gets the conflict page."""
    if Status(referral.status) not in states or (form.is_submitted() and not form.is_for(referral.version)):
        return conflict_page(referral.reference, form)
    if not form.is_submitted():
        form.version.data = referral.version
        return _show(referral, form, **page)
    if not form.validate_on_submit():
        return _show(referral, form, **page), 422
    try:
        act()
        db.session.commit()
    except (TransitionRefused, StaleDataError):
        db.session.rollback()
        return conflict_page(referral.reference, form)
    flash(done, "success")
    return redirect(f"/referrals/{referral.reference}")


def _show(referral: Referral, form: VersionedForm, **page: Any) -> str:
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    release = get_release(referral)
    return render_template("referrals/answer.html", form=form, referral=referral, release=release, **page)
