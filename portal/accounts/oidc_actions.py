"""What is done once a provider has said who somebody is. Actions never commit.

Nobody is signed in yet when most of this is asked, so it reads beyond the scope; it tells nothing of others.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from config import Provider
from portal import audit
from portal.accounts.actions import end_sessions, mark_factor, open_session
from portal.accounts.factors import get_ways
from portal.accounts.models import OneTimeLink, User, UserSession
from portal.accounts.oidc_models import ProviderSession, SpentToken, UserIdentity
from portal.accounts.oidc_provider import configured
from portal.accounts.oidc_queries import get_identity, list_identities, may_enter, may_join
from portal.accounts.oidc_tokens import Logout, Shown
from portal.accounts.queries import token_hash
from portal.agencies.queries import today
from portal.db import beyond_scope, db
from portal.jobs import periodic

Entered = tuple[User, str]  # a user, and the token of the session that has been opened for them
REMEMBERED = timedelta(days=1)  # longer than any state or logout token is good for


def spend(token: str) -> bool:
    """True for the first who asks; whoever asks at the same time waits, and is not the first."""
    added = insert(SpentToken).values(token_hash=token_hash(token)).on_conflict_do_nothing()
    return db.session.scalar(added.returning(SpentToken.token_hash)) is not None


@periodic(seconds=3600)
def forget_spent(now: datetime | None = None) -> None:
    before = (now or datetime.now(UTC)) - REMEMBERED
    db.session.execute(sa.delete(SpentToken).where(SpentToken.spent_at < before))
    db.session.commit()


def refuse(provider: Provider, why: str, user_id: int | None = None) -> None:
    """`why` is a word of ours: nothing that a provider or a browser said is written down."""
    audit.record("sign_in.failed", by=user_id, method=provider.key, why=why)


def sign_in(provider: Provider, shown: Shown, device: str) -> Entered | None:
    """None, with its trace, for somebody who has not been invited or may not enter any more."""
    with beyond_scope():
        identity = get_identity(provider.issuer, shown.subject)
        user = db.session.get_one(User, identity.user_id) if identity else None
        if identity is None or user is None or not may_enter(user, today()):
            refuse(provider, "not_invited" if user is None else "may_not_enter", user.id if user else None)
            return None
        return _enter(provider, identity, user, shown, device)


def accept_invitation(link: str, provider: Provider, shown: Shown, device: str) -> Entered | None:
    """Use up the invitation whose hash this is, join the identity to its user and sign them in; None, with its trace."""
    with beyond_scope():
        invitation = _lock_invitation(bytes.fromhex(link))
        user = db.session.get_one(User, invitation.user_id) if invitation else None
        if invitation is None or user is None or not may_join(invitation) or not may_enter(user, today()):
            refuse(provider, "link_used", user.id if user else None)
            return None
        identity = _join(user.id, provider, shown)
        if identity is None:
            return None
        invitation.used_at = datetime.now(UTC)
        end_sessions(UserSession.user_id == user.id)
        return _enter(provider, identity, user, shown, device)


def join(user_id: int, provider: Provider, shown: Shown) -> bool:
    """False, with its trace, where the identity is another user's, or this user has another of this provider."""
    with beyond_scope():
        return _join(user_id, provider, shown) is not None


def remove(identity: UserIdentity, *, but: str = "") -> None:
    """The sessions that it opened end, `but` the one with this token."""
    with beyond_scope():
        end_sessions(sa.and_(_opened_by(identity), UserSession.token_hash != token_hash(but)))
        db.session.delete(identity)
        audit.record("identity.removed", "user", [identity.user_id])


def remove_own(user_id: int, issuer: str, token: str) -> bool | None:
    """None where there is none; False where nothing else would be left to sign in with. Locks the user."""
    user = db.session.get_one(User, user_id, with_for_update=True)
    identities = list_identities(user_id)
    identity = next((one for one in identities if one.issuer == issuer), None)
    if identity is None:
        return None
    if user.password_hash is None and len(identities) == 1 and not get_ways(user_id).passkeys:
        return False
    remove(identity, but=token)
    return True


def end_at_provider(provider: Provider, logout: Logout) -> bool:
    """End the session here that belongs to the provider's; False for a message that was heard before.

    Where it names no session, or one that has gone on under another token since, all end that it opened for the user.
    """
    if not spend(f"{provider.issuer} {logout.jti}"):
        return False
    fits = [UserIdentity.issuer == provider.issuer]
    if logout.sid is not None:
        fits.append(ProviderSession.sid == logout.sid)
    if logout.subject is not None:
        fits.append(UserIdentity.subject == logout.subject)
    with beyond_scope():
        opened = sa.select(ProviderSession.token_hash).join(UserIdentity).where(*fits)
        named = sa.and_(UserSession.token_hash.in_(opened), UserSession.ended_at.is_(None))
        if logout.sid is None or not db.session.scalar(sa.select(sa.exists().where(named))):
            named = _opened_by(*db.session.scalars(sa.select(UserIdentity).where(*_of(provider, logout))))
        end_sessions(named)
    audit.record("sign_out.by_provider", method=provider.key)
    return True


def _of(provider: Provider, logout: Logout) -> list[sa.ColumnElement[bool]]:
    """Whose identities a logout is about: the subject's, or of whoever had the session it names."""
    fits = [UserIdentity.issuer == provider.issuer]
    if logout.subject is not None:
        return [*fits, UserIdentity.subject == logout.subject]
    named = sa.select(ProviderSession.identity_id).where(ProviderSession.sid == logout.sid)
    return [*fits, UserIdentity.id.in_(named)]


def _opened_by(*identities: UserIdentity) -> sa.ColumnElement[bool]:
    """Sessions of their users by way of their providers; a session that is renewed keeps its method, not its token."""
    keys = {provider.issuer: provider.key for provider in configured()}
    return sa.or_(
        sa.false(),
        *(
            sa.and_(UserSession.user_id == one.user_id, UserSession.method == keys.get(one.issuer, ""))
            for one in identities
        ),
    )


def _lock_invitation(link: bytes) -> OneTimeLink | None:
    """Of two who come at once the second waits, and finds it used."""
    live = (
        sa.select(OneTimeLink)
        .where(OneTimeLink.token_hash == link, OneTimeLink.purpose == "invitation")
        .where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > sa.func.now())
    )
    return db.session.scalar(live.with_for_update())


def _join(user_id: int, provider: Provider, shown: Shown) -> UserIdentity | None:
    row = {"user_id": user_id, "issuer": provider.issuer, "subject": shown.subject}
    added = insert(UserIdentity).values(row).on_conflict_do_nothing().returning(UserIdentity.id)
    new = db.session.scalar(added) is not None
    identity = get_identity(provider.issuer, shown.subject)
    if identity is None or identity.user_id != user_id:
        refuse(provider, "taken", user_id)
        return None
    if new:
        audit.record("identity.joined", "user", [user_id], by=user_id, method=provider.key)
    return identity


def _enter(provider: Provider, identity: UserIdentity, user: User, shown: Shown, device: str) -> Entered:
    token = open_session(user, device, provider.key)
    db.session.flush()
    opened = ProviderSession(token_hash=token_hash(token), identity_id=identity.id, sid=shown.sid)
    db.session.add(opened)
    identity.used_at = datetime.now(UTC)
    if shown.factor:
        mark_factor(token)
    return user, token
