"""Finding people, and lists of them. The page of one person is `referring.person_views`: it shows referrals too."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.people import queries, wording
from portal.people.forms import SearchForm
from portal.people.listing import after_person, chosen_tab, page_hrefs, tabs

bp = Blueprint("people", __name__)
bp.add_app_template_global(wording.identity, "identity_of")


def search_form() -> SearchForm:
    return SearchForm(areas=queries.list_own_areas(), today=wording.today())


@bp.get("/people")
@require(Permission.SEE_PEOPLE)
def list_people() -> str:
    tab, more = chosen_tab(request.args), False
    if tab == "area":
        rows, more = queries.list_area_people(after_person(request.args))
    else:
        rows = queries.list_recent() if tab == "recent" else queries.list_my_people(current_user.id)
    audit.record("people.listed", "person", [row.id for row in rows], tab=tab)
    return render_template(
        "people/list.html",
        form=search_form(),
        lines=wording.lines(rows),
        tab=tab,
        tabs=tabs(tab),
        pages=page_hrefs(request.args, rows, more=more),
    )


@bp.post("/people")
@require(Permission.SEE_PEOPLE)
def search() -> tuple[str, int]:
    """Answers the POST itself: what was searched for stands in no address. The words are kept apart from the log."""
    form = search_form()
    if not form.validate_on_submit():
        return render_template("people/list.html", form=form, lines=[], tabs=tabs(None)), 422
    found = queries.search(form.wanted, form.area.data)
    audit.record_search(form.terms.data, found.ids, kinds=form.wanted.kinds)
    page = render_template(
        "people/found.html",
        form=form,
        spelt=wording.lines(found.spelt),
        alike=wording.lines(found.alike),
        more=found.more,
        most=queries.MOST_FOUND,
    )
    return page, 200
