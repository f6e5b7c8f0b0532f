"""Who is signed in, and users by name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_login import UserMixin
from sqlalchemy.exc import NoResultFound

from portal.access import Role
from portal.accounts.models import OneTimeLink, User, UserSession
from portal.db import Scope, db, keep_scope, run

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
CONFIRMED = timedelta(minutes=10)  # how long a proof of who one is holds for changing the ways to sign in


@dataclass(frozen=True, eq=False)
class SignedIn(UserMixin):
    """The user of this request: read once, lean, never written back."""

    id: int
    email: str
    name: str
    role: str
    organisation: str
    language: str
    agency_id: int | None
    scope: Scope
    seen_at: datetime
    covers: tuple[int, ...] = ()
    step: str = ""  # what is to be done before anything else: show a second factor, set-up of one, or nothing

    @property
    def whose(self) -> list[int]:
        """Whose work is this user's today: their own, and that of colleagues for whom they cover."""
        return [self.id, *self.covers]

    @property
    def as_role(self) -> Role:
        return Role(self.role)

    @property
    def side(self) -> str:
        return Role(self.role).side


def factor_required() -> bool:
    """Whether a password alone opens nothing: everywhere but in a demonstration."""
    return not current_app.config["DEMO"]


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


# Everything that the scope of a user u is made of.
_SCOPE = """CASE WHEN u.role LIKE 'iom%%' THEN 'iom' WHEN u.role LIKE 'agency%%' THEN 'agency'
                WHEN u.role = 'analyst' THEN 'figures' ELSE 'administrator' END AS kind,
           CASE WHEN u.every_area THEN '*'
                ELSE ARRAY(SELECT area_id FROM user_area WHERE user_id = u.id ORDER BY 1)::text END AS areas,
           CASE WHEN u.every_service THEN '*'
                ELSE ARRAY(SELECT service_id FROM user_service WHERE user_id = u.id ORDER BY 1)::text END AS services,
           CASE WHEN u.agency_id IS NULL THEN people_read_by(u.id) ELSE '{}' END AS people"""

# What is lacking of a session: a password alone opens nothing where a second factor is required.
_STEP = """CASE WHEN s.factor_at IS NOT NULL OR NOT %(factor_required)s THEN ''
                WHEN EXISTS (SELECT FROM passkey k WHERE k.user_id = u.id)
                  OR EXISTS (SELECT FROM totp_key t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) THEN 'show'
                ELSE 'set-up' END AS step"""

# One statement: the session, its user, the user's scope, and that scope entered; none while a second factor is lacking.
_OPEN_SESSION = f"""
WITH visitor AS (
    SELECT u.id, u.email, u.name, u.role, coalesce(a.name, u.organisation) AS organisation, u.language, u.agency_id,
           s.seen_at, {_STEP}, {_SCOPE},
           ARRAY(SELECT b.user_id FROM absence b WHERE b.cover_id = u.id
                 AND london_today() BETWEEN b.from_on AND b.to_on) AS covers
    FROM user_session s JOIN user_account u ON u.id = s.user_id LEFT JOIN agency a ON a.id = u.agency_id
    WHERE s.token_hash = %(token)s AND s.ended_at IS NULL AND u.suspended_at IS NULL
      AND (a.closed_on IS NULL OR a.closed_on > london_today())
      AND s.seen_at > now() - %(idle)s AND s.created_at > now() - %(longest)s
)
SELECT visitor.*, cardinality(ARRAY[set_config('portal.scope', CASE step WHEN '' THEN kind ELSE 'none' END, true),
       set_config('portal.user', id::text, true),
       set_config('portal.agency', coalesce(agency_id::text, ''), true), set_config('portal.areas', areas, true),
       set_config('portal.services', services, true), set_config('portal.people', people::text, true)]) AS entered
FROM visitor
"""  # noqa: S608 # nosec B608 - of constants only
_SCOPE_OF = f"SELECT u.id, u.agency_id, {_SCOPE} FROM user_account u WHERE u.id = %(id)s"  # noqa: S608 # nosec B608


def get_signed_in(token: str) -> SignedIn | None:
    """The user of an open session, whose scope is then entered; None where it has ended, is idle or too old,
    or the user has left."""
    values = {
        "token": token_hash(token),
        "idle": IDLE,
        "longest": LONGEST,
        "factor_required": factor_required(),
    }
    rows = run(_OPEN_SESSION, values)
    if not rows:
        return None
    row = rows[0]
    visitor = SignedIn(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        organisation=row.organisation,
        language=row.language,
        agency_id=row.agency_id,
        scope=_scope(row, row.kind if not row.step else "none"),
        seen_at=row.seen_at,
        covers=tuple(row.covers),
        step=row.step,
    )
    keep_scope(visitor.scope)
    return visitor


def scope_of(user_id: int) -> Scope:
    """What this user may see now, for work that is done for them while they are away. NoResultFound for no user."""
    rows = run(_SCOPE_OF, {"id": user_id})
    if not rows:
        raise NoResultFound
    return _scope(rows[0], rows[0].kind)


def _scope(row: sa.Row[Any], kind: str) -> Scope:
    return Scope(
        kind,
        row.id,
        agency_id=row.agency_id,
        area_ids=_ids(row.areas),
        service_ids=_ids(row.services),
        person_ids=tuple(row.people),
    )


def _ids(listed: str) -> tuple[int, ...] | None:
    """PostgreSQL's {1,2} as numbers; None for `*`, which means all."""
    return None if listed == "*" else tuple(int(number) for number in listed.strip("{}").split(",") if number)


def get_user_by_email(email: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def get_live_link(token: str) -> OneTimeLink | None:
    return db.session.scalar(
        sa.select(OneTimeLink)
        .where(OneTimeLink.token_hash == token_hash(token), OneTimeLink.used_at.is_(None))
        .where(OneTimeLink.expires_at > sa.func.now())
    )


def method_of(token: str) -> str:
    """How the session was opened; "" where there is none."""
    method = sa.select(UserSession.method).where(UserSession.token_hash == token_hash(token))
    return db.session.scalar(method) or ""


def is_stale_sighting(seen_at: datetime) -> bool:
    return datetime.now(UTC) - seen_at > timedelta(minutes=1)


def is_confirmed(token: str) -> bool:
    """Whether whoever sits at this session proved who they are a moment ago (CONFIRMED)."""
    lately = UserSession.confirmed_at > sa.func.now() - CONFIRMED
    return bool(db.session.scalar(sa.select(lately).where(UserSession.token_hash == token_hash(token))))


def has_shown_factor(token: str) -> bool:
    shown = UserSession.factor_at.is_not(None)
    return bool(db.session.scalar(sa.select(shown).where(UserSession.token_hash == token_hash(token))))
