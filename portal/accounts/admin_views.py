"""Users: list, invite, change, suspend, and the links by which they set a password."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import audit
from portal.access import AGENCY, ROLE_NAMES, Permission, Role, require
from portal.accounts import admin_actions as actions
from portal.accounts import admin_queries as queries
from portal.accounts.admin_forms import RoleForm, UserFilterForm, UserSearchForm, user_form, user_values
from portal.accounts.admin_queries import UserFilter
from portal.accounts.factors import get_ways
from portal.accounts.models import User
from portal.accounts.wording import STATE_COLOURS, STATES
from portal.agencies.form_page import Answer, form_page
from portal.agencies.listing import page_number
from portal.agencies.models import Agency
from portal.agencies.queries import get_agency, today
from portal.db import db
from portal.i18n import language
from portal.once import shown_once

bp = Blueprint("user_admin", __name__, url_prefix="/admin/users")
ID = "<int(max=2147483647):user_id>"
OFFERED = tuple(role.value for role in ROLE_NAMES)


@bp.route("", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def list_users() -> Answer:
    """By filters in the address; a search is a POST, because names do not belong in addresses."""
    filters, search = UserFilterForm(request.args), UserSearchForm()
    page, wanted = page_number(request.args.get("page", "")), UserFilter()
    if search.validate_on_submit():
        wanted = UserFilter(text=search.text.data or "")
    elif filters.validate():
        wanted = UserFilter(filters.role.data, filters.agency.data, filters.state.data)
    rows, total = queries.list_users(wanted, page)
    audit.record("users.listed", "user", [row.id for row in rows])
    shown = render_template(
        "admin/users.html",
        form=search,
        filters=filters,
        rows=rows,
        total=total,
        pages=_pages(filters, page, total) if not wanted.text else {},
        searched=bool(wanted.text),
        roles=ROLE_NAMES,
        states=STATES,
        colours=STATE_COLOURS,
    )
    return shown, 422 if search.errors or filters.errors else 200


@bp.get(f"/{ID}")
@require(Permission.ADMINISTER)
def show_user(user_id: int) -> str:
    user = load(user_id)
    audit.record("user.read", "user", [user.id])
    return render_template(
        "admin/user.html",
        user=user,
        role=ROLE_NAMES[user.as_role],
        state=queries.state_of(user),
        ways=get_ways(user.id),
        states=STATES,
        colours=STATE_COLOURS,
        agency=user.agency.name_in(language()) if user.agency else None,
        areas=sorted(area.name(language()) for area in user.areas),
        services=sorted(service.name_in(language()) for service in user.services),
        own=user.id == current_user.id,
    )


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def choose_role() -> Answer:
    form = RoleForm()
    form.offer_agencies(None)
    if form.validate_on_submit():
        return redirect(f"/admin/users/new/{form.role.data}{_agency_query(form)}")
    return form_page(form, _("Invite a user"), "/admin/users", button_text=_("Continue"))


@bp.route("/new/<role>", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def invite(role: str) -> Answer:
    chosen, agency = _role_and_agency(role, request.args.get("agency"))
    form = user_form(chosen, agency, None)
    if form.validate_on_submit():
        try:
            with db.session.begin_nested():
                user = actions.invite(user_values(form, chosen, agency))
        except IntegrityError:
            form.email.errors = [_("There is a user with this email address already")]
        else:
            return _link_page(user)
    heading = _("Invite: %(role)s", role=ROLE_NAMES[chosen])
    return form_page(
        form,
        heading,
        "/admin/users/new",
        button_text=_("Send invitation"),
        template="admin/user_form.html",
        agency=agency,
    )


@bp.route(f"/{ID}/role", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def change_role(user_id: int) -> Answer:
    user = load_other(user_id)
    form = RoleForm(data={"role": user.role, "agency": user.agency_id})
    form.offer_agencies(user.agency_id)
    if form.validate_on_submit():
        agency = _agency_query(form).replace("?", "&")
        return redirect(f"/admin/users/{user_id}/edit?role={form.role.data}{agency}")
    heading = _("Change the role of %(name)s", name=user.name)
    return form_page(form, heading, f"/admin/users/{user_id}", button_text=_("Continue"))


@bp.route(f"/{ID}/edit", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def edit(user_id: int) -> Answer:
    user = load(user_id)
    role, agency = user.as_role, user.agency
    if "role" in request.args and user.id != current_user.id:
        role, agency = _role_and_agency(request.args["role"], request.args.get("agency"))
    form = user_form(role, agency, user)
    back, conflict = f"/admin/users/{user_id}", False
    if form.validate_on_submit() and not (conflict := form.is_stale(user.version)):
        try:
            with db.session.begin_nested():
                actions.change_user(user, user_values(form, role, agency))
        except IntegrityError:
            form.email.errors = [_("There is a user with this email address already")]
        else:
            return _done(_("The user is saved."), back)
    heading = _("Edit %(name)s: %(role)s", name=user.name, role=ROLE_NAMES[role])
    return form_page(form, heading, back, conflict=conflict, template="admin/user_form.html", agency=agency)


@bp.post(f"/{ID}/reactivate")
@require(Permission.ADMINISTER)
def reactivate(user_id: int) -> Response:
    user = load(user_id)
    if not user.is_active:
        actions.reactivate(user)
    return _done(_("%(name)s can sign in again.", name=user.name), f"/admin/users/{user_id}")


@bp.post(f"/{ID}/link")
@require(Permission.ADMINISTER)
def send_link(user_id: int) -> Answer:
    user = load(user_id)
    if not user.is_active:
        abort(409)
    return _link_page(user)


def load(user_id: int) -> User:
    """A POST locks the user: whoever comes second sees the first one's work."""
    return queries.get_user(user_id, lock=request.method == "POST") or abort(404)


def load_other(user_id: int) -> User:
    """Nobody suspends themselves or changes their own role: there would be nobody to undo it."""
    if user_id == current_user.id:
        abort(403)
    return load(user_id)


def _role_and_agency(role: str, agency_id: str | None) -> tuple[Role, Agency | None]:
    """As the address names them; 404 unless they go together."""
    if role not in OFFERED:
        abort(404)
    if Role(role) not in AGENCY:
        return Role(role), None
    agency = get_agency(int(agency_id or 0)) if re.fullmatch("[0-9]{1,9}", agency_id or "") else None
    return Role(role), agency if agency and agency.is_open(today()) else abort(404)


def _agency_query(form: RoleForm) -> str:
    return f"?agency={form.agency.data}" if form.role.data in AGENCY else ""


def _link_page(user: User) -> str:
    """The link itself is shown only where no mail server would bring it."""
    token = actions.send_link(user)
    db.session.commit()
    shown_once(f"/admin/users/{user.id}")
    settings = current_app.config["SETTINGS"]
    mailed = bool(current_app.config.get("MAIL_SERVER"))
    link = None if mailed else f"{settings.base_url}/set-password/{token}"
    return render_template("admin/link.html", user=user, link=link)


def _pages(filters: UserFilterForm, page: int, total: int) -> dict[str, Any]:
    chosen = {name: filters[name].data for name in ("role", "agency", "state") if filters[name].data}

    def address(number: int) -> str:
        return f"/admin/users?{urlencode(chosen | {'page': number})}"

    return {
        "previous_href": address(page - 1) if page > 1 else None,
        "next_href": address(page + 1) if page * queries.PAGE_SIZE < total else None,
    }


def _done(words: str, where: str) -> Response:
    db.session.commit()
    flash(words, "success")
    return redirect(where)
