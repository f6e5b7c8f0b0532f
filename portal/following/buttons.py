"""The buttons on the page of one referral: what this person may do now, the likeliest first, the rare ones apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

from portal.access import GRANTS, Permission, Role
from portal.appointments.actions import OFFERABLE
from portal.referrals.models import Referral
from portal.referrals.states import OPEN, S, Status, allowed


class Button(NamedTuple):
    """`path` follows the referral's address; `post` acts at once, without a form of its own."""

    path: str
    text: Any
    post: bool = False


ACKNOWLEDGE = Button("acknowledge", _l("Acknowledge"), post=True)
AS_PRIORITY = Button("accept-as-priority", _l("Accept as priority"))
AS_STANDARD = Button("accept-as-standard", _l("Accept as standard"))
ASK = Button("ask", _l("Ask for information"))
DECLINE = Button("decline", _l("Decline"))
OFFER = Button("appointments/new", _l("Offer appointment"))
START = Button("start", _l("Start service"))
CLOSE = Button("close", _l("Close referral"))
AGREE = Button("agree-decline", _l("Agree with decline"))
CHALLENGE = Button("challenge", _l("Challenge decline"))
REVERSE_AS_PRIORITY = Button("reverse-as-priority", _l("Accept as priority"))
REVERSE_AS_STANDARD = Button("reverse-as-standard", _l("Accept as standard"))
UPHOLD = Button("uphold", _l("Uphold decline"))
CHASE = Button("chase", _l("Chase"))
ESCALATE = Button("escalate", _l("Escalate"))
UPDATE = Button("update", _l("Update what the agency sees"))
PAUSE = Button("pause", _l("Pause"))
RESUME = Button("resume", _l("Resume"))
WITHDRAW = Button("withdraw", _l("Withdraw"))
REOPEN = Button("reopen", _l("Reopen"))

# What each action of the table of states is done by. The answer to a question has its form on the page itself.
BY_ACTION = {
    "acknowledge": (ACKNOWLEDGE,),
    "ask": (ASK,),
    "accept": (AS_PRIORITY, AS_STANDARD),
    "decline": (DECLINE,),
    "start": (START,),
    "close": (CLOSE,),
    "agree_decline": (AGREE,),
    "challenge": (CHALLENGE,),
    "reverse": (REVERSE_AS_PRIORITY, REVERSE_AS_STANDARD),
    "uphold": (UPHOLD,),
    "pause": (PAUSE,),
    "resume": (RESUME,),
    "withdraw": (WITHDRAW,),
    "reopen": (REOPEN,),
}
DECIDING = (AS_PRIORITY, AS_STANDARD, ASK, OFFER, DECLINE)
# Side and status: what stands in sight, the likeliest first. What else is allowed stands under "More actions".
LIKELY: dict[tuple[str, str], tuple[Button, ...]] = {
    ("agency", S.SENT): (ACKNOWLEDGE, *DECIDING),
    ("agency", S.ACKNOWLEDGED): DECIDING,
    ("agency", S.INFORMATION_REQUESTED): DECIDING,
    ("agency", S.ACCEPTED): (START, OFFER, CLOSE),
    ("agency", S.IN_SERVICE): (OFFER, CLOSE),
    ("agency", S.CHALLENGED): (REVERSE_AS_PRIORITY, REVERSE_AS_STANDARD, UPHOLD),
    ("agency", S.PAUSED): (RESUME,),
    ("iom", S.SENT): (CHASE,),
    ("iom", S.ACKNOWLEDGED): (CHASE,),
    ("iom", S.DECLINED): (AGREE, CHALLENGE),
    ("iom", S.PAUSED): (RESUME,),
}
# A judgement of a manager’s: neither answer is put before the other.
WEIGHED = {("iom", S.DECLINED), ("agency", S.CHALLENGED)}
# Where it is the other side's turn, no button is the green one.
WAITING = {("agency", S.INFORMATION_REQUESTED), ("iom", S.SENT), ("iom", S.ACKNOWLEDGED)}


@dataclass(frozen=True)
class Action:
    """A button as the page shows it; `primary` for the one that is green."""

    href: str
    text: str
    post: bool = False
    primary: bool = False


@dataclass(frozen=True)
class Actions:
    likely: list[Action]
    rare: list[Action]


def page_actions(
    referral: Referral,
    role: Role,
    *,
    late: bool = False,
    escalate: bool = False,
    to_record: str | None = None,
) -> Actions:
    """What this role may do now.

    `late`: past the promise; `escalate`: that is the step advised; `to_record`: the address of attendance yet to be
    recorded.
    """
    status, side = Status(referral.status), role.side
    may = [button for action in allowed(status, role) for button in BY_ACTION.get(action, ())]
    may += _beside_the_states(status, role)
    likely = list(LIKELY.get((side, status), ()))
    if side == "agency" and status == S.ACCEPTED and referral.first_offer_at is None:
        likely = [OFFER, START, CLOSE]
    if side == "iom" and late:
        press = [ESCALATE, CHASE] if escalate else [CHASE, ESCALATE]
        likely = [*(button for button in likely if button is not CHASE), *press]
    shown = [button for button in likely if button in may]
    green = late or (side, status) not in WAITING | WEIGHED
    found = [
        _action(referral, button, primary=green and not n and not to_record) for n, button in enumerate(shown)
    ]
    if to_record:
        found.insert(0, Action(to_record, str(_l("Record attendance")), primary=True))
    return Actions(found, [_action(referral, button) for button in may if button not in shown])


def _beside_the_states(status: Status, role: Role) -> list[Button]:
    """What needs no change of status: offering, chasing, and releasing a new snapshot."""
    found = []
    if Permission.RESPOND in GRANTS[role] and status in OFFERABLE:
        found.append(OFFER)
    if Permission.CHASE in GRANTS[role] and status in OPEN:
        found += [CHASE, ESCALATE]
    if Permission.REFER in GRANTS[role] and status in OPEN:
        found.append(UPDATE)
    return found


def _action(referral: Referral, button: Button, *, primary: bool = False) -> Action:
    return Action(f"/referrals/{referral.reference}/{button.path}", str(button.text), button.post, primary)
