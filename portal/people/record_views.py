"""Adding a person and changing the record: details, cohort, needs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.agencies.forms import VersionedForm
from portal.db import current_scope, db
from portal.people import actions, criteria, queries, wording
from portal.people.actions import Details
from portal.people.cohort_time import y2a_until
from portal.people.forms import CohortForm, EndCohortForm, NeedsForm
from portal.people.models import Person
from portal.people.record_form import NUMBERS, PersonForm, values_of
from portal.people.wording import today

bp = Blueprint("records", __name__)
AT = "/people/<int(max=9223372036854775807):person_id>"
FORM, RECORD = "people/form.html", "people/record.html"
NOT_TYPED = {"csrf_token", "once", "confirmed"}


def load(person_id: int) -> Person:
    """The person, locked where they are about to change; the same 404 whether missing, foreign or restricted."""
    person = queries.get_person(person_id, lock=request.method == "POST")
    if person is None:
        abort(404)
    audit.record("person.read", "person", [person.id], area_id=person.area_id)
    return person


def offer(form: PersonForm, person: Person | None = None) -> PersonForm:
    staff = queries.list_staff(current_scope().area_ids or ())
    form.offer(queries.list_own_areas(), staff, me=current_user.id, today=today(), person=person)
    return form


def change(
    form: VersionedForm, person: Person, heading: str, save: Callable[[], None], done: str, **page: Any
) -> Answer:
    """Save and go to the person's page; else the form, 409 if the record was saved since the form was shown."""
    valid = form.validate_on_submit()
    stale = form.is_stale(person.version) and form.is_submitted()
    at = f"/people/{person.id}"
    if not valid or stale:
        return form_page(form, heading, at, conflict=stale, person=person, **({"template": FORM} | page))
    save()
    db.session.commit()
    flash(done, "success")
    return redirect(at)


@bp.route("/people/add", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def add() -> Answer:
    areas = current_scope().area_ids or ()
    new = values_of(Details("", "", areas[0] if len(areas) == 1 else 0))
    form = offer(PersonForm(data={**new, "token": secrets.token_urlsafe(16), "version": "new"}))
    confirmed = request.form.get("confirmed")
    if confirmed == "change" or not form.validate_on_submit():
        page = render_template(RECORD, form=form, heading=_("Add a person"), back="/people", conflict=False)
        return page, 422 if form.errors else 200
    actions.wait_for_others()
    if form.token.data and (added := queries.get_by_form_token(form.token.data)):
        return redirect(f"/people/{added}")
    if confirmed != "yes" and (same := same_numbers_or_name(form)):
        return same_person_page(same)
    try:
        person = actions.add_person(
            form.details(),
            by_id=current_user.id,
            readers=form.named_readers,
            form_token=form.token.data or None,
        )
    except IntegrityError:  # the form has added somebody who is out of sight by now
        abort(409)
    db.session.commit()
    flash(_("The person is added."), "success")
    return redirect(f"/people/{person.id}")


def same_numbers_or_name(form: PersonForm) -> list[queries.Row]:
    entered = form.details()
    numbers = [getattr(entered, name) for name in NUMBERS]
    return queries.list_possible_duplicates(
        entered.forenames, entered.surname, entered.date_of_birth, numbers
    )


def same_person_page(rows: list[queries.Row]) -> str:
    """Asks before anyone is added; carries what was typed along."""
    audit.record("people.listed", "person", [row.id for row in rows], tab="duplicates")
    typed = [(name, text) for name, text in request.form.items(multi=True) if name not in NOT_TYPED]
    return render_template("people/same_person.html", lines=wording.lines(rows), typed=typed)


@bp.route(f"{AT}/edit", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def edit(person_id: int) -> Answer:
    person = load(person_id)
    kept = Details(**{field.name: getattr(person, field.name) for field in fields(Details)})
    shown = values_of(kept, restricted=person.restricted, readers=queries.list_reader_ids(person))
    form = offer(PersonForm(data={**shown, "version": person.version}), person)
    heading, me = _("Change details"), current_user.id
    if form.validate_on_submit():
        actions.wait_for_others()
        if form.refuse_taken(row for row in same_numbers_or_name(form) if row.id != person.id):
            return form_page(form, heading, f"/people/{person.id}", template=RECORD, person=person)

    def save() -> None:
        actions.change_person(person, form.details(), by_id=me, readers=form.named_readers)

    return change(form, person, heading, save, _("The details are saved."), template=RECORD)


@bp.route(f"{AT}/cohort", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def cohort(person_id: int) -> Answer:
    person = load(person_id)
    spell, kept = person.open_spell, criteria.get_criteria(person.area_id)
    months, me = criteria.months_of(kept), current_user.id
    shown = {"cohort": spell.cohort, "why": spell.why, "review_on": spell.review_on} if spell else {}
    form = CohortForm(person=person, today=today(), months=months, data={**shown, "version": person.version})
    page = {"template": "people/cohort.html", "said": criteria.own_words(kept), "until": y2a_until(person)}

    def save() -> None:
        actions.set_cohort(
            person,
            form.cohort.data,
            why=form.why.data,
            from_on=form.begins_on,
            review_on=form.reviewed_on,
            by_id=me,
        )

    return change(form, person, _("Cohort"), save, _("The cohort is saved."), **page)


@bp.route(f"{AT}/cohort/end", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def end_cohort(person_id: int) -> Answer:
    person = load(person_id)
    if person.open_spell is None:
        return redirect(f"/people/{person.id}/cohort")
    form, me = EndCohortForm(person=person, today=today(), data={"version": person.version}), current_user.id
    page = {"template": "people/cohort_end.html", "until": form.until}

    def save() -> None:
        actions.end_cohort(person, form.to_on.data, why=form.why.data, by_id=me)

    return change(form, person, _("End the cohort"), save, _("The cohort is ended."), **page)


@bp.route(f"{AT}/needs", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def needs(person_id: int) -> Answer:
    person = load(person_id)
    held = [need.need_code for need in person.needs]
    form = NeedsForm(person=person, today=today(), data={"needs": held, "version": person.version})

    def save() -> None:
        identified_on = form.identified_on.data or today()
        actions.set_needs(person, form.needs.data, identified_on=identified_on, today=today())

    return change(form, person, _("Needs"), save, _("The needs are saved."))
