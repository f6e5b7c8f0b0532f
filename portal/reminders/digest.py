"""One email a working day for each user: what needs them, as counts with links, in their own language."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from portal.access import AGENCY, IOM
from portal.accounts.models import Absence, User
from portal.accounts.queries import scope_of
from portal.agencies.calendar import working_days
from portal.agencies.models import Agency
from portal.clocks.clock import london_date
from portal.db import SYSTEM, db, enter_scope
from portal.i18n import LONDON
from portal.jobs import periodic
from portal.logs import log
from portal.mail import Email, post
from portal.reminders.needs import count_needs

GOES_OUT = time(7, 30)  # Europe/London
BATCH = 20  # users whose rows one transaction holds


@periodic(seconds=60)
def write_digests(now: datetime | None = None) -> int:
    """Write the digest of each user who has had none today; how many were written.

    None at weekends, on bank holidays, or before 07:30. A user is done for the day whether or not there was
    anything to say, so that what comes later waits for tomorrow.
    """
    now = now or datetime.now(UTC)
    today = london_date(now)
    if now.astimezone(LONDON).time() < GOES_OUT or working_days().add(today, 0) != today:
        return 0
    written = 0
    while users := _take(today):
        for user in users:
            written += _try(user, now)
            _done(user, today)
        db.session.commit()
    db.session.commit()
    return written


def _take(today: date) -> list[User]:
    """Some of those whose turn it is; another worker passes them by until they are done."""
    since = datetime.combine(today, GOES_OUT, LONDON)
    query = (
        sa.select(User)
        .outerjoin(Agency, Agency.id == User.agency_id)
        .where(User.role.in_([*IOM, *AGENCY]), User.suspended_at.is_(None), User.created_at < since)
        .where(User.digested_on.is_(None) | (User.digested_on < today))
        .where(Agency.closed_on.is_(None) | (Agency.closed_on > today))
        .order_by(User.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True, of=User)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _try(user: User, now: datetime) -> bool:
    """`_write`; what fails for one user is logged, and leaves the others theirs."""
    try:
        with db.session.begin_nested():
            return _write(user, now)
    except Exception as error:
        enter_scope(SYSTEM)
        log.error("digest_failed", user=user.id, error=error)
        return False


def _write(user: User, now: datetime) -> bool:
    """Whether there was anything to write, for someone who wants it and is not away."""
    if not user.digest or _is_away(user.id, london_date(now)):
        return False
    enter_scope(scope_of(user.id))
    try:
        counts = count_needs(user, now)
    finally:
        enter_scope(SYSTEM)
    counts["access"] = 0  # until it is overdue it is for the first page alone
    if not any(counts.values()):
        return False
    post(
        Email(
            key=f"digest:{london_date(now)}:user:{user.id}",
            template="digest",
            address=user.email,
            user_id=user.id,
            language=user.language,
            area_id=None,
            params=counts,
        )
    )
    return True


def _done(user: User, today: date) -> None:
    """By a statement of its own, so that the version which administrators' pages compare stays as it is."""
    db.session.execute(sa.update(User).where(User.id == user.id).values(digested_on=today))


def _is_away(user_id: int, today: date) -> bool:
    away = sa.exists().where(Absence.user_id == user_id, Absence.from_on <= today, Absence.to_on >= today)
    return bool(db.session.scalar(sa.select(away)))
