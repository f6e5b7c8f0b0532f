"""What changes a referral: one function an action, each asking the table of states. Actions never commit."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.access import Role
from portal.agencies.models import Service
from portal.clocks.clock import london_date
from portal.db import db
from portal.people.models import Person
from portal.promises.models import Agreement
from portal.promises.queries import get_in_force
from portal.referrals import emails, sharing
from portal.referrals.models import Event, Message, Referral, ReferralDetail, Release
from portal.referrals.moving import (
    NAMES_CLOSE_AFTER,
    Actor,
    change_status,
    end,
    note_response,
    respond,
    tell,
)
from portal.referrals.reference import new_reference
from portal.referrals.states import Status


class AlreadyLive(Exception):
    """There is a live referral of this person to this service for this need; `reference` names it, if the viewer may."""

    def __init__(self, reference: str | None) -> None:
        super().__init__(reference)
        self.reference = reference


def create_draft(person: Person, need_code: str, by: Actor) -> Referral:
    """A draft with its own reference; nothing is sent."""
    referral = Referral(
        reference=_free_reference(),
        person_id=person.id,
        need_code=need_code,
        area_id=person.area_id,
        local_authority_id=person.local_authority_id,
        cohort=person.cohort,
        restricted=person.restricted,
        referrer_id=by.id,
        demo=person.demo,
    )
    db.session.add(referral)
    db.session.flush()
    db.session.add(ReferralDetail(referral_id=referral.id))
    audit.record("referral.drafted", "referral", [referral.id], area_id=referral.area_id)
    return referral


def _free_reference() -> str:
    while True:
        reference = new_reference()
        if not db.session.scalar(sa.select(sa.exists().where(Referral.reference == reference))):
            return reference


def discard_draft(referral: Referral, by: Actor) -> None:
    """Delete a draft; anything that has been sent can only be withdrawn."""
    if referral.status != Status.DRAFT:
        raise ValueError("only a draft can be discarded")
    audit.record("referral.discarded", "referral", [referral.id], area_id=referral.area_id, by=by.id)
    db.session.execute(
        sa.delete(Referral).where(Referral.id == referral.id, Referral.status == Status.DRAFT.value)
    )


def get_live(person_id: int, service_id: int, need_code: str, besides: int | None = None) -> str | None:
    """The reference of a live referral that stands in the way of another, if there is one that has been sent."""
    return db.session.scalar(
        sa.select(Referral.reference).where(
            Referral.person_id == person_id,
            Referral.service_id == service_id,
            Referral.need_code == need_code,
            Referral.status.not_in(["draft", "closed", "withdrawn"]),
            Referral.id != (besides or 0),
        )
    )


def send(referral: Referral, service: Service, by: Actor, at: datetime) -> Event:
    """Start the clock, release the chosen sections to the agency and tell it.

    The cohort and area that figures will use are the person's at this moment. Raises AlreadyLive.
    """
    if reference := get_live(referral.person_id, service.id, referral.need_code, besides=referral.id):
        raise AlreadyLive(reference)
    person = referral.person
    _keep_promise(referral, get_in_force(service.id, person.area_id, london_date(at)))
    referral.service_id, referral.agency_id = service.id, service.agency_id
    referral.area_id, referral.local_authority_id = person.area_id, person.local_authority_id
    referral.cohort, referral.restricted = person.cohort, person.restricted
    referral.sent_at = at
    event = change_status(referral, "send", by, at)
    db.session.add(
        Release(
            referral_id=referral.id,
            agency_id=service.agency_id,
            service_id=service.id,
            area_id=referral.area_id,
            number=1,
            initials=person.initials,
            content=sharing.snapshot(referral, person, referral.detail, referral.referrer),
            released_by_id=by.id,
        )
    )
    tell(emails.sent(referral, service, event))
    return event


def _keep_promise(referral: Referral, agreement: Agreement | None) -> None:
    """What was agreed when it is sent holds for it, whatever is agreed later."""
    if agreement:
        referral.agreement_id = agreement.id
        referral.promise_acknowledge = agreement.acknowledge_days
        referral.promise_decide, referral.promise_offer = agreement.decide_days, agreement.offer_days


def acknowledge(referral: Referral, by: Actor, at: datetime) -> Event:
    note_response(referral, at)
    event = change_status(referral, "acknowledge", by, at)
    tell([emails.to_referrer("acknowledged", referral, event)])
    return event


def ask(referral: Referral, by: Actor, at: datetime, *, words: str) -> Event:
    """Ask IOM a question, kept in the event’s words. It is a response; the net clock rests until the answer."""
    note_response(referral, at)
    event = change_status(referral, "ask", by, at, words=words)
    tell([emails.to_referrer("asked", referral, event)])
    return event


def send_answer(referral: Referral, by: Actor, at: datetime, *, words: str) -> Event:
    """Answer the agency’s question, in the event’s words; it is the agency’s turn again."""
    event = change_status(referral, "answer", by, at, words=words)
    tell(emails.to_worker("answered", referral, event))
    return event


def accept(
    referral: Referral,
    by: Actor,
    at: datetime,
    *,
    priority: bool,
    worker_id: int | None = None,
    expected_on: date | None = None,
    words: str = "",
) -> Event:
    """Accept as priority or as standard; the event’s data: {decision, worker_id, expected_on}.

    `worker_id` is who will work with the person, by default whoever accepts; `expected_on` the day help is expected by.
    """
    note_response(referral, at)
    referral.decision = "accepted_priority" if priority else "accepted_standard"
    referral.decided_at = referral.accepted_at = at
    referral.worker_id, referral.expected_on = worker_id or by.id, expected_on
    event = change_status(referral, "accept", by, at, acceptance(referral), words)
    tell([emails.to_referrer("accepted", referral, event)])
    return event


def acceptance(referral: Referral) -> dict[str, Any]:
    """The data of the event by which a referral is accepted, at once or on review."""
    expected_on = referral.expected_on.isoformat() if referral.expected_on else None
    return {"decision": referral.decision, "worker_id": referral.worker_id, "expected_on": expected_on}


def decline(
    referral: Referral, by: Actor, at: datetime, *, reason: str, words: str = "", elsewhere: str = ""
) -> Event:
    """Decline with a coded reason; the event’s data: {reason, elsewhere}, of which `elsewhere` is words."""
    note_response(referral, at)
    referral.decision, referral.decided_at, referral.decline_reason = "declined", at, reason
    event = change_status(referral, "decline", by, at, {"reason": reason, "elsewhere": elsewhere}, words)
    tell([emails.to_referrer("declined", referral, event)])
    return event


def start(referral: Referral, by: Actor, at: datetime) -> Event:
    """The person's first service, at the moment it happened."""
    referral.started_at = at
    event = change_status(referral, "start", by, at)
    tell([emails.to_referrer("started", referral, event)])
    return event


def close(
    referral: Referral, by: Actor, at: datetime, *, outcome: str, reason: str, words: str = ""
) -> Event:
    referral.closed_at, referral.outcome, referral.close_reason = at, outcome, reason
    event = change_status(referral, "close", by, at, {"outcome": outcome, "reason": reason}, words)
    tell([emails.to_referrer("closed", referral, event)])
    return end(referral, event)


def withdraw(referral: Referral, by: Actor, at: datetime, *, reason: str, words: str = "") -> Event:
    """Take the referral back; the agency is told whoever is assigned, or nobody."""
    referral.withdrawn_at, referral.withdrawal_reason = at, reason
    event = change_status(referral, "withdraw", by, at, {"reason": reason}, words)
    service = db.session.get_one(Service, referral.service_id)
    tell(emails.withdrawn(referral, service, event))
    at_once = reason == "agreement_withdrawn"
    return end(referral, event, timedelta() if at_once else NAMES_CLOSE_AFTER)


def write_message(referral: Referral, by: Actor, at: datetime, words: str, token: str) -> Message | None:
    """Add a message; the same token again adds nothing and gives None. An agency's first one is a response."""
    if db.session.scalar(sa.select(sa.exists().where(Message.token == token))):
        return None
    side = Role(by.role).side
    message = Message(referral_id=referral.id, side=side, by_id=by.id, at=at, words=words, token=token)
    db.session.add(message)
    if side == "agency":
        respond(referral, by, at, "message")
    db.session.flush()
    audit.record("message.written", "referral", [referral.id], area_id=referral.area_id, by=by.id)
    tell(emails.message(referral, message))
    return message
