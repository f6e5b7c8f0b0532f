"""Appointments in words: their modes, what became of them, and what may be done about each. In the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.access import Permission, may
from portal.agencies.hub_models import HubSession
from portal.agencies.hub_wording import hours, rhythm
from portal.agencies.wording import DELIVERY_NAMES
from portal.appointments.actions import OFFERABLE
from portal.appointments.models import ATTENDED, Appointment
from portal.i18n import date_and_time
from portal.referrals.models import Referral
from portal.referrals.states import Status

MODE_NAMES = DELIVERY_NAMES
STATE_NAMES = {
    "offered": _l("Offered"),
    "kept": _l("Kept"),
    "kept_late": _l("Kept late"),
    "missed": _l("Missed"),
    "missed_acceptable": _l("Missed with an acceptable reason"),
    "cancelled_by_agency": _l("Cancelled by the agency"),
    "cancelled_by_person": _l("Cancelled by the person"),
    "cancelled_by_iom": _l("Cancelled by IOM"),
    "moved": _l("Moved to another time"),
}
WHOSE_NAMES = {"agency": _l("The agency"), "person": _l("The person"), "iom": _l("IOM")}
STATE_COLOURS = {
    "offered": "blue",
    "kept": "green",
    "kept_late": "turquoise",
    "missed": "red",
    "missed_acceptable": "orange",
}


@dataclass(frozen=True)
class Line:
    """One appointment, said. actions: what the reader may do about it, as (address, text)."""

    id: int
    when: str
    at: str
    how: str
    worker: str
    state: str
    colour: str
    words: str
    state_words: str
    unrecorded: bool
    calendar: str | None
    actions: list[tuple[str, str]]


def may_offer(referral: Referral) -> bool:
    """May the reader offer an appointment now?"""
    return may(Permission.RESPOND) and Status(referral.status) in OFFERABLE


def lines(appointments: Iterable[Appointment], referral: Referral) -> list[Line]:
    """Those to come first, the next at the top; then the past ones, the latest at the top."""
    now = datetime.now(UTC)
    ordered = sorted(appointments, key=lambda one: (one.at <= now, abs(one.at - now), one.id))
    return [_line(appointment, referral, now) for appointment in ordered]


def _line(appointment: Appointment, referral: Referral, now: datetime) -> Line:
    path = f"/referrals/{referral.reference}/appointments/{appointment.id}"
    passed = appointment.at <= now
    return Line(
        id=appointment.id,
        when=date_and_time(appointment.at),
        at=appointment.at.isoformat(),
        how=how(appointment),
        worker=appointment.worker.name if appointment.worker else "",
        state=str(STATE_NAMES[appointment.state]),
        colour=STATE_COLOURS.get(appointment.state, "grey"),
        words=appointment.words,
        state_words=appointment.state_words,
        unrecorded=passed and appointment.state == "offered",
        calendar=f"{path}.ics" if appointment.state == "offered" else None,
        actions=_actions(appointment, referral, path, passed=passed),
    )


def how(appointment: Appointment) -> str:
    """Outreach, Canolfan Dewi Sant; By telephone."""
    return ", ".join(filter(None, (str(MODE_NAMES[appointment.mode]), appointment.place)))


def session_label(session: HubSession) -> str:
    """Canolfan Dewi Sant: every Tuesday, 10:00 to 12:00."""
    return f"{session.place}: {rhythm(session)}, {hours(session)}"


def _actions(
    appointment: Appointment, referral: Referral, path: str, *, passed: bool
) -> list[tuple[str, str]]:
    agency, found = current_user.side == "agency", []
    if agency and passed and appointment.state == "offered":
        found.append((f"{path}/attendance", _("Record attendance")))
    if agency and appointment.state in ATTENDED:
        found.append((f"{path}/attendance", _("Correct attendance")))
    if appointment.state == "offered":
        if may_offer(referral):
            found.append((f"{path}/move", _("Move")))
        found.append((f"{path}/cancel", _("Cancel")))
    return found
