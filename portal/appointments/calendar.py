"""An appointment as a calendar file (RFC 5545). It names nobody: the reference and the agency, when, how and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from flask_babel import gettext as _
from icalendar import Calendar, Event

from portal.appointments import wording
from portal.appointments.models import CANCELLED, Appointment
from portal.i18n import language
from portal.referrals.models import Referral


def write(appointment: Appointment, every: Sequence[Appointment], base_url: str) -> bytes:
    """The file of what the appointment has become. `every` holds all appointments of its referral.

    However often it is moved it is one entry of a calendar: its UID is made of the first of them, its SEQUENCE
    grows with each change, and an older file that is opened later does not undo a newer one.
    """
    chain = list_moves(appointment, every)
    last, referral = chain[-1], appointment.referral
    cancelled = last.state in CANCELLED
    event = Event()
    event.add("uid", f"appointment-{chain[0].id}@{urlsplit(base_url).hostname}")
    event.add("sequence", len(chain) - 1 + cancelled)
    event.add("dtstamp", (last.state_at or last.offered_at).astimezone(UTC))
    event.add("dtstart", last.at.astimezone(UTC))
    event.add("dtend", (last.at + timedelta(minutes=last.minutes)).astimezone(UTC))
    event.add("summary", _summary(referral))
    event.add("location", wording.how(last))
    event.add("url", f"{base_url}/referrals/{referral.reference}")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    return _file(event)


def list_moves(appointment: Appointment, every: Sequence[Appointment]) -> list[Appointment]:
    """The first offer, what it was moved to, and so on: the whole chain to which this appointment belongs."""
    before = {one.moved_to_id: one for one in every if one.moved_to_id}
    after = {one.id: one for one in every}
    first = appointment
    while first.id in before:
        first = before[first.id]
    chain = [first]
    while chain[-1].moved_to_id:
        chain.append(after[chain[-1].moved_to_id])
    return chain


def _summary(referral: Referral) -> str:
    agency = referral.agency.name_in(language()) if referral.agency else ""
    return _("Appointment: %(agency)s, %(reference)s", agency=agency, reference=referral.reference)


def _file(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Blaenoriaeth//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()
