"""What follows a decline: IOM agrees, challenges or lets it lapse; the agency’s manager reverses or upholds it."""

from __future__ import annotations

from datetime import date, datetime

from portal.referrals import emails
from portal.referrals.actions import acceptance
from portal.referrals.models import Event, Referral
from portal.referrals.moving import Actor, change_status, end, tell


def agree_decline(referral: Referral, by: Actor, at: datetime) -> Event:
    """The IOM manager’s answer that makes a decline final."""
    return _make_final(referral, "agree_decline", by, at)


def lapse_decline(referral: Referral, by: Actor, at: datetime) -> Event:
    """Silence agrees: the decline becomes final by itself, and both sides are told."""
    event = _make_final(referral, "lapse_decline", by, at)
    tell([emails.to_referrer("decline_lapsed", referral, event)])
    tell(emails.to_worker("decline_lapsed", referral, event))
    return event


def challenge(referral: Referral, by: Actor, at: datetime, *, words: str) -> Event:
    """IOM does not agree, for the reason in the event’s words; the agency’s managers are told."""
    event = change_status(referral, "challenge", by, at, words=words)
    tell(emails.to_managers("challenged", referral, event))
    return event


def reverse(
    referral: Referral,
    by: Actor,
    at: datetime,
    *,
    priority: bool,
    worker_id: int | None = None,
    expected_on: date | None = None,
    words: str = "",
) -> Event:
    """Accept after all; the event’s data: {decision, worker_id, expected_on}, as of an acceptance.

    The first decision keeps its date, and the decline its reason.
    """
    referral.decision = "accepted_priority" if priority else "accepted_standard"
    referral.accepted_at = referral.reversed_at = at
    referral.worker_id, referral.expected_on = worker_id or by.id, expected_on
    event = change_status(referral, "reverse", by, at, acceptance(referral), words)
    tell([emails.to_referrer("reversed", referral, event)])
    return event


def uphold(referral: Referral, by: Actor, at: datetime, *, words: str) -> Event:
    """Stand by the decline, for the reason in the event’s words; that makes it final."""
    event = _make_final(referral, "uphold", by, at, words)
    tell([emails.to_referrer("upheld", referral, event)])
    return event


CLOSE_REASONS = {
    "agree_decline": "decline_agreed",
    "lapse_decline": "decline_lapsed",
    "uphold": "decline_upheld",
}


def _make_final(referral: Referral, action: str, by: Actor, at: datetime, words: str = "") -> Event:
    referral.decline_final_at = referral.closed_at = at
    referral.close_reason = CLOSE_REASONS[action]
    return end(referral, change_status(referral, action, by, at, words=words))
