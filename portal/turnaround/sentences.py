"""A row of the summary read aloud: the same numbers as its table, exact or published."""

from __future__ import annotations

from collections.abc import Mapping

from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.turnaround.catalogue import ANSWER_DAYS
from portal.turnaround.cells import Cell
from portal.turnaround.small_numbers import says_share
from portal.turnaround.summary import Entry, span


def sentence(entry: Entry, cells: Mapping[str, Cell], days: str, *, about: bool = False) -> str:
    """What a manager reads aloud: answered in time, half by, priority, waiting. `cells` are those of the entry’s row by
    their columns; `about`: they are published, and so rounded."""
    parts = [
        _answered(entry, cells, days, about),
        _half(cells["median"]),
        _priority(cells["priority"], about),
        _waiting(cells, about),
    ]
    return " ".join(part for part in parts if part)


def _answered(entry: Entry, cells: Mapping[str, Cell], days: str, about: bool) -> str:
    agency, sent, kept = entry.answer.label, cells["sent"], cells["kept"]
    if not isinstance(sent.value, int):
        return _("%(agency)s: too few referrals to show.", agency=agency)
    if sent.value == 0:
        return _("%(agency)s: none sent in this period.", agency=agency)
    if not says_share(sent.value):
        return ngettext(
            "%(agency)s: %(num)d referral sent, too few to say.",
            "%(agency)s: %(num)d referrals sent, too few to say.",
            sent.value,
            agency=agency,
        )
    if kept.hidden:
        return _("%(agency)s: about %(number)d referrals sent.", agency=agency, number=sent.value)
    if not says_share(sum(kept.people)):
        return _too_recent(agency, sent.value, about)
    return _in_time(entry, kept, days, about)


def _too_recent(agency: str, sent: int, about: bool) -> str:
    if about:
        return _(
            "%(agency)s: about %(number)d referrals sent, too recently to say.", agency=agency, number=sent
        )
    return ngettext(
        "%(agency)s: %(num)d referral sent, too recently to say.",
        "%(agency)s: %(num)d referrals sent, too recently to say.",
        sent,
        agency=agency,
    )


def _in_time(entry: Entry, kept: Cell, days: str, about: bool) -> str:
    promise = entry.promise
    if about and not kept.people[0]:
        return _(
            "%(agency)s answered none of about %(whole)d in time.",
            agency=entry.answer.label,
            whole=kept.people[1],
        )
    words = {"agency": entry.answer.label, "part": kept.people[0], "whole": sum(kept.people)}
    if promise is None:
        words["days"] = span(ANSWER_DAYS, days)
        if about:
            return _("%(agency)s answered about %(part)d of %(whole)d within %(days)s.", **words)
        return _("%(agency)s answered %(part)d of %(whole)d within %(days)s.", **words)
    if promise.days is None:
        if about:
            return _("%(agency)s answered about %(part)d of %(whole)d within the days it agreed.", **words)
        return _("%(agency)s answered %(part)d of %(whole)d within the days it agreed.", **words)
    if about:
        return ngettext(
            "%(agency)s answered about %(part)d of %(whole)d within the %(num)d working day it agreed.",
            "%(agency)s answered about %(part)d of %(whole)d within the %(num)d working days it agreed.",
            promise.days,
            **words,
        )
    return ngettext(
        "%(agency)s answered %(part)d of %(whole)d within the %(num)d working day it agreed.",
        "%(agency)s answered %(part)d of %(whole)d within the %(num)d working days it agreed.",
        promise.days,
        **words,
    )


def _half(median: Cell) -> str:
    """Nothing where too few were sent to say."""
    if isinstance(median.value, int):
        return _("Half had an answer by day %(day)d.", day=median.value)
    return _("Fewer than half have had an answer.") if median.note == _("not reached") else ""


def _priority(granted: Cell, about: bool) -> str:
    part, whole = (granted.people[0], sum(granted.people)) if granted.people else (0, 0)
    if not says_share(whole):
        return ""
    if about:
        return _("Priority was granted to about %(part)d of %(whole)d.", part=part, whole=whole)
    return _("Priority was granted to %(part)d of %(whole)d.", part=part, whole=whole)


def _waiting(cells: Mapping[str, Cell], about: bool) -> str:
    n, oldest = cells["waiting"].value, cells["oldest"]
    if not isinstance(n, int):
        return ""
    if n == 0:
        return _("None are waiting.")
    if about and oldest.value:
        return _("About %(number)d are waiting, the oldest for %(days)s.", number=n, days=oldest.note)
    if about:
        return _("About %(number)d are waiting.", number=n)
    if not oldest.value:
        return ngettext("%(num)d is waiting.", "%(num)d are waiting.", n)
    return ngettext(
        "%(num)d is waiting, for %(days)s.",
        "%(num)d are waiting, the oldest for %(days)s.",
        n,
        days=oldest.note,
    )
