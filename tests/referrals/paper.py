"""The table of the product paper, section 4, written out as it reads there; and how a test makes each of its moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.accounts.models import User
from portal.referrals import actions, pause_actions, review_actions
from portal.referrals.models import Event, Referral

IOM = {"iom_officer", "iom_manager"}
AGENCY = {"agency_worker", "agency_manager"}
ANY_OPEN = {
    "sent", "acknowledged", "information_requested", "accepted", "in_service", "declined", "challenged", "paused",
}  # fmt: skip
# action: (from, to, who); "before" is the state that was there before.
PAPER: dict[str, tuple[set[str], str, set[str]]] = {
    "send": ({"draft"}, "sent", IOM),
    "acknowledge": ({"sent"}, "acknowledged", AGENCY),
    "ask": ({"sent", "acknowledged"}, "information_requested", AGENCY),
    "answer": ({"information_requested"}, "acknowledged", IOM),
    "accept": ({"sent", "acknowledged", "information_requested"}, "accepted", AGENCY),
    "decline": ({"sent", "acknowledged", "information_requested"}, "declined", AGENCY),
    "agree_decline": ({"declined"}, "closed", {"iom_manager"}),
    "lapse_decline": ({"declined"}, "closed", {"system"}),
    "challenge": ({"declined"}, "challenged", {"iom_manager"}),
    "reverse": ({"challenged"}, "accepted", {"agency_manager"}),
    "uphold": ({"challenged"}, "closed", {"agency_manager"}),
    "start": ({"accepted"}, "in_service", AGENCY),
    "close": ({"accepted", "in_service"}, "closed", AGENCY),
    "withdraw": (ANY_OPEN, "withdrawn", IOM),
    "pause": (ANY_OPEN - {"paused"}, "paused", IOM | AGENCY),
    "resume": ({"paused"}, "before", IOM | AGENCY),
    "reopen": ({"closed", "withdrawn"}, "before", {"iom_manager", "agency_manager"}),
}
Act = Callable[[Referral, Any, datetime], Event]
ACT: dict[str, Act] = {
    "acknowledge": actions.acknowledge,
    "ask": lambda referral, by, at: actions.ask(referral, by, at, words="«Which town?»"),
    "answer": lambda referral, by, at: actions.send_answer(referral, by, at, words="«Cardiff»"),
    "accept": lambda referral, by, at: actions.accept(referral, by, at, priority=True),
    "decline": lambda referral, by, at: actions.decline(referral, by, at, reason="no_capacity"),
    "agree_decline": review_actions.agree_decline,
    "lapse_decline": review_actions.lapse_decline,
    "challenge": lambda referral, by, at: review_actions.challenge(referral, by, at, words="«There was a room»"),
    "reverse": lambda referral, by, at: review_actions.reverse(referral, by, at, priority=False),
    "uphold": lambda referral, by, at: review_actions.uphold(referral, by, at, words="«It has gone»"),
    "start": actions.start,
    "close": lambda referral, by, at: actions.close(referral, by, at, outcome="met", reason="completed"),
    "withdraw": lambda referral, by, at: actions.withdraw(referral, by, at, reason="moved_away"),
    "pause": lambda referral, by, at: pause_actions.pause(referral, by, at, reason="hospital"),
    "resume": pause_actions.resume,
    "reopen": lambda referral, by, at: pause_actions.reopen(referral, by, at, words="«Wrong one»"),
}  # fmt: skip
# How a referral comes to stand in each state, by (action, role), from sent.
WAYS: dict[str, list[tuple[str, str]]] = {
    "sent": [],
    "acknowledged": [("acknowledge", "agency_worker")],
    "information_requested": [("ask", "agency_worker")],
    "accepted": [("accept", "agency_worker")],
    "in_service": [("accept", "agency_worker"), ("start", "agency_worker")],
    "declined": [("decline", "agency_worker")],
    "challenged": [("decline", "agency_worker"), ("challenge", "iom_manager")],
    "closed": [("accept", "agency_worker"), ("close", "agency_worker")],
    "withdrawn": [("withdraw", "iom_officer")],
    "paused": [("acknowledge", "agency_worker"), ("pause", "iom_officer")],
}


def bring(referral: Referral, status: str, people: dict[str, User], at: datetime) -> None:
    """Take a referral that was sent to this state, by those who may."""
    for action, role in WAYS[status]:
        ACT[action](referral, people[role], at)
    assert referral.status == status
