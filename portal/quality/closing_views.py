"""Closing people: preview, confirm, whom it was, and undo."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.exc import DatabaseError
from werkzeug.datastructures import MultiDict

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer
from portal.db import db
from portal.fields import PortalForm
from portal.people import wording
from portal.people.queries import LARGEST_ID
from portal.quality import closing, queries
from portal.quality.forms import CloseForm
from portal.quality.listing import AT
from portal.quality.views import may_undo_of_anybody

bp = Blueprint("closing", __name__)
REFUSED = "ck_referral_person_closed"


def posted_ids(values: MultiDict[str, str], name: str = "person") -> list[int]:
    """The ids of people in a form or an address, each once; what is no id is nobody."""
    texts = (text for text in values.getlist(name) if text.isascii() and text.isdigit() and len(text) < 20)
    return list(dict.fromkeys(number for number in map(int, texts) if number <= LARGEST_ID))


def chosen_ids() -> list[int]:
    """Those ticked; everyone on the page, where that was pressed."""
    return posted_ids(request.values, "shown" if request.args.get("everyone") else "person")


@bp.route(f"{AT}/close", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def close() -> Answer:
    ids = chosen_ids()
    if not ids:
        flash(_("Tick the people whom you want to close."), "notice")
        return redirect(AT)
    form = CloseForm(data={"token": secrets.token_urlsafe(12)})
    rows = queries.list_to_close(ids[: closing.MOST + 1])
    if not rows:
        abort(404)
    if len(ids) <= closing.MOST and form.validate_on_submit():
        return close_and_tell([row.id for row in rows], form)
    live = closing.list_live([row.id for row in rows])
    audit.record("people.listed", "person", [row.id for row in rows], tab="closing")
    page = render_template(
        "quality/close.html",
        form=form,
        going=wording.lines(row for row in rows if row.id not in live and row.closed_at is None),
        going_ids=[row.id for row in rows if row.id not in live and row.closed_at is None],
        live=wording.lines(row for row in rows if row.id in live),
        references=references(live),
        closed=wording.lines(row for row in rows if row.closed_at is not None),
        too_many=len(ids) > closing.MOST,
        most=closing.MOST,
    )
    return page, 422 if form.is_submitted() or len(ids) > closing.MOST else 200


def references(live: set[int]) -> dict[str, list[str]]:
    """By the address of the person, references of the live referrals that the viewer may see."""
    found = queries.list_live_references(live)
    if found:
        audit.record(
            "referrals.listed", "referral", [one for each in found.values() for one in each], tab="closing"
        )
    return {f"/people/{who}": list(each.values()) for who, each in found.items()}


def close_and_tell(ids: list[int], form: CloseForm) -> Answer:
    batch = form.token.data or secrets.token_urlsafe(12)
    outcome = closing.close(
        ids,
        reason=form.reason.data,
        words=form.words.data,
        batch=batch,
        by_id=current_user.id,
        now=datetime.now(UTC),
    )
    db.session.commit()
    if number := len(outcome.closed):
        flash(ngettext("%(num)d person is closed.", "%(num)d people are closed.", number), "success")
    stay = "".join(f"&stay={person_id}" for person_id in outcome.live)
    return redirect(f"{AT}/closed?batch={batch}{stay}")


@bp.get(f"{AT}/closed")
@require(Permission.CHANGE_PEOPLE)
def show() -> str:
    """Closed within 30 days, or in one batch; and who of it stayed because of a live referral."""
    now, batch = datetime.now(UTC), request.args.get("batch") or None
    rows = queries.list_closed(now, batch)
    stay = queries.list_to_close(posted_ids(request.args, "stay")[: closing.MOST])
    audit.record("people.listed", "person", [row.id for row in (*rows, *stay)], tab="closed")
    return render_template(
        "quality/closed.html",
        rows=rows,
        batch=batch,
        may_undo={row.id for row in rows if may_undo_of_anybody() or row.by_id == current_user.id},
        reasons=closing.REASONS,
        stay=wording.lines(stay),
        references=references({row.id for row in stay}),
        days=closing.UNDONE_WITHIN.days,
    )


@bp.post(f"{AT}/closed/undo")
@require(Permission.CHANGE_PEOPLE)
def undo() -> Answer:
    """Of one person or of many, each given as batch and id."""
    if not PortalForm().validate_on_submit():
        abort(400)
    wanted: dict[str, list[int]] = {}
    for pair in request.form.getlist("closing"):
        person_id, _dot, batch = pair.partition(".")
        if ids := posted_ids(MultiDict([("person", person_id)])):
            wanted.setdefault(batch, []).extend(ids)
    now, undone = datetime.now(UTC), []
    for batch, ids in sorted(wanted.items()):
        undone += closing.undo(batch, ids, by_id=current_user.id, of_anybody=may_undo_of_anybody(), now=now)
    if not undone:
        abort(409 if wanted else 400)
    db.session.commit()
    flash(
        ngettext("%(num)d person is back as before.", "%(num)d people are back as before.", len(undone)),
        "success",
    )
    return redirect(f"/people/{undone[0]}" if len(undone) == 1 else f"{AT}/closed")


@bp.app_errorhandler(DatabaseError)
def refuse(error: DatabaseError) -> tuple[str, int]:
    """A referral was begun, or opened again, for somebody who has been closed meanwhile: nothing of it is saved."""
    about = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if about != REFUSED:
        raise error
    db.session.rollback()
    return render_template("quality/refused.html"), 409
