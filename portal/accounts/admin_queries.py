"""Users as an administrator sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.access import Role
from portal.accounts.factor_models import Passkey
from portal.accounts.factors import get_ways
from portal.accounts.models import User
from portal.accounts.oidc_models import UserIdentity
from portal.accounts.oidc_queries import list_identities
from portal.agencies.models import Agency
from portal.db import db

PAGE_SIZE = 50
HAS_COME = sa.or_(
    User.password_hash.is_not(None),
    sa.exists().where(Passkey.user_id == User.id),
    sa.exists().where(UserIdentity.user_id == User.id),
)
STATES: dict[str, sa.ColumnElement[bool]] = {
    "active": sa.and_(User.suspended_at.is_(None), HAS_COME),
    "invited": sa.and_(User.suspended_at.is_(None), sa.not_(HAS_COME)),
    "suspended": User.suspended_at.is_not(None),
}


@dataclass(frozen=True)
class UserFilter:
    """`text`: part of a name or an email address."""

    role: str | None = None
    agency_id: int | None = None
    state: str | None = None
    text: str = ""


@dataclass(frozen=True)
class UserRow:
    id: int
    name: str
    email: str
    role: str
    organisation: str
    state: str


def list_users(wanted: UserFilter, page: int = 1) -> tuple[list[UserRow], int]:
    """One page by name, and how many there are in all."""
    conditions: list[sa.ColumnElement[bool]] = [User.role != Role.SYSTEM.value]
    if wanted.role:
        conditions.append(User.role == wanted.role)
    if wanted.agency_id:
        conditions.append(User.agency_id == wanted.agency_id)
    if wanted.state:
        conditions.append(STATES[wanted.state])
    for word in wanted.text.split():
        found = sa.func.lower(User.name).contains(word.lower(), autoescape=True)
        conditions.append(sa.or_(found, User.email.contains(word.lower(), autoescape=True)))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(User).where(*conditions)) or 0
    query = _rows().where(*conditions).order_by(sa.func.lower(User.name), User.id)
    rows = db.session.execute(query.limit(PAGE_SIZE).offset(PAGE_SIZE * (page - 1))).mappings()
    return [UserRow(**row) for row in rows], total


def _rows() -> sa.Select[Any]:
    state = sa.case(*((condition, name) for name, condition in STATES.items()))
    organisation = sa.func.coalesce(Agency.name, User.organisation)
    return sa.select(
        User.id, User.name, User.email, User.role, organisation.label("organisation"), state.label("state")
    ).outerjoin(Agency, Agency.id == User.agency_id)


def get_user(user_id: int, *, lock: bool = False) -> User | None:
    """With agency, areas and services; locked where it is to be changed. Never a *system* user."""
    related = joinedload(User.agency), selectinload(User.areas), selectinload(User.services)
    query = sa.select(User).where(User.id == user_id, User.role != Role.SYSTEM.value).options(*related)
    return db.session.scalar(query.with_for_update(of=User) if lock else query)


def state_of(user: User) -> str:
    if user.suspended_at is not None:
        return "suspended"
    come = user.password_hash is not None or get_ways(user.id).passkeys or list_identities(user.id)
    return "active" if come else "invited"
