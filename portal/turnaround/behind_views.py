"""Every figure opens its referrals, for those who may see them. Who opened which is written into the access log."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, render_template, request
from flask_login import current_user

from portal.access import Permission, require
from portal.i18n import LONDON
from portal.referrals.listing import read_cursor
from portal.turnaround import behind_page, sections, trend_page
from portal.turnaround.asking import Question, find_agency, read_question, record
from portal.turnaround.filters import MONTHS

bp = Blueprint("behind", __name__)


@bp.get("/turnaround/referrals")
@require(Permission.OPEN_FIGURES)
def show_referrals() -> str | tuple[str, int]:
    number, chosen = request.args.get("agency"), behind_page.read_chosen(request.args)
    if chosen is None:
        abort(404)
    agency = find_agency(number) if number else None
    question = read_question(agency, action=None, back=trend_page.MONTHS if chosen.month else MONTHS)
    if question.asked is None:
        return _refused(question)
    asked = behind_page.narrowed(question.asked, chosen)
    after = read_cursor(request.args.get("after"))
    page = behind_page.build(asked, chosen, datetime.now(LONDON).date(), after)
    codes = {name: value for name, value in vars(chosen).items() if value is not None}
    record("turnaround.opened", asked, codes, page.ids)
    return render_template(
        "turnaround/behind.html",
        page=page,
        question=question,
        agency=agency,
        agency_side=current_user.side == "agency",
        back_href=behind_page.back_href(chosen, request.args),
    )


def _refused(question: Question) -> tuple[str, int]:
    """A filter that cannot be read is put right where it is chosen."""
    tabs = sections.tabs("")
    page = render_template("turnaround/agencies.html", question=question, form=question.form, tabs=tabs)
    return page, 422
