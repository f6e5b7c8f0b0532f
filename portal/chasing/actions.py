"""Chasing, and what came of it: each leaves a row, an event and its emails. Actions never commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from portal.access import Role
from portal.chasing import emails
from portal.chasing.models import Chase
from portal.db import db
from portal.referrals.models import Referral
from portal.referrals.moving import Actor, record, respond, tell
from portal.referrals.states import OPEN, Status

EVENTS = {"chase": "chased", "advocacy": "advocated", "escalation": "escalated"}


class NotOpen(Exception):
    """The referral has ended: there is nothing to press for."""


class AlreadyAnswered(Exception):
    """Somebody has written down the answer to this chase."""


@dataclass(frozen=True)
class Answer:
    """What came of a chase: one of the codes of wording.CHANGES, the words, and whoever answered without an account."""

    changed: str
    words: str = ""
    answered_by: str = ""


def chase(
    referral: Referral,
    by: Actor,
    at: datetime,
    *,
    kind: str,
    level: str,
    channel: str,
    words: str,
    token: str,
) -> Chase | None:
    """Press for an answer or for quicker access, or raise it to managers, at the moment `at` when that was done.

    In the portal the addressees of the level get an email. The same token again adds nothing and gives None.
    Raises NotOpen.
    """
    if Status(referral.status) not in OPEN:
        raise NotOpen
    row = {
        "referral_id": referral.id, "agency_id": referral.agency_id, "service_id": referral.service_id,
        "area_id": referral.area_id, "kind": kind, "level": level, "channel": channel, "at": at,
        "by_id": by.id, "words": words, "token": token,
    }  # fmt: skip
    added = insert(Chase).values(row).on_conflict_do_nothing().returning(Chase.id)
    chase_id = db.session.scalar(added)
    if chase_id is None:
        return None
    made = db.session.get_one(Chase, chase_id)
    event = record(referral, EVENTS[kind], by, at, _data(made), words)
    if channel == "portal":
        tell(emails.chased(referral, made, event))
    return made


def answer(referral: Referral, asked: Chase, by: Actor, at: datetime, given: Answer) -> None:
    """Write down what came of a chase. The agency's own answer counts as its response, and whoever chased is told.

    Raises AlreadyAnswered.
    """
    if asked.answered_at is not None:
        raise AlreadyAnswered
    asked.answered_at, asked.answered_by_id, asked.answered_by = at, by.id, given.answered_by
    asked.answer, asked.changed = given.words, given.changed
    data = _data(asked) | {"changed": given.changed}
    event = record(referral, "chase_answered", by, at, data, given.words)
    if Role(by.role).side == "agency":
        respond(referral, by, at, "chase")
        tell(emails.answered(referral, asked, event))


def _data(chase: Chase) -> dict[str, object]:
    return {"chase_id": chase.id, "level": chase.level, "channel": chase.channel}
