"""The page of one referral, which both sides follow."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, Role, require
from portal.agencies.calendar import working_days
from portal.clocks.clock import london_date
from portal.db import db
from portal.i18n import language, long_date
from portal.referrals import actions, listing, queries, wording
from portal.referrals.forms import MessageForm
from portal.referrals.models import Referral
from portal.referrals.sharing import read_release
from portal.referrals.states import Status, allowed
from portal.referrals.views import load

bp = Blueprint("following", __name__)


@bp.get("/referrals/<reference>")
@require(Permission.SEE_REFERRALS)
def show(reference: str) -> str | Response:
    referral = load(reference)
    if referral.status == Status.DRAFT:
        return redirect(f"/refer/{referral.reference}")
    audit.record(
        "referral.read", "referral", [referral.id], area_id=referral.area_id, agency_id=referral.agency_id
    )
    return render_page(referral, MessageForm(token=secrets.token_urlsafe(12)))


def render_page(referral: Referral, message_form: MessageForm) -> str:
    agency, sent_at = referral.agency, referral.sent_at
    if agency is None or sent_at is None:  # drafts have their own pages
        abort(404)
    release = queries.get_release(referral)
    status, colour = wording.status_tag(referral.status, referral.decision)
    worker = referral.worker.name if referral.worker else None
    undecided = referral.withdrawn_at and not referral.decided_at
    clock = None if undecided else _clock(sent_at, referral.decided_at)
    return render_template(
        "referrals/show.html",
        referral=referral,
        agency=agency,
        service=referral.service,
        release=release,
        sections=read_release(release.content) if release else None,
        status=status,
        sent_on=long_date(sent_at),
        status_colour=colour,
        standing=wording.standing(
            referral, agency.name_in(language()), worker, agency_side=current_user.side == "agency"
        ),
        clock=clock,
        actions=listing.page_actions(referral, allowed(Status(referral.status), Role(current_user.role))),
        timeline=wording.happenings(queries.list_events(referral)),
        messages=queries.list_messages(referral),
        form=message_form,
    )


def _clock(sent_at: datetime, decided_at: datetime | None) -> str:
    stop = london_date(decided_at or datetime.now(UTC))
    return wording.clock_words(
        working_days().between(london_date(sent_at), stop), answered=decided_at is not None
    )


@bp.post("/referrals/<reference>/messages")
@require(Permission.REFER, Permission.RESPOND)
def write_message(reference: str) -> tuple[str, int] | Response:
    referral = load(reference)
    if referral.status == Status.DRAFT:
        abort(404)
    form = MessageForm()
    if not form.validate_on_submit():
        return render_page(referral, form), 422
    token = f"{current_user.id}:{form.token.data or secrets.token_urlsafe(12)}"
    actions.write_message(referral, current_user, datetime.now(UTC), form.words.data, token)
    db.session.commit()
    return redirect(f"/referrals/{referral.reference}#messages")
