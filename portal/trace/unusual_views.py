"""Unusual reading: what the rules picked out of one’s own staff, and what came of asking about it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.register.pair_views import page_after
from portal.trace import unusual

bp = Blueprint("unusual", __name__)
HOME = "/access/unusual"


@bp.get(HOME)
@require(Permission.REVIEW_ACCESS)
def list_unusual() -> str:
    answered, after = request.args.get("show") == "answered", page_after()
    rows, more = unusual.list_unusual(answered=answered, before=after or None)
    audit.record("unusual.listed", "unusual", [row.id for row in rows])
    here = f"{HOME}?show=answered" if answered else f"{HOME}?show=waiting"
    return render_template(
        "trace/unusual.html",
        rows=rows,
        answered=answered,
        first=here if after else None,
        next=f"{here}&after={rows[-1].id}" if more else None,
    )


@bp.route(f"{HOME}/<int(max=9223372036854775807):unusual_id>", methods=["GET", "POST"])
@require(Permission.REVIEW_ACCESS)
def answer(unusual_id: int) -> Answer:
    found, line = unusual.get_unusual(unusual_id), unusual.get_line(unusual_id)
    if found is None or line is None:
        abort(404)
    form = unusual.AnswerForm(data={"answer": found.answer, "words": found.words, "version": found.version})
    may = unusual.may_answer(found, current_user.as_role)
    if request.method == "POST" and not may:
        abort(403)
    stale = form.is_submitted() and form.is_stale(found.version)
    if form.validate_on_submit() and not stale:
        unusual.answer(found, current_user.id, datetime.now(UTC), form.answer.data, form.words.data)
        db.session.commit()
        flash(_("Your answer is saved."), "success")
        return redirect(HOME)
    about = ("person", [found.person_id]) if found.person_id else ("unusual", [found.id])
    audit.record("unusual.read", *about, unusual=found.id)
    more = {"line": line, "found": found, "may_answer": may}
    return form_page(form, line.title, HOME, template="trace/unusual_one.html", conflict=stale, **more)
