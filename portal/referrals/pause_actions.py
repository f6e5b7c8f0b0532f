"""Pausing and resuming, by either side; and reopening what was closed in error. Actions never commit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from portal.access import Role
from portal.db import db
from portal.referrals import emails
from portal.referrals.actions import AlreadyLive, get_live
from portal.referrals.models import Event, Referral
from portal.referrals.moving import Actor, change_status, close_names, respond, tell


def pause(referral: Referral, by: Actor, at: datetime, *, reason: str, words: str = "") -> Event:
    """Rest the net clock; the event’s data: {reason}: custody, hospital, out_of_contact or other.

    An agency’s pause is a response: of a referral that was only sent, an acknowledgement comes before it.
    """
    if Role(by.role).side == "agency":
        respond(referral, by, at, "pause")
    event = change_status(referral, "pause", by, at, {"reason": reason}, words)
    tell(emails.to_other_side("paused", referral, event))
    return event


def resume(referral: Referral, by: Actor, at: datetime, *, words: str = "") -> Event:
    """Go on in the state before the pause."""
    event = change_status(referral, "resume", by, at, words=words)
    tell(emails.to_other_side("resumed", referral, event))
    return event


def reopen(referral: Referral, by: Actor, at: datetime, *, words: str = "") -> Event:
    """Undo an end that was an error: the state before and the same clock go on. Raises AlreadyLive.

    Names open to the agency again, unless the person withdrew their agreement. Once they have closed to the agency,
    only IOM can open them: the database gives the agency nothing to change.
    """
    which = referral.person_id, referral.service_id or 0, referral.need_code, referral.id
    open_names = referral.withdrawal_reason != "agreement_withdrawn"
    try:
        with db.session.begin_nested():
            referral.closed_at = referral.withdrawn_at = referral.decline_final_at = None
            referral.outcome = referral.close_reason = referral.withdrawal_reason = None
            event = change_status(referral, "reopen", by, at, words=words)
    except IntegrityError:  # nameless where it is a draft, or one that the viewer may not see
        raise AlreadyLive(get_live(*which)) from None
    if open_names:
        close_names(referral, None)
    tell(emails.to_other_side("reopened", referral, event))
    return event
