"""Whoever leaves: suspended by an administrator, and their open work given to a colleague by them or by a manager."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, Role, require
from portal.accounts import admin_actions
from portal.accounts.admin_views import load_other
from portal.accounts.models import User
from portal.clocks.clock import london_date
from portal.db import beyond_scope, db
from portal.staff import queries, wording
from portal.staff.forms import GiveForm
from portal.staff.giving import give_work
from portal.staff.work import Work, count_work, list_colleagues

bp = Blueprint("leaving", __name__)
ID = "<int(max=2147483647):user_id>"
Page = str | tuple[str, int] | Response


@bp.route(f"/admin/users/{ID}/suspend", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def suspend(user_id: int) -> Page:
    user = load_other(user_id)
    form = GiveForm(colleagues=list_colleagues(user))
    if not form.is_submitted():
        return _show("staff/suspend.html", user, form)
    if not form.validate_on_submit():
        return _show("staff/suspend.html", user, form), 422
    if user.is_active:
        admin_actions.suspend(user)
    words = _("%(name)s is suspended and signed out everywhere.", name=user.name)
    _give(user, form, words)
    return redirect(f"/admin/users/{user_id}")


@bp.route("/access/leavers/<int(max=2147483647):leaver_id>", methods=["GET", "POST"])
@require(Permission.REVIEW_ACCESS)
def give(leaver_id: int) -> Page:
    user = queries.get_staff(current_user, leaver_id) or abort(404)
    form = GiveForm(colleagues=list_colleagues(user), required=True)
    if not form.is_submitted():
        return _show("staff/give.html", user, form)
    if not form.validate_on_submit():
        return _show("staff/give.html", user, form), 422
    _give(user, form)
    return redirect("/access")


def _give(user: User, form: GiveForm, words: str = "") -> None:
    """In the transaction of the suspension, if there is one."""
    if form.to.data:
        to = db.session.get_one(User, form.to.data)
        done = give_work(user, to, current_user, datetime.now(UTC))
        words = f"{words} {wording.given(done, to.name)}".strip()
    db.session.commit()
    flash(words, "success")


def _show(template: str, user: User, form: GiveForm) -> str:
    work = _work_of(user)
    audit.record("user.work_read", "user", [user.id], agency_id=user.agency_id)
    return render_template(template, user=user, form=form, work=wording.work_lines(work))


def _work_of(user: User) -> Work:
    """Administrators see no cases, and so only here how many there are; managers count those they may see."""
    everybody = Role(current_user.role) is Role.ADMINISTRATOR
    with beyond_scope() if everybody else nullcontext():
        return count_work(user.id, london_date(datetime.now(UTC)))
