"""The life of a referral: the one table of what may happen to it. Pure; nothing else moves a referral.

Source: the product paper, section 4. `side` names who may: `iom`, `agency`, their managers, or `system`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.access import AGENCY, IOM, Role


class Status(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    INFORMATION_REQUESTED = "information_requested"
    ACCEPTED = "accepted"
    IN_SERVICE = "in_service"
    DECLINED = "declined"
    CHALLENGED = "challenged"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    PAUSED = "paused"


S = Status
UNDECIDED = frozenset({S.SENT, S.ACKNOWLEDGED, S.INFORMATION_REQUESTED})
ENDED = frozenset({S.CLOSED, S.WITHDRAWN})
OPEN = frozenset(Status) - ENDED - {S.DRAFT}
RESTING = frozenset({S.INFORMATION_REQUESTED, S.PAUSED})  # while which the net clock rests

MANAGERS_IOM = frozenset({Role.IOM_MANAGER})
MANAGERS_AGENCY = frozenset({Role.AGENCY_MANAGER})
MANAGERS = MANAGERS_IOM | MANAGERS_AGENCY
EVERY_IOM = frozenset(IOM)
EVERY_AGENCY = frozenset(AGENCY)
EITHER = EVERY_IOM | EVERY_AGENCY
ONLY_SYSTEM = frozenset({Role.SYSTEM})


@dataclass(frozen=True)
class Transition:
    """`to` is None where the state before is restored (resume, reopen)."""

    action: str
    from_: frozenset[Status]
    to: Status | None
    roles: frozenset[Role]


TRANSITIONS: tuple[Transition, ...] = (
    Transition("send", frozenset({S.DRAFT}), S.SENT, EVERY_IOM),
    Transition("acknowledge", frozenset({S.SENT}), S.ACKNOWLEDGED, EVERY_AGENCY),
    Transition("ask", frozenset({S.SENT, S.ACKNOWLEDGED}), S.INFORMATION_REQUESTED, EVERY_AGENCY),
    Transition("answer", frozenset({S.INFORMATION_REQUESTED}), S.ACKNOWLEDGED, EVERY_IOM),
    Transition("accept", UNDECIDED, S.ACCEPTED, EVERY_AGENCY),
    Transition("decline", UNDECIDED, S.DECLINED, EVERY_AGENCY),
    Transition("agree_decline", frozenset({S.DECLINED}), S.CLOSED, MANAGERS_IOM),
    Transition("lapse_decline", frozenset({S.DECLINED}), S.CLOSED, ONLY_SYSTEM),
    Transition("challenge", frozenset({S.DECLINED}), S.CHALLENGED, MANAGERS_IOM),
    Transition("reverse", frozenset({S.CHALLENGED}), S.ACCEPTED, MANAGERS_AGENCY),
    Transition("uphold", frozenset({S.CHALLENGED}), S.CLOSED, MANAGERS_AGENCY),
    Transition("start", frozenset({S.ACCEPTED}), S.IN_SERVICE, EVERY_AGENCY),
    Transition("close", frozenset({S.ACCEPTED, S.IN_SERVICE}), S.CLOSED, EVERY_AGENCY),
    Transition("withdraw", OPEN, S.WITHDRAWN, EVERY_IOM),
    Transition("pause", OPEN - {S.PAUSED}, S.PAUSED, EITHER),
    Transition("resume", frozenset({S.PAUSED}), None, EITHER),
    Transition("reopen", ENDED, None, MANAGERS),
)

_BY_ACTION = {transition.action: transition for transition in TRANSITIONS}

# The past tense of each action: the kind of the event it writes.
EVENT_KINDS = {
    "send": "sent",
    "acknowledge": "acknowledged",
    "ask": "asked",
    "answer": "answered",
    "accept": "accepted",
    "decline": "declined",
    "agree_decline": "decline_agreed",
    "lapse_decline": "decline_lapsed",
    "challenge": "challenged",
    "reverse": "reversed",
    "uphold": "upheld",
    "start": "started",
    "close": "closed",
    "withdraw": "withdrawn",
    "pause": "paused",
    "resume": "resumed",
    "reopen": "reopened",
}


class TransitionRefused(Exception):
    """This action is not in the table for this state and role. `status` is the state the referral is in."""

    def __init__(self, action: str, status: Status) -> None:
        super().__init__(f"{action} is refused in state {status}")
        self.action, self.status = action, status


def move(action: str, status: Status, role: Role, before: Status | None = None) -> Status:
    """The state after `action`; raises TransitionRefused where the table does not allow it.

    `before` is the state that resume and reopen restore.
    """
    transition = _BY_ACTION[action]
    if status not in transition.from_ or role not in transition.roles:
        raise TransitionRefused(action, status)
    target = transition.to or before
    if target is None:
        raise TransitionRefused(action, status)
    return target


def may_ever(action: str, role: Role) -> bool:
    """Whether this role may do it in any state at all."""
    return role in _BY_ACTION[action].roles


def before(action: str, paused_from: str | None, ended_from: str | None) -> Status | None:
    """The state that resuming or reopening restores."""
    kept = {"resume": paused_from, "reopen": ended_from}.get(action)
    return Status(kept) if kept else None


def allowed(status: Status, role: Role) -> list[str]:
    """What this role may do to a referral in this state, in the table's order."""
    return [t.action for t in TRANSITIONS if status in t.from_ and role in t.roles]


def fold(events: Iterable[tuple[str, str | None]]) -> Status:
    """The state that a history of (kind, to_status) leads to; `verify` compares it with the row's."""
    status = S.DRAFT
    for _kind, to_status in events:
        if to_status is not None:
            status = Status(to_status)
    return status
