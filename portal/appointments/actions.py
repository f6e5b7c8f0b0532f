"""Offering, moving, cancelling and recording appointments. Each leaves its row, an event and its emails; none commits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from portal.access import Role
from portal.appointments import emails
from portal.appointments.models import ATTENDED, Appointment
from portal.db import db
from portal.referrals.models import Event, Referral
from portal.referrals.moving import Actor, record, respond, tell
from portal.referrals.states import OPEN, Status, TransitionRefused

# Where an appointment may be offered. It changes no status, so the table of states has no row for it.
OFFERABLE = OPEN - {Status.DECLINED, Status.CHALLENGED, Status.PAUSED}
# Who may say whose cancellation it was.
CANCELS = {"agency": ("agency", "person", "iom"), "iom": ("person", "iom")}


@dataclass(frozen=True)
class Offer:
    """When (`at`, with a time zone), for how long, how and where, and with whom."""

    at: datetime
    minutes: int
    mode: str
    worker_id: int
    place: str = ""
    words: str = ""
    hub_session_id: int | None = None


def offer(referral: Referral, by: Actor, at: datetime, offered: Offer, token: str) -> Appointment | None:
    """Offer an appointment; the same token again adds nothing and gives None. A first offer is a first response.

    Raises TransitionRefused where the referral's state allows no offer, StaleDataError if it has changed meanwhile.
    """
    if not _begin(referral, by, token):
        return None
    appointment = _add(referral, by, at, offered, token)
    referral.first_offer_at = referral.first_offer_at or at
    respond(referral, by, at, "appointment")
    event = record(referral, "appointment_offered", by, at, _data(appointment), offered.words)
    tell([emails.to_referrer("appointment_offered", referral, event)])
    return appointment


def move(appointment: Appointment, by: Actor, at: datetime, offered: Offer, token: str) -> Appointment | None:
    """Another row takes the place of this one, which stays. Tokens and errors are those of `offer`."""
    referral = appointment.referral
    if not _begin(referral, by, token):
        return None
    _insist(appointment, "move", appointment.state == "offered")
    moved = _add(referral, by, at, offered, token)
    appointment.moved_to_id = moved.id
    _settle(appointment, by, at, "moved")
    data = {"moved_from_id": appointment.id, "moved_from_at": appointment.at.isoformat(), **_data(moved)}
    event = record(referral, "appointment_moved", by, at, data, offered.words)
    tell([emails.to_referrer("appointment_moved", referral, event)])
    return moved


def cancel(appointment: Appointment, by: Actor, at: datetime, *, whose: str, words: str = "") -> Event:
    """`whose` cancellation it is: agency, person or iom. The other side is told. Raises TransitionRefused."""
    side, referral = Role(by.role).side, appointment.referral
    _insist(appointment, "cancel", appointment.state == "offered" and whose in CANCELS.get(side, ()))
    _settle(appointment, by, at, f"cancelled_by_{whose}", words)
    event = record(referral, "appointment_cancelled", by, at, {**_data(appointment), "whose": whose}, words)
    if side == "agency":
        tell([emails.to_referrer("appointment_cancelled", referral, event)])
    else:
        tell(emails.to_worker("appointment_cancelled", appointment, event))
    return event


def may_record(appointment: Appointment, at: datetime) -> bool:
    """Only once its time has come; what was recorded may be corrected."""
    return (appointment.state == "offered" and appointment.at <= at) or appointment.state in ATTENDED


def record_attendance(
    appointment: Appointment, by: Actor, at: datetime, *, state: str, words: str = ""
) -> Event:
    """One of ATTENDED. A correction is an event of its own that names what it corrects. Raises TransitionRefused."""
    agency = Role(by.role).side == "agency"
    _insist(appointment, "record", agency and state in ATTENDED and may_record(appointment, at))
    data = _data(appointment)
    if appointment.state in ATTENDED:
        data["corrects"] = appointment.state
    _settle(appointment, by, at, state, words)
    return record(appointment.referral, f"appointment_{state}", by, at, data, words)


def _begin(referral: Referral, by: Actor, token: str) -> bool:
    """Lock the referral, so that nobody ends it meanwhile; False if this token was used before."""
    query = sa.select(Referral.version).where(Referral.id == referral.id).with_for_update()
    version = db.session.scalars(query).one()
    if db.session.scalar(sa.select(sa.exists().where(Appointment.token == token))):
        return False
    if version != referral.version:
        raise StaleDataError("the referral has changed since it was read")
    if Status(referral.status) not in OFFERABLE or Role(by.role).side != "agency":
        raise TransitionRefused("offer", Status(referral.status))
    return True


def _insist(appointment: Appointment, action: str, allowed: bool) -> None:
    if not allowed:
        raise TransitionRefused(action, Status(appointment.referral.status))


def _add(referral: Referral, by: Actor, at: datetime, offered: Offer, token: str) -> Appointment:
    appointment = Appointment(
        referral_id=referral.id,
        agency_id=referral.agency_id,
        service_id=referral.service_id,
        area_id=referral.area_id,
        offered_at=at,
        offered_by_id=by.id,
        token=token,
        **asdict(offered),
    )
    db.session.add(appointment)
    db.session.flush()
    return appointment


def _settle(appointment: Appointment, by: Actor, at: datetime, state: str, words: str = "") -> None:
    """Say what became of it; the flush refuses whoever comes second (StaleDataError)."""
    appointment.state, appointment.state_at, appointment.state_by_id = state, at, by.id
    appointment.state_words = words
    db.session.flush()


def _data(appointment: Appointment) -> dict[str, Any]:
    return {
        "appointment_id": appointment.id,
        "at": appointment.at.isoformat(),
        "mode": appointment.mode,
    }
