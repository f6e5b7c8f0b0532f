"""Where each fact of a person comes from, and which of two stands."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer
from portal.db import db
from portal.people.models import Person
from portal.people.queries import get_person
from portal.people.wording import today
from portal.register import comparison, deciding, queries
from portal.register.forms import DecideForm
from portal.register.pair_views import ID, page_after
from portal.register.wording import FIELD_NAMES, Reading, names_of_fields, numbers_named, source_name

bp = Blueprint("sources", __name__)
bp.add_app_template_global(names_of_fields, "names_of_fields")
bp.add_app_template_global(source_name, "source_name")


def load(person_id: int) -> Person:
    """The person, or the same 404 whether they are missing, foreign or restricted."""
    person = get_person(person_id, lock=request.method == "POST")
    if person is None:
        abort(404)
    audit.record("person.read", "person", [person.id], area_id=person.area_id)
    return person


@bp.get("/register/differences")
@require(Permission.CHANGE_PEOPLE)
def list_differences() -> str:
    rows, more = queries.list_differences(page_after())
    audit.record("people.listed", "person", [row.id for row in rows], tab="differences")
    count = queries.count_differences()
    return render_template("register/differences.html", rows=rows, more=more, count=count, after=page_after())


@bp.get(f"/people/<{ID}:person_id>/sources")
@require(Permission.SEE_PEOPLE)
def show(person_id: int) -> str:
    person = load(person_id)
    records = queries.list_records([person.id])
    lines = comparison.said_of(person, records)
    return render_template("register/sources.html", person=person, records=records, lines=lines)


@bp.route(f"/people/<{ID}:person_id>/sources/<field>", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def decide(person_id: int, field: str) -> Answer:
    person = load(person_id)
    records, edits = queries.list_records([person.id]), queries.list_edits(person.id)
    said = (
        dict(comparison.choices(field, records, edits)) if field in FIELD_NAMES and field != "needs" else {}
    )
    if not said:
        abort(404)
    form = DecideForm(person=person, said=said, data={"version": person.version})
    form.offer(field, _options(field, said, records))
    valid = form.validate_on_submit()
    conflict = form.is_stale(person.version) and form.is_submitted()
    if valid and not conflict:
        deciding.decide(person, field, said[form.choice.data], by_id=current_user.id, today=today())
        db.session.commit()
        flash(_("Your decision is saved."), "success")
        return redirect(f"/people/{person.id}/sources")
    page = render_template(
        "register/decide.html",
        form=form,
        person=person,
        name=FIELD_NAMES[field],
        field=field,
        conflict=conflict,
    )
    return page, 409 if conflict else 422 if form.is_submitted() else 200


def _options(field: str, said: dict[str, Any], records: list[Any]) -> list[tuple[str, str, str]]:
    """(key, value in words, who says so) of everything that is said."""
    reading = Reading(*queries.names_of(*numbers_named([{field: value} for value in said.values()])))
    by_key = {f"{record.source}-{record.id}": source_name(record.source, record.ref) for record in records}
    return [
        (key, reading.text(field, value) or _("None"), by_key.get(key, _("Typed here")))
        for key, value in said.items()
    ]
