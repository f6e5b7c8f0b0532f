"""Who is signed in, and users by name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask_login import UserMixin

from portal.access import AGENCY, IOM, Role
from portal.accounts.models import OneTimeLink, SignInFailure, User, UserSession
from portal.db import Scope, db, run

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
TRY_WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100


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

    @property
    def side(self) -> str:
        return Role(self.role).side


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


# One statement: the session, its user, and everything the user's scope is made of.
_OPEN_SESSION = """
    SELECT u.id, u.email, u.name, u.role, coalesce(a.name, u.organisation) AS organisation, u.language, u.agency_id, s.seen_at,
           u.every_service, u.every_area,
           ARRAY(SELECT area_id FROM user_area WHERE user_id = u.id) AS area_ids,
           ARRAY(SELECT service_id FROM user_service WHERE user_id = u.id) AS service_ids,
           CASE WHEN u.agency_id IS NULL THEN people_read_by(u.id) ELSE '{}' END AS person_ids
    FROM user_session s JOIN user_account u ON u.id = s.user_id LEFT JOIN agency a ON a.id = u.agency_id
    WHERE s.token_hash = %(token)s AND s.ended_at IS NULL AND u.suspended_at IS NULL
      AND (a.closed_on IS NULL OR a.closed_on > current_date)
      AND s.seen_at > now() - %(idle)s AND s.created_at > now() - %(longest)s
"""


def get_signed_in(token: str) -> SignedIn | None:
    """The user of an open session; None where it has ended, is idle or too old, or the user has left."""
    values = {"token": token_hash(token), "idle": IDLE, "longest": LONGEST}
    row = run(_OPEN_SESSION, values).one_or_none()
    if row is None:
        return None
    return SignedIn(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        organisation=row.organisation,
        language=row.language,
        agency_id=row.agency_id,
        scope=_scope(row),
        seen_at=row.seen_at,
    )


def _scope(row: sa.Row[tuple[object, ...]]) -> Scope:
    areas, services, people = tuple(row.area_ids), tuple(row.service_ids), tuple(row.person_ids)
    role = Role(row.role)
    if role in IOM:
        return Scope("iom", row.id, area_ids=areas, person_ids=people)
    if role in AGENCY:
        return Scope(
            "agency",
            row.id,
            agency_id=row.agency_id,
            area_ids=None if row.every_area else areas,
            service_ids=None if row.every_service else services,
        )
    if role is Role.ANALYST:
        return Scope("figures", row.id, area_ids=None if row.every_area else areas)
    return Scope("administrator", row.id)


def list_open_sessions(user_id: int) -> list[UserSession]:
    """Where the user is signed in now, the latest used first."""
    query = sa.select(UserSession).where(
        UserSession.user_id == user_id,
        UserSession.ended_at.is_(None),
        UserSession.seen_at > sa.func.now() - IDLE,
        UserSession.created_at > sa.func.now() - LONGEST,
    )
    return list(db.session.scalars(query.order_by(UserSession.seen_at.desc())))


def get_user_by_email(email: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def too_many_failures(email: str, address: str) -> bool:
    """Counted per account *and* address, so that nobody can lock a victim out from elsewhere; and per address."""
    recent = SignInFailure.at > sa.func.now() - TRY_WINDOW
    here = SignInFailure.address == address
    account = SignInFailure.account_hash == token_hash(email.strip().lower())
    counts = sa.select(
        sa.func.count().filter(account).label("account"), sa.func.count().label("address")
    ).where(recent, here)
    row = db.session.execute(counts).one()
    return bool(row.account >= TRIES_PER_ACCOUNT or row.address >= TRIES_PER_ADDRESS)


def get_live_link(token: str) -> OneTimeLink | None:
    return db.session.scalar(
        sa.select(OneTimeLink)
        .where(OneTimeLink.token_hash == token_hash(token), OneTimeLink.used_at.is_(None))
        .where(OneTimeLink.expires_at > sa.func.now())
    )


def list_workers(agency_id: int) -> list[User]:
    """Active staff of an agency, by name: who can be given a referral."""
    query = (
        sa.select(User)
        .where(User.agency_id == agency_id, User.suspended_at.is_(None))
        .order_by(User.name, User.id)
    )
    return list(db.session.scalars(query))


def is_stale_sighting(seen_at: datetime) -> bool:
    return datetime.now(UTC) - seen_at > timedelta(minutes=1)
