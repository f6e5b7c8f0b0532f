"""What changes a user: signing in and out, links, passwords. Actions never commit."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal import audit
from portal.access import Role
from portal.accounts.models import OneTimeLink, SignInFailure, User, UserSession
from portal.accounts.passwords import hash_password, matches
from portal.accounts.queries import get_user_by_email, token_hash
from portal.agencies.models import Agency, Area
from portal.db import db

INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=1)
EMAILS = ("digest", "mails_at_once")  # columns of a user: what they may switch off


def sign_in(email: str, password: str, address: str, device: str) -> tuple[User, str] | None:
    """Check the password; a new session's user and token, or None, which is counted as a failure."""
    user = get_user_by_email(email)
    if not matches(user.password_hash if user else None, password) or user is None or not user.is_active:
        db.session.add(SignInFailure(account_hash=token_hash(email.strip().lower()), address=address))
        audit.record("sign_in.failed", by=user.id if user else None)
        return None
    return user, open_session(user, device)


def open_session(user: User, device: str, method: str = "password") -> str:
    """A new session's token. `method`: what the user showed: password, passkey or the name of a provider."""
    token = secrets.token_urlsafe(32)
    opened = UserSession(token_hash=token_hash(token), user_id=user.id, device=device[:200], method=method)
    db.session.add(opened)
    audit.record("sign_in", by=user.id, method=method)
    return token


def mark_factor(token: str) -> None:
    """The user of this session has just shown a second factor, here or at a provider."""
    db.session.execute(
        sa.update(UserSession)
        .where(UserSession.token_hash == token_hash(token))
        .values(factor_at=sa.func.now())
    )


def sign_out(token: str) -> None:
    end_sessions(UserSession.token_hash == token_hash(token))


def end_sessions(which: sa.ColumnElement[bool]) -> None:
    """End every open session that fits: they are refused at their next request."""
    db.session.execute(
        sa.update(UserSession).where(which, UserSession.ended_at.is_(None)).values(ended_at=sa.func.now())
    )


def touch_session(token: str) -> None:
    db.session.execute(
        sa.update(UserSession)
        .where(UserSession.token_hash == token_hash(token))
        .values(seen_at=sa.func.now())
    )


def create_user(
    email: str,
    name: str,
    role: Role,
    *,
    agency: Agency | None = None,
    areas: list[Area] | None = None,
    language: str = "en",
) -> User:
    """Add a user; an agency's works for all its services, and for all areas unless some are named."""
    user = User(
        email=email.strip().lower(),
        name=name,
        role=role.value,
        agency_id=agency.id if agency else None,
        organisation=agency.name if agency else "",
        every_service=agency is not None,
        every_area=not areas and (agency is not None or role is Role.ANALYST),
        language=language,
        areas=areas or [],
    )
    db.session.add(user)
    db.session.flush()
    audit.record("user.created", "user", [user.id], role=role.value)
    return user


def make_link(user: User, purpose: str = "invitation") -> str:
    """A token that sets the user's password once; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    life = INVITATION_LIFE if purpose == "invitation" else RESET_LIFE
    link = OneTimeLink(
        token_hash=token_hash(token), user_id=user.id, purpose=purpose, expires_at=datetime.now(UTC) + life
    )
    db.session.add(link)
    return token


def set_password(link: OneTimeLink, password: str) -> None:
    """Use up the link; every open session of the user ends."""
    user = db.session.get_one(User, link.user_id)
    user.password_hash = hash_password(password)
    link.used_at = datetime.now(UTC)
    end_sessions(UserSession.user_id == user.id)
    audit.record("password.set", "user", [user.id], by=user.id)


def change_password(user_id: int, current: str, new: str, token: str, address: str) -> bool:
    """False, counted as a failed sign-in, where the current password is wrong; else every other session ends."""
    user = db.session.get_one(User, user_id)
    if not matches(user.password_hash, current):
        db.session.add(SignInFailure(account_hash=token_hash(user.email), address=address))
        audit.record("password.refused", "user", [user.id])
        return False
    user.password_hash = hash_password(new)
    end_other_sessions(user_id, token)
    audit.record("password.set", "user", [user.id])
    return True


def end_other_sessions(user_id: int, token: str) -> None:
    """All of the user's but the one with this token."""
    end_sessions(sa.and_(UserSession.user_id == user_id, UserSession.token_hash != token_hash(token)))


def keep_language(user_id: int, language: str) -> None:
    db.session.execute(sa.update(User).where(User.id == user_id).values(language=language))


def keep_emails(user_id: int, wanted: Collection[str]) -> None:
    """`wanted`: those of EMAILS that the user wants; the others are switched off."""
    values = {kind: kind in wanted for kind in EMAILS}
    db.session.execute(sa.update(User).where(User.id == user_id).values(values))
