"""Pages for whoever knows: are these two records one person's? And what has been joined, to be undone."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.agencies.form_page import Answer
from portal.db import db
from portal.people.wording import today
from portal.register import comparison, deciding, queries, wording
from portal.register.matching import BOTH_REFERRED, list_clashes
from portal.register.models import PersonPair

bp = Blueprint("pairs", __name__)
ID = "int(max=9223372036854775807)"
bp.add_app_template_global(wording.speaks, "speaks")


def page_after() -> int:
    """The last line of the page before; what cannot be read leads to the first page."""
    text = request.args.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


@bp.get("/register/pairs")
@require(Permission.CHANGE_PEOPLE)
def list_pairs() -> str:
    after = page_after()
    rows, more = queries.list_questions(after)
    audit.record(
        "people.listed", "person", [n for row in rows for n in (row.one_id, row.other_id)], tab="pairs"
    )
    count = queries.count_questions()
    return render_template("register/pairs.html", rows=rows, more=more, after=after, count=count)


@bp.route(f"/register/pairs/<{ID}:pair_id>", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def ask(pair_id: int) -> Answer:
    pair = queries.get_question(pair_id)
    if pair is None:
        abort(404)
    audit.record("person.read", "person", [pair.one_leads, pair.other_leads])
    given = request.form.get("answer")
    if given == "later":
        return redirect(_next(pair_id))
    if given not in ("same", "different"):
        return question_page(pair, 422 if request.method == "POST" else 200)
    try:
        deciding.answer(pair_id, same=given == "same", by_id=current_user.id, today=today())
    except deciding.BothReferred:
        return question_page(pair, 409)
    except deciding.Settled:
        return redirect("/register/pairs")
    db.session.commit()
    flash(_("They are one person now.") if given == "same" else _("They stay two people."), "success")
    return redirect(_next(pair_id))


def _next(pair_id: int) -> str:
    """The next question, or the list, which says that there is none."""
    following = queries.next_question(pair_id)
    return f"/register/pairs/{following}" if following else "/register/pairs"


def question_page(pair: PersonPair, status: int) -> Answer:
    """422 where nothing was chosen, 409 where each of the two has a live referral that stands in the way."""
    one, other = comparison.sides(pair)
    clash = status == 409 or (
        BOTH_REFERRED in pair.grounds and bool(list_clashes([one.person_id, other.person_id]))
    )
    page = render_template(
        "register/pair.html",
        pair=pair,
        one=one,
        other=other,
        lines=comparison.compared(one, other),
        unanswered=status == 422,
        clash=clash,
    )
    return page, status


@bp.get("/register/joined")
@require(Permission.CHANGE_PEOPLE)
def list_joined() -> str:
    rows, more = queries.list_joined(page_after() or None)
    audit.record("people.listed", "person", [row.person_id for row in rows], tab="joined")
    records = queries.list_records([row.person_id for row in rows])
    titles: dict[int, list[str]] = {}
    for record in records:
        titles.setdefault(record.person_id, []).append(wording.source_name(record.source, record.ref))
    return render_template("register/joined.html", rows=rows, more=more, titles=titles, after=page_after())


@bp.post(f"/register/joined/<{ID}:row_id>/undo")
@require(Permission.CHANGE_PEOPLE)
def undo(row_id: int) -> Answer:
    person_id = queries.is_joined(row_id)
    if person_id is None:
        abort(404)
    if request.form.get("person", str(person_id)) != str(
        person_id
    ):  # parted since, and joined with somebody else
        abort(409)
    deciding.part(row_id, by_id=current_user.id, today=today())
    db.session.commit()
    flash(_("The two records are two people again."), "success")
    return redirect(f"/people/{person_id}/sources")
