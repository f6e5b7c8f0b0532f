"""The pages by which an agency answers a referral, and IOM takes it back: one form each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, Role, require
from portal.clocks.clock import london_date
from portal.db import db
from portal.i18n import LONDON
from portal.referrals import actions, emails, queries
from portal.referrals.forms import AcceptForm, CloseForm, DeclineForm, StartForm, VersionedForm, WithdrawForm
from portal.referrals.models import Referral
from portal.referrals.states import Status, TransitionRefused, before, move
from portal.referrals.views import conflict_page, load

bp = Blueprint("answers", __name__)
Page = str | tuple[str, int] | Response


def now() -> datetime:
    return datetime.now(UTC)


def answer(
    reference: str, form: VersionedForm, action: str, act: Callable[[Referral], Any], done: str, **page: Any
) -> Page:
    """Show the form; or act on the version that it was shown for, commit and go back to the referral.

    Whoever comes second, with an old version or in the same instant, gets the conflict page with what they typed.
    """
    referral = load(reference)
    try:
        move(action, Status(referral.status), Role(current_user.role), _before(action, referral))
        if not form.is_submitted():
            form.version.data = referral.version
            return _show(referral, form, **page)
        if not form.is_for(referral.version):
            return conflict_page(reference, form)
        if not form.validate_on_submit():
            return _show(referral, form, **page), 422
        act(referral)
        db.session.commit()
    except (TransitionRefused, StaleDataError):
        db.session.rollback()
        return conflict_page(reference, form)
    flash(done, "success")
    return redirect(f"/referrals/{reference}")


def _show(referral: Referral, form: VersionedForm, **page: Any) -> str:
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    release = queries.get_release(referral)
    return render_template("referrals/answer.html", form=form, referral=referral, release=release, **page)


def _before(action: str, referral: Referral) -> Status | None:
    return before(action, referral.paused_from, referral.ended_from)


@bp.post("/referrals/<reference>/acknowledge")
@require(Permission.RESPOND)
def acknowledge(reference: str) -> Page:
    return answer(
        reference,
        VersionedForm(),
        "acknowledge",
        lambda referral: actions.acknowledge(referral, current_user, now()),
        _("You have acknowledged this referral."),
    )


@bp.route("/referrals/<reference>/accept-as-priority", methods=["GET", "POST"])
@require(Permission.RESPOND)
def accept_as_priority(reference: str) -> Page:
    return _accept(reference, priority=True)


@bp.route("/referrals/<reference>/accept-as-standard", methods=["GET", "POST"])
@require(Permission.RESPOND)
def accept_as_standard(reference: str) -> Page:
    return _accept(reference, priority=False)


def _accept(reference: str, *, priority: bool) -> Page:
    referral = load(reference)
    if referral.service is None:  # a draft is answered by nobody
        abort(404)
    responders = emails.list_responders(referral.service, referral.area_id)
    workers = [(user.id, user.name) for user in responders]
    me = current_user.id if current_user.id in dict(workers) else None
    form = AcceptForm(today=london_date(now()), workers=workers, worker=referral.worker_id or me)
    button = _("Accept as priority") if priority else _("Accept as standard")

    def act(referral: Referral) -> Any:
        return actions.accept(
            referral,
            current_user,
            now(),
            priority=priority,
            worker_id=int(form.worker.data),
            expected_on=form.expected_on.data,
            words=form.words.data,
        )

    return answer(
        reference,
        form,
        "accept",
        act,
        _("You have accepted this referral."),
        heading=button,
        button_text=button,
    )


@bp.route("/referrals/<reference>/decline", methods=["GET", "POST"])
@require(Permission.RESPOND)
def decline(reference: str) -> Page:
    form = DeclineForm()

    def act(referral: Referral) -> Any:
        return actions.decline(
            referral,
            current_user,
            now(),
            reason=form.reason.data,
            words=form.words.data,
            elsewhere=form.elsewhere.data,
        )

    done = _("You have declined this referral.")
    return answer(
        reference, form, "decline", act, done, heading=_("Decline this referral"), button_text=_("Decline")
    )


@bp.route("/referrals/<reference>/start", methods=["GET", "POST"])
@require(Permission.RESPOND)
def start(reference: str) -> Page:
    referral = load(reference)
    today = london_date(now())
    accepted = referral.accepted_at or now()
    form = StartForm(earliest=london_date(accepted), today=today, started_on=today)

    def act(referral: Referral) -> Any:
        return actions.start(referral, current_user, moment_on(form.started_on.data, accepted))

    done = _("You have recorded that the service has started.")
    return answer(
        reference, form, "start", act, done, heading=_("Start service"), button_text=_("Start service")
    )


def moment_on(day: date, not_before: datetime) -> datetime:
    """A moment on that day: now if it is today, else noon; never before what must have come first."""
    moment = now() if day == london_date(now()) else datetime.combine(day, time(12), LONDON)
    return max(moment, not_before)


@bp.route("/referrals/<reference>/close", methods=["GET", "POST"])
@require(Permission.RESPOND)
def close(reference: str) -> Page:
    form = CloseForm()

    def act(referral: Referral) -> Any:
        return actions.close(
            referral,
            current_user,
            now(),
            outcome=form.outcome.data,
            reason=form.reason.data,
            words=form.words.data,
        )

    done = _("You have closed this referral.")
    return answer(
        reference, form, "close", act, done, heading=_("Close this referral"), button_text=_("Close referral")
    )


@bp.route("/referrals/<reference>/withdraw", methods=["GET", "POST"])
@require(Permission.REFER)
def withdraw(reference: str) -> Page:
    form = WithdrawForm()

    def act(referral: Referral) -> Any:
        return actions.withdraw(referral, current_user, now(), reason=form.reason.data, words=form.words.data)

    done = _("You have withdrawn this referral. The agency is told.")
    return answer(
        reference, form, "withdraw", act, done, heading=_("Withdraw this referral"), button_text=_("Withdraw")
    )


@bp.post("/referrals/<reference>/agree-decline")
@require(Permission.REFER)
def agree_decline(reference: str) -> Page:
    return answer(
        reference,
        VersionedForm(),
        "agree_decline",
        lambda referral: actions.agree_decline(referral, current_user, now()),
        _("You have agreed with the decline. The referral is closed."),
    )
