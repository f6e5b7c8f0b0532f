"""The first page of each role, and the pages about the portal itself that everybody may read."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask_login import current_user

from portal import audit
from portal.access import AGENCY, IOM, Permission, Role, public, require
from portal.clocks.clock import london_date
from portal.home.cards import agency_cards, iom_cards
from portal.people.views import search_form
from portal.referrals import listing
from portal.referrals.lists import ListFilter, list_page
from portal.referrals.queries import list_drafts

bp = Blueprint("home", __name__)
LONGEST = 5


@bp.get("/")
@require(Permission.SIGNED_IN)
def home() -> str:
    role = Role(current_user.role)
    if role in IOM:
        return _iom_home(role)
    if role in AGENCY:
        return _agency_home()
    return render_template("home/links.html", administrator=role is Role.ADMINISTRATOR)


def _iom_home(role: Role) -> str:
    drafts = list_drafts(current_user.id)
    own, team = iom_cards(current_user.id, role)
    if drafts:
        audit.record("referrals.listed", "referral", [row.id for row in drafts], tab="drafts")
    return render_template("home/iom.html", form=search_form(), drafts=drafts, own=own, team=team)


def _agency_home() -> str:
    oldest = list_page(ListFilter("to_decide"), [current_user.id])[0][:LONGEST]
    if oldest:
        audit.record("referrals.listed", "referral", [row.id for row in oldest], tab="longest")
    lines = listing.lines(oldest, london_date(datetime.now(UTC)), agency_side=True)
    return render_template("home/agency.html", cards=agency_cards(current_user.id), lines=lines)


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
