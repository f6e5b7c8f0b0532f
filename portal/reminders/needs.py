"""What needs a user now, counted in the scope of the session: exactly what the list behind each count shows."""

from __future__ import annotations

from datetime import datetime

from portal.access import Role
from portal.accounts.models import User
from portal.referrals.queries import ListFilter, count_tabs

NAMES = ("declined", "to_review", "new", "to_decide")


def count_needs(user: User, now: datetime) -> dict[str, int]:
    """A count for each of NAMES, 0 where it is none of the user's business. A list of 100 or more counts as 100."""
    role = Role(user.role)
    counts = _of_iom(user.id, role) if role.side == "iom" else _of_agency(user.id)
    return dict.fromkeys(NAMES, 0) | counts


def _of_iom(user_id: int, role: Role) -> dict[str, int]:
    mine = count_tabs(ListFilter("open", mine=True), user_id)
    if role is not Role.IOM_MANAGER:
        return {"declined": mine["declined"]}
    every = count_tabs(ListFilter("open"), user_id)
    return {"to_review": every["declined"]}


def _of_agency(user_id: int) -> dict[str, int]:
    every = count_tabs(ListFilter("open"), user_id)
    return {"new": every["new"], "to_decide": every["to_decide"]}
