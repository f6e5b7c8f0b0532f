"""Keeping in words: reasons, and what is held on a person."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.i18n import long_date
from portal.keeping.due import Standing

KEEP_REASONS = {
    "investigation": _l("A live investigation or prosecution"),
    "safeguarding": _l("Safeguarding of a child or an adult"),
    "claim": _l("A complaint or legal claim"),
    "subject_access": _l("A request for a copy is open"),
    "other": _l("Another reason"),
}
ERASE_REASONS = {
    "retention": _l("The period for keeping it is over"),
    "asked": _l("The person asked for it (right to erasure)"),
    "in_error": _l("It was entered in error"),
    "order": _l("A court or the Information Commissioner ordered it"),
}
ACTIONS = {"keep": _l("Keep"), "erase": _l("Erase"), "stop": _l("Erasure stopped")}


def reason(action: str, code: str) -> str:
    reasons = {"keep": KEEP_REASONS, "erase": ERASE_REASONS}.get(action, {})
    return str(reasons[code]) if code in reasons else ""


def why_due(standing: Standing, today: date) -> str:
    """One sentence on how the record stands."""
    if standing.on_iom:
        return _("The person is on IOM. The record is reviewed once the cohort and all referrals have ended.")
    if standing.live:
        return _("The person has a live referral. The record is reviewed once all referrals have ended.")
    if standing.due_on is None:
        return _("There is a draft of a referral. The record is reviewed once it is sent and ended, or gone.")
    last, due = long_date(standing.last_on), long_date(standing.due_on)
    if standing.due_on > today:
        return _(
            "The last thing ended on %(last)s. The record is to be reviewed on %(due)s.", last=last, due=due
        )
    return _(
        "The last thing ended on %(last)s. The record has been due for review since %(due)s.",
        last=last,
        due=due,
    )


def held_rows(counts: dict[str, int]) -> list[tuple[str, str]]:
    """Kinds of record with how many there are; kinds of which there are none are left out."""
    names = {
        "rows": _("Records of the person, joined to one"),
        "sources": _("What police and probation extracts said"),
        "edits": _("Changes made here"),
        "spells": _("Times in a cohort"),
        "reviews": _("Reviews"),
        "needs": _("Needs"),
        "statements": _("What was said of needs"),
        "closings": _("Closings, and their undoing"),
        "aside": _("Findings left as they are"),
        "referrals": _("Referrals"),
        "messages": _("Messages"),
        "appointments": _("Appointments"),
        "chases": _("Chases and escalations"),
        "meetings": _("Decisions of meetings"),
        "copies": _("Copies made for the person"),
    }
    return [(names[kind], str(number)) for kind, number in counts.items() if number]


def days_in_words(days: int) -> str:
    """Whole years as years, everything else as days."""
    years = round(days / 365.25)
    if years and abs(years * 365.25 - days) <= 1:
        return ngettext("%(num)d year", "%(num)d years", years)
    return ngettext("%(num)d day", "%(num)d days", days)
