"""The ways in which a user proves who they are: which there are, which may go, and the mail about each change."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.accounts.actions import end_other_sessions, end_sessions
from portal.accounts.factor_models import Passkey, RecoveryCode, TotpKey
from portal.accounts.models import User, UserSession
from portal.accounts.queries import factor_required
from portal.accounts.recovery import forget_codes
from portal.accounts.totp import forget_key
from portal.db import db
from portal.mail import Email, post


@dataclass(frozen=True)
class Ways:
    """`codes`: recovery codes that are left."""

    password: bool
    passkeys: int
    app: bool
    codes: int

    @property
    def factors(self) -> int:
        return self.passkeys + self.app

    def may_lose(self, what: str) -> bool:
        """Whether the user can still sign in without this passkey or app: never without a way in, and where a second
        factor is required never without one."""
        left = self.factors - 1
        if what == "passkey" and not self.password and self.passkeys == 1:
            return False
        return left > 0 or not factor_required()


def get_ways(user_id: int) -> Ways:
    """In one statement."""

    def count(
        table: type[Passkey] | type[TotpKey] | type[RecoveryCode], *which: sa.ColumnElement[bool]
    ) -> sa.ScalarSelect[int]:
        return sa.select(sa.func.count()).where(table.user_id == user_id, *which).scalar_subquery()

    row = db.session.execute(
        sa.select(
            User.password_hash.is_not(None).label("password"),
            count(Passkey).label("passkeys"),
            count(TotpKey, TotpKey.confirmed_at.is_not(None)).label("app"),
            count(RecoveryCode, RecoveryCode.used_at.is_(None)).label("codes"),
        ).where(User.id == user_id)
    ).one()
    return Ways(row.password, row.passkeys, bool(row.app), row.codes)


def lock(user_id: int) -> User:
    """One change of a user's ways at a time: two that each leave one would leave none."""
    return db.session.execute(
        sa.select(User)
        .where(User.id == user_id)
        .with_for_update(of=User)
        .execution_options(populate_existing=True)
    ).scalar_one()


def note(user: User, what: str, **detail: Any) -> None:
    """Trace and mail of a change."""
    audit.record(f"factor.{what}", "user", [user.id], **detail)
    tell(user, what)


def tell(user: User, what: str) -> None:
    """By mail: `what` as passkey_added, app_removed, codes_made; see templates/emails/ways_changed."""
    if not user.demo:
        key = f"ways_changed:{user.id}:{secrets.token_hex(12)}"
        post(Email(key, "ways_changed", user.email, user.id, user.language, None, {"what": what}))


def remove_passkey(user: User, passkey: Passkey, token: str) -> bool:
    """False where it is the last way in; else every other session ends."""
    if not get_ways(user.id).may_lose("passkey"):
        return False
    db.session.delete(passkey)
    end_other_sessions(user.id, token)
    note(user, "passkey_removed")
    return True


def remove_app(user: User, token: str) -> bool:
    """As `remove_passkey`."""
    if not get_ways(user.id).may_lose("app"):
        return False
    forget_key(user.id)
    end_other_sessions(user.id, token)
    note(user, "app_removed")
    return True


def remove_all(user: User, *, why: str, checked: str) -> None:
    """By an administrator who has checked who asks: passkeys, app and codes; the password stays, sessions end."""
    db.session.execute(sa.delete(Passkey).where(Passkey.user_id == user.id))
    forget_key(user.id)
    forget_codes(user.id)
    end_sessions(UserSession.user_id == user.id)
    note(user, "all_removed", why=why, checked=checked)
