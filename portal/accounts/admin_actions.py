"""What an administrator does with users, each with its trace. Actions never commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from portal import audit
from portal.accounts.actions import end_sessions, make_link, use_up_links
from portal.accounts.models import User, UserSession
from portal.accounts.queries import token_hash
from portal.agencies.models import Area, Service
from portal.db import db
from portal.mail import Email, post


def invite(values: Mapping[str, Any]) -> User:
    """`values`: columns of User, with `areas` and `services` (ids). Raises IntegrityError where the address is taken."""
    user = User()
    _write(user, values)
    db.session.add(user)
    db.session.flush()
    audit.record("user.created", "user", [user.id], role=user.role, agency_id=user.agency_id)
    return user


def change_user(user: User, values: Mapping[str, Any]) -> None:
    """A new role or agency ends the user's sessions. Raises IntegrityError where the address is taken."""
    before = user.role, user.agency_id
    _write(user, values)
    # Areas and services stand in tables of their own: the version must rise with them too.
    flag_modified(user, "name")
    db.session.flush()
    if (user.role, user.agency_id) != before:
        end_sessions(UserSession.user_id == user.id)
    audit.record("user.changed", "user", [user.id], role=user.role, agency_id=user.agency_id)


def _write(user: User, values: Mapping[str, Any]) -> None:
    """Unflushed, so that one change is one version."""
    with db.session.no_autoflush:
        for name, value in values.items():
            if name == "areas":
                user.areas = list(db.session.scalars(sa.select(Area).where(Area.id.in_(value))))
            elif name == "services":
                user.services = list(db.session.scalars(sa.select(Service).where(Service.id.in_(value))))
            else:
                setattr(user, name, value)


def suspend(user: User) -> None:
    """Out at once: the next request of any open session is refused, and links sent before no longer work."""
    user.suspended_at = datetime.now(UTC)
    end_sessions(UserSession.user_id == user.id)
    use_up_links(user.id)
    db.session.flush()
    audit.record("user.suspended", "user", [user.id], agency_id=user.agency_id)


def reactivate(user: User) -> None:
    user.suspended_at = None
    db.session.flush()
    audit.record("user.reactivated", "user", [user.id], agency_id=user.agency_id)


def send_link(user: User) -> str:
    """Mail a link that sets the password, and return its token; earlier links no longer work."""
    use_up_links(user.id)
    purpose = "reset" if user.password_hash else "invitation"
    token = make_link(user, purpose)
    key = f"{purpose}:{token_hash(token).hex()[:32]}"
    post(Email(key, purpose, user.email, user.id, user.language, None, {"token": token}))
    audit.record("link.sent", "user", [user.id], purpose=purpose)
    return token
