"""What changes a user: signing in and out, links, passwords. Actions never commit."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import has_request_context, request

from portal import audit
from portal.access import Role
from portal.accounts.models import OneTimeLink, User, UserSession
from portal.accounts.passwords import hash_password, matches
from portal.accounts.queries import get_user_by_email, token_hash
from portal.agencies.models import Agency, Area
from portal.db import db

INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=1)
MOST_WRONG = 5  # codes of a second factor that a session may try before it ends
EMAILS = ("digest", "mails_at_once")  # columns of a user: what they may switch off


def sign_in(email: str, password: str, device: str) -> tuple[User, str] | None:
    """Check the password; a new session's user and token, or None."""
    user = get_user_by_email(email)
    if not matches(user.password_hash if user else None, password) or user is None or not user.is_active:
        audit.record("sign_in.failed", by=user.id if user else None)
        return None
    return user, open_session(user, device)


def open_session(user: User, device: str, method: str = "password", factor: str = "") -> str:
    """A new session's token. `method`: what the user showed: password, passkey or the name of a provider; `factor`:
    the second factor shown with it: totp, recovery, passkey. Without one the session reaches the second step alone.
    """
    token = secrets.token_urlsafe(32)
    opened = UserSession(
        token_hash=token_hash(token),
        user_id=user.id,
        device=device[:200],
        address=(request.remote_addr or "") if has_request_context() else "",
        method=method,
        factor=factor,
        factor_at=sa.func.now() if factor else None,
    )
    db.session.add(opened)
    audit.record("sign_in", by=user.id, method=method, factor=factor)
    return token


def mark_factor(token: str, factor: str = "provider") -> None:
    """Whoever opened the session has shown a second factor elsewhere."""
    db.session.execute(
        sa.update(UserSession)
        .where(UserSession.token_hash == token_hash(token))
        .values(factor_at=sa.func.now(), factor=factor)
    )


def renew_session(user: User, token: str, factor: str) -> str:
    """The token of a new session in place of this one, because the user has just shown `factor`."""
    held = db.session.get_one(UserSession, token_hash(token))
    sign_out(token)
    return open_session(user, held.device, held.method, factor or held.factor)


def count_try(token: str) -> int | None:
    """Which try of a second factor this is, counted whatever comes of it; None where there were too many, or the end."""
    held = UserSession.token_hash == token_hash(token), UserSession.ended_at.is_(None)
    return db.session.scalar(
        sa.update(UserSession)
        .where(*held, UserSession.wrong < MOST_WRONG)
        .values(wrong=UserSession.wrong + 1)
        .returning(UserSession.wrong)
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


def use_link(link: OneTimeLink) -> User | None:
    """The link's user, whose other links and open sessions end with it; None for whoever comes second."""
    used = (
        sa.update(OneTimeLink)
        .where(OneTimeLink.token_hash == link.token_hash, OneTimeLink.used_at.is_(None))
        .where(OneTimeLink.expires_at > sa.func.now())
        .values(used_at=sa.func.now())
        .returning(OneTimeLink.user_id)
    )
    user_id = db.session.scalar(used)
    if user_id is None:
        return None
    use_up_links(user_id)
    end_sessions(UserSession.user_id == user_id)
    return db.session.get_one(User, user_id)


def use_up_links(user_id: int) -> None:
    db.session.execute(
        sa.update(OneTimeLink)
        .where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
        .values(used_at=sa.func.now())
    )


def set_password(link: OneTimeLink, password: str) -> User | None:
    """Use up the link; second factors stay as they are. None where it has been used already."""
    user = use_link(link)
    if user is not None:
        user.password_hash = hash_password(password)
        audit.record("password.set", "user", [user.id], by=user.id)
    return user


def change_password(user_id: int, current: str, new: str, token: str) -> bool:
    """False where the current password, if there is one, is wrong; else every other session ends."""
    user = db.session.get_one(User, user_id)
    if user.password_hash is not None and not matches(user.password_hash, current):
        audit.record("password.refused", "user", [user.id])
        return False
    user.password_hash = hash_password(new)
    end_other_sessions(user_id, token)
    use_up_links(user_id)
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
