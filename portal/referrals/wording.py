"""A referral in words: its state, whose turn it is, its clock, its history. In the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.codes import CLOSE_REASONS, OUTCOMES, WITHDRAWAL_REASONS
from portal.i18n import long_date

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
PAUSE_REASONS = {
    "custody": _l("Person in custody"),
    "hospital": _l("Person in hospital"),
    "out_of_contact": _l("Person out of contact"),
    "other": _l("Other"),
}


def status_tag(status: str, decision: str | None) -> tuple[str, str]:
    """Words and colour of a referral's tag; an accepted one says how it was accepted."""
    if status == "accepted" and decision:
        return str(DECISION_NAMES[decision]), STATUS_COLOURS[status]
    return str(STATUS_NAMES[status]), STATUS_COLOURS[status]


@dataclass(frozen=True)
class Reader:
    """Who reads the page: `side` iom or agency; `manager` may answer for that side."""

    side: str
    manager: bool = False

    @property
    def agency(self) -> bool:
        return self.side == "agency"


def standing(
    referral: Any,
    agency: str,
    reader: Reader,
    *,
    worker: str | None = None,
    final_on: date | None = None,
    paused_for: str | None = None,
) -> str:
    """A sentence or two: where the referral stands and whose turn it is. `final_on`: when a decline lapses;
    `paused_for`: a code of PAUSE_REASONS."""
    status = referral.status
    if status == "sent" and reader.agency:
        return _("This referral is new. Acknowledge it, or decide at once.")
    if status == "acknowledged" and reader.agency:
        return _("You have acknowledged this referral. Accept or decline it.")
    if status == "information_requested":
        if reader.agency:
            return _("You have asked a question. It is IOM’s turn to answer.")
        return _("%(agency)s has asked a question. It is IOM’s turn to answer.", agency=agency)
    if status == "accepted":
        return _accepted(referral, agency, worker)
    if status in ("declined", "challenged"):
        return _declined(status, agency, reader, final_on)
    if status in ("closed", "withdrawn"):
        return _ended(referral)
    return {
        "sent": _("%(agency)s has not answered yet.", agency=agency),
        "acknowledged": _("%(agency)s has the referral and has yet to decide.", agency=agency),
        "in_service": _("Help started on %(date)s.", date=long_date(referral.started_at)),
        "paused": _paused(referral, paused_for),
    }[status]


def _paused(referral: Any, reason: str | None) -> str:
    said = _("This referral has been paused since %(date)s.", date=long_date(referral.status_since))
    why = PAUSE_REASONS.get(reason or "")
    return said + " " + _("Reason: %(reason)s.", reason=why) if why else said


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


def _declined(status: str, agency: str, reader: Reader, final_on: date | None) -> str:
    if status == "challenged":
        if not reader.agency:
            return _("IOM has challenged the decline. It is %(agency)s’s turn to answer.", agency=agency)
        if reader.manager:
            return _("IOM has challenged the decline. Accept the referral, or uphold the decline.")
        return _("IOM has challenged the decline. A manager of your agency is to answer.")
    day = long_date(final_on)
    if reader.agency:
        return _("You declined. IOM has until %(date)s to agree or to challenge it.", date=day)
    if reader.manager:
        return _(
            "%(agency)s declined. Agree or challenge by %(date)s: then the decline is final.",
            agency=agency,
            date=day,
        )
    return _(
        "%(agency)s declined. An IOM manager has until %(date)s to agree or to challenge it.",
        agency=agency,
        date=day,
    )


def _ended(referral: Any) -> str:
    if referral.status == "withdrawn":
        why = WITHDRAWAL_REASONS.get(referral.withdrawal_reason)
        said = _("IOM withdrew this referral on %(date)s.", date=long_date(referral.withdrawn_at))
        return said + " " + _("Reason: %(reason)s.", reason=why) if why else said
    said = _("Closed on %(date)s.", date=long_date(referral.closed_at))
    why = OUTCOMES.get(referral.outcome) or CLOSE_REASONS.get(referral.close_reason)
    return f"{said} {why}." if why else said
