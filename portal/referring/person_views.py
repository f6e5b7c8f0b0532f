"""The page of one person, and the first step of a referral: which need."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask_login import current_user
from markupsafe import Markup

from portal import audit
from portal.access import Permission, require
from portal.appointments.contacts import weeks_of
from portal.clocks.clock import london_date
from portal.db import db
from portal.people.models import Person
from portal.people.queries import get_person, list_reviews
from portal.referrals import listing
from portal.referrals.queries import list_of_person
from portal.referrals.states import ENDED, Status
from portal.referring import actions, queries, spells
from portal.referring.forms import NeedForm
from portal.referring.person_words import details, need_rows, open_needs
from portal.referring.timeline import timeline
from portal.referring.views import Page, now

bp = Blueprint("person_page", __name__)


def load(person_id: int) -> Person:
    """The person, or the same 404 whether they are missing, foreign or restricted."""
    person = get_person(person_id, lock=request.method == "POST")
    if person is None:
        abort(404)
    audit.record("person.read", "person", [person.id], area_id=person.area_id)
    return person


@bp.get("/people/<int(max=9223372036854775807):person_id>")
@require(Permission.SEE_PEOPLE)
def show(person_id: int) -> str:
    person = load(person_id)
    rows = list_of_person(person.id)
    audit.record("referrals.listed", "referral", [row.id for row in rows])
    live = [row for row in rows if row.status not in {Status.DRAFT, *ENDED}]
    reviews, names = list_reviews(person.id), spells.names_in(person.spells)
    return render_template(
        "referring/person.html",
        person=person,
        drafts=[row for row in rows if row.status == Status.DRAFT],
        live=_lines(live),
        past=_lines([row for row in rows if row.status in ENDED]),
        need_rows=need_rows(person),
        details=details(person),
        weeks=weeks_of(person.id, london_date(now())),
        spells=spells.spell_rows(person.spells, names),
        reviews=reviews,
        due=spells.due(person),
        timeline=timeline(queries.list_events_of_person(person.id), person.spells, reviews, names),
    )


def _lines(rows: list[Any]) -> list[Markup]:
    return listing.lines(rows, london_date(now()), agency_side=False, columns="person")


@bp.route("/people/<int(max=9223372036854775807):person_id>/refer", methods=["GET", "POST"])
@require(Permission.REFER)
def refer(person_id: int) -> Page:
    person = load(person_id)
    form = NeedForm(identified=open_needs(person))
    if form.validate_on_submit():
        draft = actions.start_draft(person, form.need.data, current_user)
        db.session.commit()
        return redirect(f"/refer/{draft.reference}/service")
    drafts = [row for row in list_of_person(person.id) if row.status == Status.DRAFT]
    audit.record("referrals.listed", "referral", [row.id for row in drafts])
    page = render_template("referring/start.html", person=person, form=form, drafts=drafts)
    return page, 422 if form.is_submitted() else 200
