"""Checks of what goes on from day to day: the worker, the signed log, second factors, reviews of access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.access import Role
from portal.accounts.admin_queries import HAS_COME
from portal.accounts.models import User
from portal.db import db
from portal.fitness.finding import Finding
from portal.jobs import SILENCE, worker_is_alive
from portal.staff.factors import list_with_factor
from portal.staff.queries import LONGEST, list_unreviewed
from portal.trace.chain_heads import read_line
from portal.trace.chain_keys import folder, public_keys

OLDEST_UNSIGNED = timedelta(hours=1, minutes=5)
MOST_SHOWN = 20
_SIGNS = sa.text("SELECT to_regprocedure('oldest_unsigned()') IS NOT NULL")


def worker() -> Iterator[Finding]:
    if not worker_is_alive():
        yield Finding(
            f"The worker has been silent for more than {SILENCE} seconds: no mail, no retention, no signed log.",
            "Start flask --app wsgi worker, and let the system start it again whenever it ends.",
        )


def signed_log() -> Iterator[Finding]:
    if not db.session.scalar(_SIGNS):
        yield Finding(
            "The access log is not signed by this version of the portal.", "Update the portal.", must=False
        )
        return
    oldest: datetime | None = db.session.scalar(sa.text("SELECT oldest_unsigned()"))
    if oldest and datetime.now(UTC) - oldest > OLDEST_UNSIGNED:
        yield Finding(
            f"Entries of the access log since {oldest:%d %B %Y %H:%M} UTC are not signed.",
            "See that the worker runs and may write to PORTAL_HOME, then run flask --app wsgi verify.",
        )
    last = db.session.scalar(sa.text("SELECT line FROM audit_head ORDER BY number DESC LIMIT 1"))
    known = public_keys(folder())
    if last and known and read_line(last).key not in known:
        yield Finding(
            "The access log was last signed with a key that this machine does not know: verify would fail here.",
            "Set AUDIT_SIGNING_KEY to the same key on every machine that has a worker.",
        )


def second_factors() -> Iterator[Finding]:
    """Counts alone: who it is stands on the review of access."""
    query = sa.select(User.id, User.role).where(
        User.suspended_at.is_(None), User.role != Role.SYSTEM.value, HAS_COME
    )
    roles = {row.id: row.role for row in db.session.execute(query)}
    without = roles.keys() - list_with_factor(list(roles))
    administrators = sum(roles[user_id] == Role.ADMINISTRATOR for user_id in without)
    if without:
        yield Finding(
            f"{len(without)} users have no second factor, {administrators} of them administrators.",
            "They set one up when they next sign in: remind them, or suspend those who no longer do.",
            must=administrators > 0,
        )


def administrators() -> Iterator[Finding]:
    there = sa.select(sa.func.count()).select_from(User)
    there = there.where(User.role == Role.ADMINISTRATOR.value, User.suspended_at.is_(None))
    if (db.session.scalar(there) or 0) < 2:
        yield Finding(
            "There are fewer than two administrators: nobody could suspend the one, or let them in again.",
            "flask --app wsgi create-user EMAIL --role administrator",
            must=False,
        )


def reviews() -> Iterator[Finding]:
    emails, total = list_unreviewed(datetime.now(UTC), MOST_SHOWN)
    if total:
        more = f" and {total - len(emails)} more" if total > len(emails) else ""
        yield Finding(
            f"Nobody has reviewed the access of {total} users for {LONGEST.days} days: {', '.join(emails)}{more}.",
            "Ask their managers to answer at /access, or suspend them.",
        )
