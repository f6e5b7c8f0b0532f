"""Records to put right: the list, what is set aside of it, and after how many days a record is stale."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, Role, may, require
from portal.agencies.form_page import Answer, form_page
from portal.agencies.lookup import list_areas
from portal.agencies.models import Area
from portal.db import current_scope, db
from portal.people.queries import get_person
from portal.people.wording import today
from portal.quality import actions, listing, queries
from portal.quality.asking import ask, findings_of
from portal.quality.findings import BY_CODE
from portal.quality.forms import AsideForm, StalenessForm

bp = Blueprint("quality", __name__)
AT = listing.AT
PERSON = "<int(max=9223372036854775807):person_id>"


@bp.get(AT)
@require(Permission.CHANGE_PEOPLE)
def show() -> str:
    role = Role(current_user.role)
    asked = listing.chosen(request.args, role)
    work = ask(asked, today())
    audit.record(
        "quality.listed", "person", [each.id for each in work.people], finding=asked.finding or asked.group
    )
    return render_template(
        "quality/list.html",
        asked=asked,
        work=work,
        lines=listing.lines(work.people),
        tabs=listing.tabs(asked, work),
        choices=listing.choices(asked, work),
        officer=role is Role.IOM_OFFICER,
        whole=listing.href(asked, mine=""),
        mine=listing.href(asked, mine="1"),
        first=listing.href(asked) if asked.after is not None else None,
        next=listing.href(asked, after=work.people[-1].id) if work.more else None,
    )


@bp.route(f"{AT}/aside/{PERSON}/<finding>", methods=["GET", "POST"])
@require(Permission.CHANGE_PEOPLE)
def aside(person_id: int, finding: str) -> Answer:
    person = get_person(person_id, lock=request.method == "POST")
    if person is None or finding not in BY_CODE:
        abort(404)
    audit.record("person.read", "person", [person.id], area_id=person.area_id)
    about = BY_CODE[finding]
    seen = findings_of(person.id, today()).get(finding)
    if seen is None:
        flash(_("This is put right, or set aside, already."), "notice")
        return redirect(AT)
    form = AsideForm(today=today())
    if not form.validate_on_submit():
        return form_page(
            form, _("Not a fault"), AT, template="quality/aside.html", person=person, finding=about
        )
    actions.set_aside(person, finding, seen, form.reason.data, form.until_on.data, current_user.id)
    db.session.commit()
    flash(_("It is left alone until then."), "success")
    return redirect(AT)


@bp.get(f"{AT}/aside")
@require(Permission.CHANGE_PEOPLE)
def list_aside() -> str:
    rows = queries.list_aside(today())
    audit.record("quality.listed", "person", [row.id for row in rows], finding="aside")
    return render_template("quality/aside_list.html", rows=rows, findings=BY_CODE)


@bp.post(f"{AT}/aside/{PERSON}/<finding>/end")
@require(Permission.CHANGE_PEOPLE)
def end_aside(person_id: int, finding: str) -> Answer:
    kept = queries.get_aside(person_id, finding)
    if kept is None:
        abort(404)
    actions.end_aside(kept)
    db.session.commit()
    flash(_("It is on the list again, if it is still so."), "success")
    return redirect(f"{AT}/aside")


@bp.route(f"{AT}/settings", methods=["GET", "POST"])
@require(Permission.IMPORT_PEOPLE)
def settings() -> Answer:
    areas = own_forces()
    form = StalenessForm(areas=areas)
    if form.validate_on_submit():
        actions.set_staleness(form.area.data, form.days.data)
        db.session.commit()
        flash(_("The days are saved."), "success")
        return redirect(f"{AT}/settings")
    kept = queries.list_staleness(areas)
    audit.record("quality.settings_read")
    heading = _("When a record is stale")
    return form_page(form, heading, AT, template="quality/settings.html", areas=areas, days=kept)


def own_forces() -> list[Area]:
    """Police force areas of the scope, by name."""
    areas = current_scope().area_ids
    return [area for area in list_areas("police_force") if areas is None or area.id in areas]


def may_undo_of_anybody() -> bool:
    return may(Permission.IMPORT_PEOPLE)
