"""Reviews of access: whose turn it is, who is in one, an answer for each user, and the end."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import ROLE_NAMES, Permission, Role, require
from portal.access import may as holds
from portal.accounts.models import User
from portal.agencies.form_page import Answer, form_page
from portal.clocks.clock import london_date
from portal.db import db
from portal.staff import actions, queries, wording
from portal.staff.forms import AnswerForm, KeepForm
from portal.staff.models import AccessAnswer
from portal.staff.queries import Member, Unit

bp = Blueprint("access_review", __name__)
MANAGERS = {Role.IOM_MANAGER.value, Role.AGENCY_MANAGER.value, Role.ADMINISTRATOR.value}


def today() -> date:
    return london_date(datetime.now(UTC))


def own_units() -> list[Unit]:
    return queries.list_units(current_user)


def load(key: str) -> Unit:
    return next((unit for unit in own_units() if unit.key == key), None) or abort(404)


def load_member(unit: Unit, user_id: int) -> Member:
    """404 for whoever is not in it, and for the viewer: nobody answers for themselves."""
    found = (one for one in queries.list_members(unit) if one.user.id == user_id != current_user.id)
    return next(found, None) or abort(404)


@bp.get("/access")
@require(Permission.REVIEW_ACCESS)
def show() -> str:
    administrator = holds(Permission.ADMINISTER)
    leavers = [] if administrator else queries.list_leavers(current_user)
    asked = queries.list_asked_changes() if administrator else []
    audit.record(
        "access.read", "user", [*(user.id for user in leavers), *(user.id for _answer, user, _by in asked)]
    )
    units = own_units()
    return render_template(
        "staff/access.html",
        units=units,
        unit_name=wording.unit_name,
        today=today(),
        leavers=leavers,
        asked=asked,
    )


@bp.route("/access/reviews/<key>", methods=["GET", "POST"])
@require(Permission.REVIEW_ACCESS)
def show_review(key: str) -> Answer:
    """The form keeps the access of those who are selected; whoever is to change has a page of their own."""
    unit = load(key)
    members = queries.list_members(unit)
    others = {one.user.id: one.user for one in members if one.user.id != current_user.id}
    form = KeepForm(user_ids=list(others))
    if not form.validate_on_submit():
        audit.record("users.listed", "user", [one.user.id for one in members], page="access")
        return _show_review(unit, members, form), 422 if form.is_submitted() else 200
    for user_id in form.users.data:
        actions.answer(unit, others[user_id], current_user, "keep")
    number = len(form.users.data)
    return _done(
        ngettext("%(num)d user keeps their access.", "%(num)d users keep their access.", number), request.path
    )


def _show_review(unit: Unit, members: list[Member], form: KeepForm) -> str:
    return render_template(
        "staff/review.html",
        unit=unit,
        name=wording.unit_name(unit),
        members=members,
        form=form,
        roles=ROLE_NAMES,
        words=wording,
        now=datetime.now(UTC),
    )


@bp.route("/access/reviews/<key>/<int(max=2147483647):member_id>", methods=["GET", "POST"])
@require(Permission.REVIEW_ACCESS)
def answer(key: str, member_id: int) -> Answer:
    unit = load(key)
    user = load_member(unit, member_id).user
    form = AnswerForm(may_suspend=may_suspend(user))
    back = f"/access/reviews/{key}"
    if form.validate_on_submit():
        actions.answer(unit, user, current_user, form.answer.data, form.words.data or "")
        if form.answer.data == "suspend":
            suspended = _("%(name)s is suspended and signed out everywhere.", name=user.name)
            return _done(suspended, f"/access/leavers/{user.id}")
        return _done(_("Your answer is saved."), back)
    audit.record("user.read", "user", [user.id])
    return form_page(form, _("Access of %(name)s", name=user.name), back, template="staff/answer.html")


def may_suspend(user: User) -> bool:
    """Managers suspend their staff, not each other: that is for an administrator."""
    return holds(Permission.ADMINISTER) or user.role not in MANAGERS


@bp.post("/access/reviews/<key>/close")
@require(Permission.REVIEW_ACCESS)
def close(key: str) -> Response:
    if not actions.close(load(key), current_user, datetime.now(UTC)):
        abort(409)
    return _done(_("The review is closed. The next one is due in 90 days."), "/access")


@bp.post("/access/changes/<int(max=2147483647):answer_id>/done")
@require(Permission.ADMINISTER)
def mark_done(answer_id: int) -> Response:
    asked = db.session.get(AccessAnswer, answer_id)
    if asked is None or asked.answer != "change":
        abort(404)
    if actions.is_answered_since(asked):
        abort(409)
    actions.mark_done(asked, db.session.get_one(User, asked.user_id), current_user)
    return _done(_("The change is marked as made."), "/access")


def _done(words: str, where: str) -> Response:
    db.session.commit()
    flash(words, "success")
    return redirect(where)
