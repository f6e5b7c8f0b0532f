"""The first page of each role, and the pages about the portal itself that everybody may read."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from flask import Blueprint, render_template
from flask_login import current_user

from portal import audit
from portal.access import AGENCY, IOM, Permission, Role, public, require
from portal.caseload.queries import count_unassigned
from portal.chasing.queries import list_open
from portal.chasing.wording import KINDS
from portal.clocks.clock import london_date
from portal.home.cards import (
    access_cards,
    area_cards,
    mail_cards,
    moving_cards,
    need_cards,
    register_cards,
    unusual_cards,
)
from portal.meetings.queries import list_coming
from portal.people.views import search_form
from portal.referrals import listing
from portal.referrals.lists import ListFilter, count_tabs, list_page
from portal.referrals.queries import list_drafts
from portal.staff.queries import count_to_review

bp = Blueprint("home", __name__)
LONGEST = 5
MOST_CHASES = 25
COMING = 3


@bp.get("/")
@require(Permission.SIGNED_IN)
def home() -> str:
    role = Role(current_user.role)
    if role in IOM:
        return _iom_home()
    if role in AGENCY:
        return _agency_home()
    administrator = role is Role.ADMINISTRATOR
    to_review = count_to_review(current_user)[0] if administrator else 0
    needs_now = [*access_cards(to_review), *unusual_cards(), *mail_cards()]
    return render_template("home/links.html", administrator=administrator, needs_now=needs_now)


def _iom_home() -> str:
    drafts = list_drafts(current_user.id)
    if drafts:
        audit.record("referrals.listed", "referral", [row.id for row in drafts], tab="drafts")
    tabs = cache(_tabs)
    return render_template(
        "home/iom.html",
        form=search_form(),
        drafts=drafts,
        needs_now=[*need_cards(current_user, datetime.now(UTC), tabs), *unusual_cards()],
        own=moving_cards(current_user, tabs),
        team=area_cards(tabs),
        unreferred=register_cards(current_user),
        meetings=list_coming(london_date(datetime.now(UTC)))[:COMING],
    )


def _agency_home() -> str:
    now = datetime.now(UTC)
    oldest = list_page(ListFilter("to_decide"), current_user.whose)[0][:LONGEST]
    chases = list_open(limit=MOST_CHASES)
    audit.record(
        "referrals.listed",
        "referral",
        [*(row.id for row in oldest), *(row.referral_id for row in chases)],
        tab="longest",
    )
    tabs = cache(_tabs)
    return render_template(
        "home/agency.html",
        needs_now=[*need_cards(current_user, now, tabs), *unusual_cards()],
        moving=moving_cards(current_user, tabs),
        chases=chases,
        chase_names=KINDS,
        unassigned=count_unassigned() > 0,
        lines=listing.lines(oldest, london_date(now), agency_side=True),
        meetings=list_coming(london_date(now))[:COMING],
    )


def _tabs(narrowed: ListFilter) -> dict[str, int]:
    return count_tabs(narrowed, current_user.whose)


@bp.get("/help")
@public
def help_page() -> str:
    return render_template("home/help.html")


@bp.get("/accessibility")
@public
def accessibility() -> str:
    return render_template("home/accessibility.html")


@bp.get("/privacy")
@public
def privacy() -> str:
    return render_template("home/privacy.html")
