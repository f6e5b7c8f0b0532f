"""What every action on a referral shares: the one place where a status changes, its events, its clocks, its mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range

from portal import audit
from portal.access import Role
from portal.accounts.models import User
from portal.agencies.calendar import working_days
from portal.clocks.clock import london_date
from portal.clocks.due import late_from
from portal.db import db
from portal.mail import Email, post
from portal.referrals.models import Event, Referral, Release
from portal.referrals.states import ENDED, EVENT_KINDS, RESTING, S, Status, before, move

NAMES_CLOSE_AFTER = timedelta(days=30)


class Actor(Protocol):
    """Whoever acts: a signed-in user, or in commands a user's row."""

    @property
    def id(self) -> int: ...
    @property
    def role(self) -> str: ...


def change_status(
    referral: Referral,
    action: str,
    by: Actor,
    at: datetime,
    data: dict[str, Any] | None = None,
    words: str = "",
) -> Event:
    """Ask the table of states, move the referral and its clocks, and write the event and the trace with it.

    Raises TransitionRefused. Dates that the action sets on the referral are set before it is called.
    """
    old = Status(referral.status)
    new = move(action, old, Role(by.role), before(action, referral.paused_from, referral.ended_from))
    referral.status, referral.status_since = new.value, at
    if action == "pause":
        referral.paused_from = old.value
    elif action == "resume":
        referral.paused_from = None
    if (old in ENDED) != (new in ENDED):
        referral.ended_from = old.value if new in ENDED else None
    _rest(referral, rests=new in RESTING, rested=old in RESTING, day=london_date(at))
    note_late(referral)
    return record(referral, EVENT_KINDS[action], by, at, data, words, to_status=new)


def record(
    referral: Referral,
    kind: str,
    by: Actor | None,
    at: datetime,
    data: dict[str, Any] | None = None,
    words: str = "",
    to_status: Status | None = None,
) -> Event:
    """Write down that something happened, and the trace of it; `by` is None where the portal itself did it."""
    event = Event(
        referral_id=referral.id,
        area_id=referral.area_id,
        kind=kind,
        to_status=to_status.value if to_status else None,
        side=Role(by.role).side if by else "system",
        by_id=by.id if by and by.role != Role.SYSTEM else None,
        happened_at=at,
        data=data or {},
        words=words,
    )
    db.session.add(event)
    db.session.flush()
    audit.record(
        f"referral.{kind}", "referral", [referral.id],
        area_id=referral.area_id, agency_id=referral.agency_id, by=event.by_id,
    )  # fmt: skip
    return event


def respond(referral: Referral, by: Actor, at: datetime, through: str) -> None:
    """The agency's first response acknowledges, whatever it is: a message, an offer, a pause (`through`).

    It sends no mail of its own. In a pause the referral goes on as acknowledged; after the end it is no response.
    """
    if referral.status in ENDED:
        return
    note_response(referral, at)
    if referral.status == S.SENT:
        change_status(referral, "acknowledge", by, at, {"through": through})
        return
    if referral.paused_from == S.SENT:
        referral.paused_from = S.ACKNOWLEDGED.value
    note_late(referral)


def note_response(referral: Referral, at: datetime) -> None:
    """The dates of a first response; for actions that change the status themselves."""
    referral.responded_at = referral.responded_at or at
    referral.acknowledged_at = referral.acknowledged_at or at


def end(referral: Referral, event: Event, names_close_after: timedelta = NAMES_CLOSE_AFTER) -> Event:
    """Names and sections close to the agency some time after the end; reference, dates and outcome stay."""
    close_names(referral, event.happened_at + names_close_after)
    return event


def close_names(referral: Referral, at: datetime | None) -> None:
    """Names and sections close to the agency at this moment; None opens them again."""
    db.session.execute(
        sa.update(Release).where(Release.referral_id == referral.id, Release.current).values(closes_at=at)
    )


def tell(mails: Iterable[Email]) -> None:
    """Post them, save to users who have left or want none at once; but somebody must hear of a new referral."""
    mails = list(mails)
    about = [mail.user_id for mail in mails if mail.user_id and mail.template != "sent"]
    unwanted = User.suspended_at.is_not(None) | ~User.mails_at_once
    quiet = set(db.session.scalars(sa.select(User.id).where(User.id.in_(about), unwanted)))
    for mail in mails:
        if mail.template == "sent" or mail.user_id not in quiet:
            post(mail)


def _rest(referral: Referral, *, rests: bool, rested: bool, day: date) -> None:
    """The net clock rests while the referral waits for IOM or is paused; `rests` of the row holds the dates.

    A rest that begins on the date on which the last one stopped goes on with it, as in `clocks.clock.read`.
    """
    spans = list(referral.rests)
    if rests and not rested:
        last = spans.pop() if spans and spans[-1].upper and spans[-1].upper >= day else None
        referral.rests = [*spans, Range(last.lower if last else day, None)]
        referral.rest_count += 1
    elif rested and not rests:
        spans = [Range(span.lower, span.upper or max(day, span.lower or day)) for span in spans]
        referral.rests = [span for span in spans if span.lower != span.upper]


def note_late(referral: Referral) -> None:
    """The day from which each promise is broken, kept or not; `late_from` is the first of those not yet kept.

    A promise to offer runs from the day on which the person is available.
    """
    if referral.sent_at is None:
        return
    sent_on = london_date(referral.sent_at)
    rests = [(span.lower, span.upper) for span in referral.rests if span.lower]

    def late(days: int | None, start: date = sent_on) -> date | None:
        return None if days is None else late_from(start, days, rests, working_days())

    referral.late_acknowledge = late(referral.promise_acknowledge)
    referral.late_decide = late(referral.promise_decide)
    referral.late_offer = late(referral.promise_offer, max(sent_on, referral.available_from or sent_on))
    referral.late_from = min(_unkept(referral), default=None)


def _unkept(referral: Referral) -> Iterator[date]:
    """The days from which those promises are broken that the agency has yet to keep."""
    status = referral.paused_from if referral.status == S.PAUSED else referral.status
    if status in ENDED or status in (S.DRAFT, S.DECLINED, S.CHALLENGED):
        return
    steps = (
        (referral.late_acknowledge, referral.responded_at),
        (referral.late_decide, referral.decided_at),
        (referral.late_offer, referral.first_offer_at or referral.started_at),
    )
    yield from (late for late, kept_at in steps if late is not None and kept_at is None)
