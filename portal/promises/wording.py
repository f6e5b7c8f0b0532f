"""Agreements and usual waits in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.accounts.models import User
from portal.agencies.lookup import alphabetical
from portal.i18n import date_and_time, language, long_date
from portal.promises.models import Agreement, UsualWait
from portal.promises.standing import Standing

STANDINGS = {
    Standing.WAITING: (_l("Waiting for a signature"), "blue"),
    Standing.COMING: (_l("Signed, not yet in force"), "turquoise"),
    Standing.IN_FORCE: (_l("In force"), "green"),
    Standing.REPLACED: (_l("Replaced"), "grey"),
    Standing.ENDED: (_l("Ended"), "grey"),
    Standing.REFUSED: (_l("Refused"), "red"),
    Standing.TAKEN_BACK: (_l("Taken back"), "grey"),
}
KINDS = {
    "median": _l("Half wait no longer (the median)"),
    "target": _l("The agency aims for it (a target)"),
    "maximum": _l("Nobody waits longer (the maximum)"),
}
UNTIL = {"offer": _l("Until the first appointment is offered"), "start": _l("Until the service starts")}
UNITS = {"working": _l("Working days"), "calendar": _l("Calendar days")}


@dataclass(frozen=True)
class Step:
    """Something that was done to an agreement, for its timeline."""

    title: str
    by: str
    when: str
    at: str
    text: str


def within(days: int) -> str:
    """3 working days; 0 is the same working day."""
    if days == 0:
        return str(_("The same working day"))
    return str(ngettext("%(num)d working day", "%(num)d working days", days))


def promise(agreement: Agreement) -> str:
    """Has agreed to acknowledge within 1 working day, decide within 5 working days; unsigned, it is only proposed."""
    promises = ", ".join(_promises(agreement))
    if agreement.signed_at is None:
        return str(_("Proposed: to %(promises)s", promises=promises))
    return str(_("Has agreed to %(promises)s", promises=promises))


def _promises(agreement: Agreement) -> Iterator[str]:
    days = agreement.acknowledge_days
    if days is not None:
        words = ngettext(
            "acknowledge within %(num)d working day", "acknowledge within %(num)d working days", days
        )
        yield words if days else _("acknowledge on the same working day")
    days = agreement.decide_days
    if days is not None:
        words = ngettext("decide within %(num)d working day", "decide within %(num)d working days", days)
        yield words if days else _("decide on the same working day")
    days = agreement.offer_days
    if days is not None:
        words = ngettext(
            "offer a first appointment within %(num)d working day",
            "offer a first appointment within %(num)d working days",
            days,
        )
        yield words if days else _("offer a first appointment on the same working day")


def areas(agreement: Agreement) -> str:
    return ", ".join(sorted((area.name(language()) for area in agreement.areas), key=alphabetical))


def period(agreement: Agreement) -> str:
    first, last = long_date(agreement.from_on), long_date(agreement.to_on)
    if agreement.to_on is None:
        return str(_("From %(first)s", first=first))
    return str(_("From %(first)s to %(last)s", first=first, last=last))


def terms(agreement: Agreement) -> list[dict[str, str]]:
    """What was agreed, as rows of a summary list."""
    agency = agreement.service.agency.name_in(language())
    days = {
        _("Acknowledge within"): agreement.acknowledge_days,
        _("Decide within"): agreement.decide_days,
        _("Offer a first appointment within"): agreement.offer_days,
    }
    rows = {key: within(number) for key, number in days.items() if number is not None}
    rows |= {_("Areas"): areas(agreement), _("When it holds"): period(agreement)}
    rows[_("For IOM")] = _signature(agreement.proposed_by, agreement.proposed_by.organisation)
    if agreement.signed_by:
        rows[_("For the agency")] = _signature(agreement.signed_by, agency)
    if agreement.document:
        rows[_("Document")] = agreement.document
    if agreement.words:
        rows[_("Details")] = agreement.words
    return [{"key": key, "value": value, "classes": "portal-words"} for key, value in rows.items()]


def steps(agreement: Agreement) -> list[Step]:
    """What was done to it by whom, the newest first."""
    agency = agreement.service.agency.name_in(language())
    proposer, refused = agreement.proposed_by.organisation, agreement.refused_words
    done = (
        (agreement.proposed_at, agreement.proposed_by, proposer, _("Proposed"), ""),
        (agreement.taken_back_at, agreement.taken_back_by, proposer, _("Taken back"), ""),
        (agreement.refused_at, agreement.refused_by, agency, _("Refused"), refused),
        (agreement.signed_at, agreement.signed_by, agency, _("Signed"), ""),
        (agreement.ended_at, agreement.ended_by, "", _ended(agreement), ""),
    )
    return [
        Step(title, _signature(by, side or by.organisation), date_and_time(at), at.isoformat(), words)
        for at, by, side, title, words in reversed(done)
        if at and by
    ]


def _ended(agreement: Agreement) -> str:
    return str(_("Ended, with %(day)s as its last day", day=long_date(agreement.to_on)))


def _signature(user: User, organisation: str) -> str:
    return f"{user.name}, {organisation}" if organisation else user.name


def usual(wait: UsualWait) -> str:
    """Usual wait for a first appointment: half wait 20 working days or less."""
    if wait.until_step == "offer":
        return str(_("Usual wait for a first appointment: %(wait)s", wait=wait_length(wait)))
    return str(_("Usual wait for the service to start: %(wait)s", wait=wait_length(wait)))


def wait_days(wait: UsualWait) -> str:
    """20 working days."""
    if wait.unit == "working":
        return str(ngettext("%(num)d working day", "%(num)d working days", wait.days))
    return str(ngettext("%(num)d calendar day", "%(num)d calendar days", wait.days))


def wait_length(wait: UsualWait) -> str:
    days = wait_days(wait)
    kinds = {
        "median": _("half wait %(days)s or less", days=days),
        "target": _("the target is %(days)s", days=days),
        "maximum": _("at most %(days)s", days=days),
    }
    return str(kinds[wait.kind])
