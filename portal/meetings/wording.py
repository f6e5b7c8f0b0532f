"""The headings of a pack, and what is said beside a line, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.agencies.codes import DECLINE_REASONS
from portal.clocks.clock import london_date
from portal.i18n import long_date

# The most urgent first: a referral stands once, under the first that fits, and is tagged with the others.
HEADINGS = {
    "late": _l("Past what was promised"),
    "escalated": _l("Escalated, and not answered yet"),
    "declined": _l("Declines to discuss"),
    "questions": _l("Questions waiting for IOM’s answer"),
    "waiting": _l("Waiting for a decision, the longest first"),
    "open": _l("Also open"),
    "well": _l("What went well"),
    "ended": _l("Discussed at this meeting, and ended since"),
}
# Words and colours of tags; the other headings are said already by the tag of where the referral stands.
TAGS = {"escalated": (_l("Escalated"), "orange"), "well": (_l("Went well"), "green")}


def heading(code: str, since: date) -> str:
    if code == "well":
        return _("What went well since %(date)s", date=long_date(since))
    return str(HEADINGS[code])


def notes(row: Any, headings: list[str], since: date) -> Iterator[str]:
    """What the meeting wants to know of a line beyond its state: when it was escalated, why it was declined…"""
    if "escalated" in headings:
        yield _("Escalated on %(date)s", date=long_date(row.escalated_at))
    if "declined" in headings and row.decline_reason:
        yield str(DECLINE_REASONS[row.decline_reason][1])
    if "questions" in headings and row.status_since:
        yield _("Asked on %(date)s", date=long_date(row.status_since))
    if granted_since(row, since):
        yield _("Priority granted on %(date)s", date=long_date(row.accepted_at))
    if started_since(row, since):
        yield _("Help started on %(date)s", date=long_date(row.started_at))


def granted_since(row: Any, since: date) -> bool:
    return row.decision == "accepted_priority" and _is_since(row, row.accepted_at, since)


def started_since(row: Any, since: date) -> bool:
    return _is_since(row, row.started_at, since)


def _is_since(row: Any, moment: datetime | None, since: date) -> bool:
    return row.status != "withdrawn" and moment is not None and london_date(moment) >= since


def referrals(number: int) -> str:
    return ngettext("%(num)d referral", "%(num)d referrals", number)


def decided(by: str, day: str) -> str:
    return _("%(name)s, %(date)s", name=by, date=day)
