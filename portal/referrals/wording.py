"""A referral in words: its state, whose turn it is, its clock, its history. In the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.agencies.codes import CLOSE_REASONS, DECLINE_REASONS, OUTCOMES, WITHDRAWAL_REASONS
from portal.i18n import date_and_time, long_date

STATUS_NAMES = {
    "draft": _l("Draft"),
    "sent": _l("Sent"),
    "acknowledged": _l("Acknowledged"),
    "information_requested": _l("Information requested"),
    "accepted": _l("Accepted"),
    "in_service": _l("In service"),
    "declined": _l("Declined"),
    "challenged": _l("Challenged"),
    "closed": _l("Closed"),
    "withdrawn": _l("Withdrawn"),
    "paused": _l("Paused"),
}
STATUS_COLOURS = {
    "draft": "grey",
    "sent": "blue",
    "acknowledged": "light-blue",
    "information_requested": "yellow",
    "accepted": "turquoise",
    "in_service": "green",
    "declined": "red",
    "challenged": "orange",
    "closed": "grey",
    "withdrawn": "grey",
    "paused": "purple",
}
DECISION_NAMES = {
    "accepted_priority": _l("Accepted as priority"),
    "accepted_standard": _l("Accepted as standard"),
    "declined": _l("Declined"),
}
EVENT_NAMES = {
    "sent": _l("Referral sent"),
    "acknowledged": _l("Acknowledged"),
    "asked": _l("Information requested"),
    "answered": _l("Question answered"),
    "declined": _l("Declined"),
    "decline_agreed": _l("Decline agreed"),
    "started": _l("Service started"),
    "closed": _l("Closed"),
    "withdrawn": _l("Withdrawn"),
    "paused": _l("Paused"),
    "resumed": _l("Resumed"),
    "reopened": _l("Reopened"),
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


def status_tag(status: str, decision: str | None) -> tuple[str, str]:
    """Words and colour of a referral's tag; an accepted one says how it was accepted."""
    if status == "accepted" and decision:
        return str(DECISION_NAMES[decision]), STATUS_COLOURS[status]
    return str(STATUS_NAMES[status]), STATUS_COLOURS[status]


def clock_words(days: int, *, answered: bool) -> str:
    """How long an answer took, or has been waited for: working days, gross."""
    if days == 0:
        return _("Answered on the same working day") if answered else _("Sent today")
    if answered:
        return ngettext("Answered in %(num)d working day", "Answered in %(num)d working days", days)
    return ngettext("Waiting for %(num)d working day", "Waiting for %(num)d working days", days)


def standing(referral: Any, agency: str, worker: str | None, *, agency_side: bool) -> str:
    """One sentence: where the referral stands and whose turn it is."""
    sentences = {
        "sent": _("%(agency)s has not answered yet.", agency=agency),
        "acknowledged": _("%(agency)s has the referral and has yet to decide.", agency=agency),
        "information_requested": _(
            "%(agency)s has asked a question. It is IOM’s turn to answer.", agency=agency
        ),
        "accepted": _accepted(referral, agency, worker),
        "in_service": _("Help started on %(date)s.", date=long_date(referral.started_at)),
        "declined": _(
            "%(agency)s declined. An IOM manager has yet to say whether IOM agrees.", agency=agency
        ),
        "challenged": _("IOM has challenged the decline. It is %(agency)s’s turn to answer.", agency=agency),
        "closed": _("Closed on %(date)s.", date=long_date(referral.closed_at)),
        "withdrawn": _("IOM withdrew this referral on %(date)s.", date=long_date(referral.withdrawn_at)),
        "paused": _("This referral is paused."),
    }
    if agency_side and referral.status == "sent":
        return _("This referral is new. Acknowledge it, or decide at once.")
    if agency_side and referral.status == "acknowledged":
        return _("You have acknowledged this referral. Accept or decline it.")
    return sentences[referral.status]


def _accepted(referral: Any, agency: str, worker: str | None) -> str:
    said = (
        _("%(agency)s accepted this as a priority.", agency=agency)
        if referral.decision == "accepted_priority"
        else _("%(agency)s accepted this as a standard referral.", agency=agency)
    )
    if worker:
        said += " " + _("%(worker)s will work with the person.", worker=worker)
    if referral.expected_on:
        said += " " + _("Help is expected by %(date)s.", date=long_date(referral.expected_on))
    return said


def happenings(events: list[Any]) -> list[Happening]:
    """The timeline, newest first."""
    return [_happening(event) for event in reversed(events)]


def _happening(event: Any) -> Happening:
    title = EVENT_NAMES.get(event.kind)
    if event.kind in ("accepted", "reversed"):
        title = DECISION_NAMES[event.data["decision"]]
    return Happening(
        title=str(title or event.kind),
        by=_who(event),
        when=date_and_time(event.happened_at),
        at=event.happened_at.isoformat(),
        details=list(_details(event)),
        words=event.words,
    )


def _who(event: Any) -> str:
    if event.by is None:
        return str(SIDES["system"])
    organisation = event.by.organisation or SIDES[event.side]
    return _("%(name)s, %(organisation)s", name=event.by.name, organisation=organisation)


def _details(event: Any) -> list[tuple[str, str]]:
    data, found = event.data, []
    if event.kind == "declined":
        found.append((_("Reason"), str(DECLINE_REASONS[data["reason"]][1])))
        if data.get("elsewhere"):
            found.append((_("Where to go instead"), data["elsewhere"]))
    elif event.kind == "withdrawn":
        found.append((_("Reason"), str(WITHDRAWAL_REASONS[data["reason"]])))
    elif event.kind == "closed":
        found.append((_("Outcome"), str(OUTCOMES[data["outcome"]])))
        found.append((_("Reason"), str(CLOSE_REASONS[data["reason"]])))
    elif event.kind == "accepted" and data.get("expected_on"):
        found.append((_("Expected by"), long_date(date.fromisoformat(data["expected_on"]))))
    return found
