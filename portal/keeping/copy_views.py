"""A person's own copy: asked for, passages decided on, taken as PDF or JSON. Who took which is logged."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, abort, flash, redirect, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.dialects.postgresql import insert

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.i18n import language
from portal.keeping import copy_files
from portal.keeping.copying import Section, passages, undecided, withheld_words
from portal.keeping.deciding import passages_form
from portal.keeping.forms import CopyForm
from portal.keeping.models import PersonCopy
from portal.keeping.views import Subject, load
from portal.limits import file_of
from portal.logs import log
from portal.paper.setting import CannotSet

bp = Blueprint("person_copy", __name__)
AT = "/people/<int(max=9223372036854775807):person_id>/copy"
COPY = f"{AT}/<int(max=9223372036854775807):copy_id>"


@bp.route(AT, methods=["GET", "POST"])
@require(Permission.ERASE_PEOPLE)
def ask(person_id: int) -> Answer:
    subject = load(person_id)
    form = CopyForm(data={"token": secrets.token_urlsafe(12), "language": language()})
    if form.validate_on_submit():
        copy_id = _begin(subject, form)
        db.session.commit()
        return redirect(f"/people/{person_id}/copy/{copy_id}")
    heading = _("Make a copy for the person")
    more: dict[str, Any] = {"person": subject.person, "button_text": _("Continue")}
    return form_page(form, heading, subject.href, template="keeping/ask.html", **more)


def _begin(subject: Subject, form: CopyForm) -> int:
    """The same form sent twice begins one copy."""
    token = f"{current_user.id}:{form.token.data}"
    values = {
        "person_id": subject.person.id, "asked_as": form.asked_as.data, "reason": form.reason.data,
        "language": form.language.data, "by_id": current_user.id, "token": token,
    }  # fmt: skip
    db.session.execute(insert(PersonCopy).values(values).on_conflict_do_nothing())
    mine = PersonCopy.token == token, PersonCopy.person_id == subject.person.id
    copy_id = db.session.scalar(sa.select(PersonCopy.id).where(*mine)) or abort(409)
    audit.record(
        "copy.begun", "person", [subject.person.id], area_id=subject.person.area_id, copy=copy_id,
        reason=form.reason.data,
    )  # fmt: skip
    return copy_id


def load_copy(person_id: int, copy_id: int) -> tuple[Subject, PersonCopy, list[Section]]:
    subject = load(person_id)
    mine = PersonCopy.id == copy_id, PersonCopy.person_id == person_id
    copy = db.session.scalar(sa.select(PersonCopy).where(*mine)) or abort(404)
    audit.record("referrals.listed", "referral", copy_files.list_referral_ids(person_id), copy=copy.id)
    return subject, copy, copy_files.gather(subject.person, copy)


@bp.route(COPY, methods=["GET", "POST"])
@require(Permission.ERASE_PEOPLE)
def show(person_id: int, copy_id: int) -> Answer:
    """Passages to be decided on; once all are, the files."""
    subject, copy, sections = load_copy(person_id, copy_id)
    marked = passages(sections)
    open_ones = undecided(sections, copy.withheld)
    changing = bool(open_ones) or "change" in request.args or request.method == "POST"
    form = passages_form(marked, copy.withheld)
    valid, shown = form.validate_on_submit(), form.version.data
    stale = form.is_stale(copy.version) and bool(shown)
    if valid and not stale:
        copy.withheld = form.decided()
        audit.record("copy.decided", "person", [person_id], area_id=subject.person.area_id, copy=copy.id)
        db.session.commit()
        flash(_("The decisions are saved."), "success")
        return redirect(f"/people/{person_id}/copy/{copy_id}")
    withheld = sum(1 for one in marked if copy.withheld.get(one.key))
    more: dict[str, Any] = {"person": subject.person, "copy": copy, "passages": marked, "conflict": stale}
    more |= {"changing": changing and marked, "withheld": withheld_words(withheld)}
    return form_page(form, _("Copy for the person"), subject.href, template="keeping/copy.html", **more)


@bp.get(f"{COPY}/copy.pdf")
@require(Permission.ERASE_PEOPLE)
@file_of("people")
def take_pdf(person_id: int, copy_id: int) -> Answer:
    return _take(person_id, copy_id, "pdf", copy_files.as_pdf)


@bp.get(f"{COPY}/copy.json")
@require(Permission.ERASE_PEOPLE)
@file_of("people")
def take_json(person_id: int, copy_id: int) -> Answer:
    return _take(person_id, copy_id, "json", copy_files.as_json)


def _take(person_id: int, copy_id: int, kind: str, make: Callable[[dict[str, Any]], bytes]) -> Answer:
    """Back to the passages where somebody has written one since: nothing goes out undecided."""
    subject, copy, sections = load_copy(person_id, copy_id)
    where = f"/people/{person_id}/copy/{copy_id}"
    if undecided(sections, copy.withheld):
        return redirect(where)
    words = copy_files.document(subject.person, copy, current_user.name)
    try:
        content = make(words)
    except CannotSet:
        log.error("pdf_failed", person_copy=copy.id)
        flash(_("The PDF could not be made. Take the JSON instead, or try again later."), "error")
        return redirect(where)
    copy.taken_at = sa.func.now()
    audit.record(
        "copy.taken", "person", [person_id], area_id=subject.person.area_id, copy=copy.id, file=kind,
        withheld=words["withheld"],
    )  # fmt: skip
    db.session.commit()
    kinds = {"pdf": "application/pdf", "json": "application/json"}
    name = f'attachment; filename="{_("copy")}-{copy.id}.{kind}"'
    return Response(content, mimetype=kinds[kind], headers={"Content-Disposition": name})
