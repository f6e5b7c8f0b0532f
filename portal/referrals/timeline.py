"""What has happened to a referral, in words: one entry for each event, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.codes import CLOSE_REASONS, DECLINE_REASONS, OUTCOMES, WITHDRAWAL_REASONS
from portal.i18n import date_and_time, long_date
from portal.referrals.wording import DECISION_NAMES, PAUSE_REASONS

EVENT_NAMES = {
    "sent": _l("Referral sent"),
    "acknowledged": _l("Acknowledged"),
    "asked": _l("Information requested"),
    "answered": _l("Question answered"),
    "declined": _l("Declined"),
    "decline_agreed": _l("IOM agreed with the decline"),
    "decline_lapsed": _l("The decline became final: IOM did not challenge it within 10 working days"),
    "challenged": _l("IOM challenged the decline"),
    "upheld": _l("Decline upheld"),
    "started": _l("Service started"),
    "closed": _l("Closed"),
    "withdrawn": _l("Withdrawn"),
    "paused": _l("Paused"),
    "resumed": _l("Resumed"),
    "reopened": _l("Reopened: it was closed in error"),
    "updated": _l("IOM changed what the agency sees"),
    "assigned": _l("Work given to a worker"),
    "passed_on": _l("Passed to a colleague in IOM"),
    "waiting_list": _l("Waiting list"),
    "appointment_offered": _l("Appointment offered"),
    "appointment_moved": _l("Appointment moved"),
    "appointment_kept": _l("Appointment kept"),
    "appointment_kept_late": _l("Appointment kept late"),
    "appointment_missed": _l("Appointment missed"),
    "appointment_missed_acceptable": _l("Appointment missed with an acceptable reason"),
    "appointment_cancelled": _l("Appointment cancelled"),
    "chased": _l("IOM chased for an answer"),
    "advocated": _l("IOM asked for quicker access"),
    "escalated": _l("IOM escalated"),
    "chase_answered": _l("The agency answered IOM"),
    "discussed": _l("Discussed at a meeting"),
}
RESPONSES = {
    "message": _l("By a message from the agency"),
    "appointment": _l("By the offer of an appointment"),
    "pause": _l("By a pause"),
    "chase": _l("By an answer to IOM"),
}
SIDES = {"iom": _l("IOM"), "agency": _l("Agency"), "system": _l("Blaenoriaeth")}


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline."""

    title: str
    by: str
    when: str
    at: str
    details: list[tuple[str, str]]
    words: str


Codes = Mapping[str, tuple[Any, Mapping[Any, Any]]]


def happenings(events: list[Any], codes: Codes | None = None) -> list[Happening]:
    """The timeline, newest first. `codes`: for a key of an event's data its label, and words for its values."""
    return [_happening(event, codes or {}) for event in reversed(events)]


def _happening(event: Any, codes: Codes) -> Happening:
    return Happening(
        title=_title(event),
        by=_who(event),
        when=date_and_time(event.happened_at),
        at=event.happened_at.isoformat(),
        details=list(_details(event, codes)),
        words=event.words,
    )


def _title(event: Any) -> str:
    if event.kind == "accepted":
        return str(DECISION_NAMES[event.data["decision"]])
    if event.kind == "reversed":
        priority = event.data.get("decision") == "accepted_priority"
        return (
            _("Decline reversed: accepted as priority")
            if priority
            else _("Decline reversed: accepted as standard")
        )
    if event.kind == "updated" and event.data.get("urgent"):
        return _("Urgent: IOM changed what the agency sees")
    if event.kind == "chase_answered" and event.side == "iom":
        return _("IOM wrote down the agency’s answer")
    if event.kind == "assigned" and event.data.get("to_id") is None:
        return _("Work handed back")
    return str(EVENT_NAMES.get(event.kind) or event.kind)


def _who(event: Any) -> str:
    if event.by is None:
        return str(SIDES["system"])
    organisation = event.by.organisation or SIDES[event.side]
    return _("%(name)s, %(organisation)s", name=event.by.name, organisation=organisation)


def _details(event: Any, codes: Codes) -> Iterator[tuple[str, str]]:
    data = event.data
    if event.kind in REASONS and data.get("reason") in REASONS[event.kind]:
        yield _("Reason"), str(REASONS[event.kind][data["reason"]])
    if data.get("elsewhere"):
        yield _("Where to go instead"), data["elsewhere"]
    if data.get("outcome") in OUTCOMES:
        yield _("Outcome"), str(OUTCOMES[data["outcome"]])
    if event.kind == "acknowledged" and data.get("through") in RESPONSES:
        yield _("How"), str(RESPONSES[data["through"]])
    if data.get("position"):
        yield _("Position on the waiting list"), str(data["position"])
    yield from _dates(event)
    for key, (label, words) in codes.items():
        if data.get(key) in words:
            yield str(label), str(words[data[key]])


def _dates(event: Any) -> Iterator[tuple[str, str]]:
    if event.kind.startswith("appointment_") and event.data.get("at"):
        yield _("When"), date_and_time(datetime.fromisoformat(event.data["at"]))
    for key, label in DATES.items():
        if event.data.get(key):
            yield str(label), long_date(date.fromisoformat(event.data[key]))


DATES = {"expected_on": _l("Help expected by"), "held_on": _l("Meeting held on")}
REASONS: dict[str, Mapping[str, Any]] = {
    "declined": {code: words for code, (_cause, words) in DECLINE_REASONS.items()},
    "withdrawn": WITHDRAWAL_REASONS,
    "closed": CLOSE_REASONS,
    "paused": PAUSE_REASONS,
}
