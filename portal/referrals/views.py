"""Lists of referrals, and what every page of one begins with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.clocks.clock import london_date
from portal.drawn import draw_page
from portal.people.reading import expect_reason
from portal.referrals import listing, lists, queries, wording
from portal.referrals.filter_fields import filter_fields
from portal.referrals.models import Referral
from portal.referrals.timeline import happenings

bp = Blueprint("referrals", __name__)
CARRIED = {"csrf_token", "version", "token"}  # fields that a page carries along; nobody types them


def load(reference: str) -> Referral:
    """The referral, or the same 404 whether it is missing, foreign or restricted. ReasonNeeded as for its person."""
    referral = queries.get_visible(reference)
    if referral is None:
        abort(404)
    if referral.restricted:
        expect_reason(referral.person_id)
    return referral


@bp.get("/referrals")
@require(Permission.SEE_REFERRALS)
def list_referrals() -> bytes:
    user = current_user._get_current_object()
    agency_side = user.side == "agency"
    narrowed = listing.read_filter(request.args.to_dict(), agency_side=agency_side)
    today = london_date(datetime.now(UTC))
    rows, more = lists.list_page(narrowed, user.whose)
    counts = lists.count_tabs(narrowed, user.whose)
    audit.record("referrals.listed", "referral", [row.id for row in rows], tab=narrowed.tab)
    return draw_page(
        "referrals/list.html",
        tabs=listing.tabs(narrowed, counts, agency_side=agency_side),
        filter_panel=listing.filter_panel(narrowed, agency_side=agency_side),
        table=listing.table(rows, today, narrowed, more=more, agency_side=agency_side),
        agency_side=agency_side,
    )


@bp.get("/referrals/filter")
@require(Permission.SEE_REFERRALS)
def more_filters() -> str:
    """Every filter on a page of its own: its lists of names are read only when someone wants them."""
    agency_side = current_user.side == "agency"
    narrowed = listing.read_filter(request.args, agency_side=agency_side)
    fields = filter_fields(narrowed, current_user, agency_side=agency_side)
    return render_template("referrals/filter.html", fields=fields, narrowed=narrowed)


def conflict_page(reference: str, form: Any) -> tuple[str, int]:
    """Somebody else was faster: what the referral’s state is now, who changed it, and what was typed here."""
    referral = load(reference)
    last = queries.list_events(referral)[-1:]
    typed = [(str(field.label.text), field.in_words()) for field in form if field.name not in CARRIED]
    status, colour = wording.status_tag(referral.status, referral.decision)
    audit.record("referral.read", "referral", [referral.id], area_id=referral.area_id)
    page = render_template(
        "referrals/conflict.html",
        form=form,
        referral=referral,
        status=status,
        status_colour=colour,
        last=happenings(last)[0] if last else None,
        typed=[(label, words) for label, words in typed if words],
        heading=_("This referral has changed since you opened it"),
    )
    return page, 409
