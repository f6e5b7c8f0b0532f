"""The pages by which an agency and IOM answer each other, and IOM takes a referral back: one form each."""

from __future__ import annotations

from collections.abc import Callable, Collection
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
from portal.referrals.forms import (
    AcceptForm,
    AnswerForm,
    AskForm,
    CloseForm,
    DeclineForm,
    StartForm,
    VersionedForm,
    WithdrawForm,
)
from portal.referrals.models import Referral
from portal.referrals.states import Status, TransitionRefused, before, may_ever, move
from portal.referrals.timeline import happenings
from portal.referrals.views import conflict_page, load

bp = Blueprint("answers", __name__)
Page = str | tuple[str, int] | Response


def now() -> datetime:
    return datetime.now(UTC)


def answer(
    reference: str,
    form: VersionedForm,
    action: str,
    act: Callable[[Referral], Any],
    done: str,
    **page: Any,
) -> Page:
    """Show the form; or act on the version that it was shown for, commit and go back to the referral.

    Whoever comes second, with an old version or in the same instant, gets the conflict page with what they typed.
    `page` holds the template's values: heading, button_text, lead (paragraphs above the form), quoted (kinds of events
    whose last one is shown), warning (the button is red), other (text and address of another way).
    """
    referral = load(reference)
    if not may_ever(action, Role(current_user.role)):
        abort(403)
    try:
        move(action, Status(referral.status), Role(current_user.role), _before(action, referral))
        if not form.is_submitted():
            form.version.data = referral.version
            return show(referral, form, **page)
        if not form.is_for(referral.version):
            return conflict_page(reference, form)
        if not form.validate_on_submit():
            return show(referral, form, **page), 422
        act(referral)
        db.session.commit()
    except (TransitionRefused, StaleDataError):
        db.session.rollback()
        return conflict_page(reference, form)
    flash(done, "success")
    return redirect(f"/referrals/{reference}")


def show(referral: Referral, form: VersionedForm, quoted: Collection[str] = (), **page: Any) -> str:
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    release = queries.get_release(referral)
    last = {event.kind: event for event in queries.list_events(referral) if event.kind in quoted}
    said = happenings(sorted(last.values(), key=lambda event: event.id, reverse=True))
    return render_template(
        "referrals/answer.html", form=form, referral=referral, release=release, said=said, **page
    )


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


@bp.route("/referrals/<reference>/ask", methods=["GET", "POST"])
@require(Permission.RESPOND)
def ask(reference: str) -> Page:
    form = AskForm()
    button = _("Ask for information")

    def act(referral: Referral) -> Any:
        return actions.ask(referral, current_user, now(), words=form.words.data)

    done = _("You have asked for information. The officer is told.")
    return answer(reference, form, "ask", act, done, heading=button, button_text=button)


@bp.route("/referrals/<reference>/answer", methods=["GET", "POST"])
@require(Permission.REFER)
def send_answer(reference: str) -> Page:
    form = AnswerForm()

    def act(referral: Referral) -> Any:
        return actions.send_answer(referral, current_user, now(), words=form.words.data)

    done = _("You have answered the question. The agency is told.")
    page = {"heading": _("Answer the question"), "button_text": _("Send answer"), "quoted": ("asked",)}
    return answer(reference, form, "answer", act, done, **page)


@bp.route("/referrals/<reference>/accept-as-priority", methods=["GET", "POST"])
@require(Permission.RESPOND)
def accept_as_priority(reference: str) -> Page:
    return _accept(reference, priority=True)


@bp.route("/referrals/<reference>/accept-as-standard", methods=["GET", "POST"])
@require(Permission.RESPOND)
def accept_as_standard(reference: str) -> Page:
    return _accept(reference, priority=False)


def _accept(reference: str, *, priority: bool) -> Page:
    form = accept_form(load(reference))
    button = _("Accept as priority") if priority else _("Accept as standard")

    def act(referral: Referral) -> Any:
        return actions.accept(referral, current_user, now(), priority=priority, **form.terms())

    done = _("You have accepted this referral.")
    return answer(reference, form, "accept", act, done, heading=button, button_text=button)


def accept_form(referral: Referral) -> AcceptForm:
    if referral.service is None:  # a draft is answered by nobody
        abort(404)
    responders = emails.list_responders(referral.service, referral.area_id)
    workers = [(user.id, user.name) for user in responders]
    me = current_user.id if current_user.id in dict(workers) else None
    return AcceptForm(today=london_date(now()), workers=workers, worker=referral.worker_id or me)


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
