"""Lists of referrals, and the page of one: what everybody on either side may read."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
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

bp = Blueprint("referrals", __name__)
CARRIED = {"csrf_token", "version", "token"}  # fields that a page carries along; nobody types them


def load(reference: str) -> Referral:
    """The referral, or the same 404 whether it is missing, foreign or restricted."""
    referral = queries.get_visible(reference)
    if referral is None:
        abort(404)
    return referral


@bp.get("/referrals")
@require(Permission.SEE_REFERRALS)
def list_referrals() -> str:
    agency_side = current_user.side == "agency"
    narrowed = listing.read_filter(request.args, agency_side=agency_side)
    rows, more = queries.list_page(narrowed, current_user.id)
    counts = queries.count_tabs(narrowed, current_user.id)
    audit.record("referrals.listed", "referral", [row.id for row in rows], tab=narrowed.tab)
    return render_template(
        "referrals/list.html",
        rows=listing.lean_rows(rows, london_date(datetime.now(UTC)), working_days(), agency_side=agency_side),
        tabs=listing.tabs(narrowed, counts, agency_side=agency_side),
        filter_panel=listing.filter_panel(narrowed, agency_side=agency_side),
        next_href=listing.next_href(narrowed, rows) if more else None,
        first_href=listing.href(narrowed) if narrowed.after else None,
        agency_side=agency_side,
        narrowed=narrowed,
    )


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


def conflict_page(reference: str, form: Any) -> tuple[str, int]:
    """Somebody else was faster: what the referral’s state is now, who changed it, and what was typed here."""
    referral = load(reference)
    last = queries.list_events(referral)[-1:]
    typed = [(str(field.label.text), field.in_words()) for field in form if field.name not in CARRIED]
    status, colour = wording.status_tag(referral.status, referral.decision)
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    page = render_template(
        "referrals/conflict.html",
        referral=referral,
        status=status,
        status_colour=colour,
        last=wording.happenings(last)[0] if last else None,
        typed=[(label, words) for label, words in typed if words],
        heading=_("This referral has changed since you opened it"),
    )
    return page, 409
