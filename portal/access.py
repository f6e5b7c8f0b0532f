"""Who may do what: roles, permissions and the one table that joins them, to be read aloud."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote

from flask import abort, current_app, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.i18n import _l


class Role(StrEnum):
    IOM_OFFICER = "iom_officer"
    IOM_MANAGER = "iom_manager"
    AGENCY_WORKER = "agency_worker"
    AGENCY_MANAGER = "agency_manager"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"

    @property
    def side(self) -> str:
        """Which side of a referral this role stands on: iom, agency, or neither (system)."""
        return "iom" if self in IOM else "agency" if self in AGENCY else "system"


IOM = {Role.IOM_OFFICER, Role.IOM_MANAGER}
AGENCY = {Role.AGENCY_WORKER, Role.AGENCY_MANAGER}

ROLE_NAMES = {
    Role.IOM_OFFICER: _l("IOM officer"),
    Role.IOM_MANAGER: _l("IOM manager"),
    Role.AGENCY_WORKER: _l("Agency worker"),
    Role.AGENCY_MANAGER: _l("Agency manager"),
    Role.ANALYST: _l("Analyst"),
    Role.ADMINISTRATOR: _l("Administrator"),
}


class Permission(StrEnum):
    SIGNED_IN = "signed_in"
    SEE_PEOPLE = "see_people"
    CHANGE_PEOPLE = "change_people"
    IMPORT_PEOPLE = "import_people"
    SEE_NEEDS = "see_needs"
    ERASE_PEOPLE = "erase_people"
    REFER = "refer"
    SEE_REFERRALS = "see_referrals"
    RESPOND = "respond"
    CHASE = "chase"
    ASSIGN_WORK = "assign_work"
    PROPOSE_AGREEMENTS = "propose_agreements"
    SIGN_AGREEMENTS = "sign_agreements"
    SEE_MEETINGS = "see_meetings"
    PREPARE_MEETINGS = "prepare_meetings"
    SEE_SERVICES = "see_services"
    CHANGE_OWN_SERVICES = "change_own_services"
    SEE_TURNAROUND = "see_turnaround"
    OPEN_FIGURES = "open_figures"
    IMPORT_HISTORY = "import_history"
    SEE_READERS = "see_readers"
    SEE_READ_ELSEWHERE = "see_read_elsewhere"
    REVIEW_ACCESS = "review_access"
    ADMINISTER = "administer"


P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.IOM_OFFICER: frozenset(
        {
            P.SIGNED_IN,
            P.SEE_PEOPLE,
            P.CHANGE_PEOPLE,
            P.SEE_NEEDS,
            P.REFER,
            P.CHASE,
            P.SEE_REFERRALS,
            P.SEE_SERVICES,
            P.SEE_TURNAROUND,
            P.OPEN_FIGURES,
            P.SEE_MEETINGS,
        }
    ),
    Role.IOM_MANAGER: frozenset(
        {
            P.SIGNED_IN,
            P.SEE_PEOPLE,
            P.CHANGE_PEOPLE,
            P.IMPORT_PEOPLE,
            P.SEE_NEEDS,
            P.ERASE_PEOPLE,
            P.REFER,
            P.CHASE,
            P.SEE_REFERRALS,
            P.SEE_SERVICES,
            P.SEE_TURNAROUND,
            P.OPEN_FIGURES,
            P.SEE_MEETINGS,
            P.PREPARE_MEETINGS,
            P.PROPOSE_AGREEMENTS,
            P.IMPORT_HISTORY,
            P.SEE_READERS,
            P.SEE_READ_ELSEWHERE,
            P.REVIEW_ACCESS,
        }
    ),
    Role.AGENCY_WORKER: frozenset({P.SIGNED_IN, P.SEE_REFERRALS, P.RESPOND, P.SEE_SERVICES, P.SEE_MEETINGS}),
    Role.AGENCY_MANAGER: frozenset(
        {
            P.SIGNED_IN,
            P.SEE_REFERRALS,
            P.RESPOND,
            P.ASSIGN_WORK,
            P.SEE_SERVICES,
            P.CHANGE_OWN_SERVICES,
            P.SIGN_AGREEMENTS,
            P.SEE_TURNAROUND,
            P.OPEN_FIGURES,
            P.SEE_MEETINGS,
            P.SEE_READERS,
            P.REVIEW_ACCESS,
        }
    ),
    Role.ANALYST: frozenset({P.SIGNED_IN, P.SEE_SERVICES, P.SEE_TURNAROUND, P.SEE_NEEDS}),
    Role.ADMINISTRATOR: frozenset({P.SIGNED_IN, P.SEE_SERVICES, P.ADMINISTER, P.REVIEW_ACCESS}),
    Role.SYSTEM: frozenset(),
}

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
# Where a session goes that still lacks something (`SignedIn.step`).
STEP_PAGES = {"show": "/sign-in/second-step", "set-up": "/account/set-up"}


def may(permission: Permission) -> bool:
    """Does the current user's role hold this permission, and is their session whole?"""
    user = current_user._get_current_object()
    return user.is_authenticated and not user.step and permission in GRANTS[Role(user.role)]


def require(permission: Permission, *more: Permission) -> Callable[[View], View]:
    """Stamp a view with the permissions it needs: any one of them is enough."""

    def stamp(view: View) -> View:
        view.__dict__["portal_permissions"] = {permission, *more}
        return view

    return stamp


def public(view: View) -> View:
    """Stamp a view as open to whoever is not signed in."""
    view.__dict__["portal_permissions"] = PUBLIC
    return view


def before_whole(*steps: str) -> Callable[[View], View]:
    """Stamp a view as open to sessions, too, that still lack one of these steps."""

    def stamp(view: View) -> View:
        view.__dict__["portal_steps"] = steps
        return view

    return stamp


def check_access() -> Response | None:
    """`before_request`: deny by default. A view without a stamp is refused to everybody."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    view = current_app.view_functions[request.endpoint]
    needed = view.__dict__.get("portal_permissions")
    if needed == PUBLIC:
        return None
    if not current_user.is_authenticated:
        next_page = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect("/sign-in" if next_page == "/" else f"/sign-in?next={quote(next_page)}")
    if current_user.step:
        return _check_step(current_user.step, view.__dict__.get("portal_steps", ()))
    if not needed or not any(map(may, needed)):
        abort(403)
    return None


def _check_step(step: str, reached_in: tuple[str, ...]) -> Response | None:
    if step in reached_in:
        return None
    asked = request.full_path.rstrip("?") if request.method == "GET" and step == "show" else "/"
    return redirect(STEP_PAGES[step] + (f"?next={quote(asked)}" if asked != "/" else ""))
