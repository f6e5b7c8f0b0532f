"""Reviews that fall due, the review of one person, and what was said at one that was held."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, Role, require
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.people import criteria
from portal.people.queries import list_reviews
from portal.people.record_views import AT, load
from portal.people.wording import today
from portal.reviews import actions, listing, looking, queries, wording
from portal.reviews.forms import ReviewForm

bp = Blueprint("person_reviews", __name__)
FORM = "reviews/form.html"


@bp.get("/register/reviews")
@require(Permission.CHANGE_PEOPLE)
def list_due() -> str:
    """Officers come to their own people first, managers to everybody in their areas."""
    day = today()
    narrowed = listing.read_filter(request.args, mine=Role(current_user.role) is Role.IOM_OFFICER)
    rows, more = queries.list_due(narrowed, current_user.whose, day)
    audit.record("reviews.listed", "person", [row.id for row in rows], tab=narrowed.tab, mine=narrowed.mine)
    return render_template(
        "reviews/list.html",
        lines=listing.lines(rows, day),
        narrowed=narrowed,
        tabs=listing.tabs(narrowed, queries.count_tabs(narrowed, current_user.whose, day)),
        other=listing.href(narrowed._replace(mine=not narrowed.mine, after=None)),
        pages=listing.page_hrefs(narrowed, rows, more=more),
    )


def count_all_due() -> int:
    """What the first page of the register counts: due or overdue, in all of the reader's areas."""
    return queries.count_due(queries.DueFilter(), [], today())


@bp.route(f"{AT}/review", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def review(person_id: int) -> Answer:
    person, day = load(person_id), today()
    if person.open_spell is None:
        return redirect(f"/people/{person.id}/cohort")
    kept, live = criteria.get_criteria(person.area_id), looking.list_live(person, day)
    audit.record("referrals.listed", "referral", [one.id for _code, one in live])
    form = ReviewForm(person=person, today=day, months=criteria.months_of(kept), version=person.version)
    valid = form.validate_on_submit()
    stale = form.is_stale(person.version) and form.is_submitted()
    if not valid or stale:
        page = {"said": criteria.own_words(kept), "last": list_reviews(person.id)[:1], "person": person}
        page |= {"looks": looking.need_looks(person, live), "contacts": looking.contacts(person, live)}
        return form_page(form, _("Review"), f"/people/{person.id}", template=FORM, conflict=stale, **page)
    return save(person_id, form, live, day)


def save(person_id: int, form: ReviewForm, live: list[tuple[str, looking.Live]], day: date) -> Answer:
    references: dict[str, list[str]] = {}
    for code, one in live:
        references.setdefault(code, []).append(one.reference)
    held = actions.hold(
        form.person,
        form.answers(references),
        held_on=form.held_on.data,
        next_on=None if form.ends else form.next_on.data,
        today=day,
        by_id=current_user.id,
    )
    db.session.commit()
    flash(_("The review is saved."), "success")
    return redirect(f"/people/{person_id}/reviews/{held.id}")


@bp.get(f"{AT}/reviews/<int(max=9223372036854775807):review_id>")
@require(Permission.SEE_PEOPLE)
def show(person_id: int, review_id: int) -> str:
    person = load(person_id)
    held = queries.get_review(person.id, review_id) or abort(404)
    return render_template(
        "reviews/show.html",
        person=person,
        review=held,
        answers=wording.answers(held),
        changed=wording.not_right(held.answers),
    )
