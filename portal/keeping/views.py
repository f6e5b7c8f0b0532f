"""Review before erasure: who is due, what is held on each, and the decision of a manager."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.agencies.listing import page_number
from portal.db import db
from portal.i18n import long_date
from portal.keeping import actions, due, queries, wording
from portal.keeping.forms import EraseForm, KeepForm
from portal.keeping.periods import PEOPLE, days_of
from portal.people.models import Person
from portal.people.queries import get_person
from portal.people.wording import today

bp = Blueprint("keeping", __name__)
AT = "/register/keeping/<int(max=9223372036854775807):person_id>"


@dataclass(frozen=True)
class Subject:
    """A person whose record may be decided on, and how it stands."""

    person: Person
    standing: due.Standing

    @property
    def href(self) -> str:
        return f"/register/keeping/{self.person.id}"


def load(person_id: int) -> Subject:
    """Locked where something is decided; the same 404 whether missing, foreign, restricted, joined or erased."""
    person = get_person(person_id, lock=request.method == "POST")
    standing = due.get_standing(person_id, today(), days_of(PEOPLE.code)) if person else None
    if person is None or standing is None:
        abort(404)
    audit.record("person.read", "person", [person.id], area_id=person.area_id, page="keeping")
    return Subject(person, standing)


def count_waiting() -> int:
    return due.count_due(today(), days_of(PEOPLE.code))


@bp.get("/register/keeping")
@require(Permission.ERASE_PEOPLE)
def list_due() -> str:
    day, days, page = today(), days_of(PEOPLE.code), page_number(request.args.get("page", ""))
    rows, more = due.list_due(day, days, page)
    pending = due.list_pending(day, days) if page == 1 else []
    audit.record("people.listed", "person", [one.person_id for one in (*rows, *pending)], tab="keeping")
    return render_template(
        "keeping/list.html",
        rows=rows,
        pending=pending,
        today=day,
        kept_for=wording.days_in_words(days),
        previous_href=f"/register/keeping?page={page - 1}" if page > 1 else None,
        next_href=f"/register/keeping?page={page + 1}" if more else None,
    )


@bp.get(AT)
@require(Permission.ERASE_PEOPLE)
def show(person_id: int) -> str:
    subject = load(person_id)
    readers = queries.list_readers(person_id)
    return render_template(
        "keeping/person.html",
        person=subject.person,
        standing=subject.standing,
        at=subject.href,
        why=wording.why_due(subject.standing, today()),
        held=wording.held_rows(queries.count_held(person_id)),
        last_read=queries.last_read(readers),
        decisions=queries.list_decisions(person_id),
        actions=wording.ACTIONS,
        reason=wording.reason,
        token=secrets.token_urlsafe(12),
    )


@bp.route(f"{AT}/keep", methods=["GET", "POST"])
@require(Permission.ERASE_PEOPLE)
def keep(person_id: int) -> Answer:
    subject = load(person_id)
    form = KeepForm(today(), data={"token": secrets.token_urlsafe(12)})
    if form.validate_on_submit():
        chosen = {"reason": form.reason.data, "words": form.words.data, "token": form.token.data}
        actions.keep(subject.person, form.until.data, by_id=current_user.id, **chosen)
        return _done(
            _("The record is kept until %(date)s.", date=long_date(form.until.data)), "/register/keeping"
        )
    return _form(form, subject, _("Keep the record"), _("Keep"))


@bp.route(f"{AT}/erase", methods=["GET", "POST"])
@require(Permission.ERASE_PEOPLE)
def erase(person_id: int) -> Answer:
    subject = load(person_id)
    if not subject.standing.may_erase or subject.standing.action == "erase":
        return redirect(subject.href)
    form = EraseForm(due=subject.standing.is_due(today()), data={"token": secrets.token_urlsafe(12)})
    if form.validate_on_submit():
        chosen = {"reason": form.reason.data, "words": form.words.data, "token": form.token.data}
        day = actions.erase(subject.person, today(), by_id=current_user.id, **chosen)
        said = _("The record will be erased on %(date)s. Until then it can be stopped.", date=long_date(day))
        if day <= today():
            said = _("The record will be erased within the hour.")
        return _done(said, subject.href)
    return _form(
        form, subject, _("Erase the record"), _("Erase"), variant="warning", template="keeping/erase.html"
    )


@bp.post(f"{AT}/stop")
@require(Permission.ERASE_PEOPLE)
def stop(person_id: int) -> Response:
    subject = load(person_id)
    if subject.standing.action == "erase":
        token = request.form.get("token", "")[:40].encode(errors="replace").decode().replace("\0", "")
        actions.stop(subject.person, by_id=current_user.id, token=token or secrets.token_urlsafe(12))
    return _done(_("The erasure is stopped. Decide again what becomes of the record."), subject.href)


def _form(
    form: KeepForm | EraseForm,
    subject: Subject,
    heading: str,
    text: str,
    *,
    variant: str | None = None,
    template: str = "people/form.html",
) -> Answer:
    more: dict[str, Any] = {
        "person": subject.person,
        "button_text": text,
        "button_variant": variant,
        "template": template,
    }
    return form_page(form, heading, subject.href, **more)


def _done(words: str, where: str) -> Response:
    db.session.commit()
    flash(words, "success")
    return redirect(where)
