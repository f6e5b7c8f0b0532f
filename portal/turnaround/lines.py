"""A line of the table and its sentence, in plain words and in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.turnaround.catalogue import ANSWER_DAYS
from portal.turnaround.estimators import Proportion
from portal.turnaround.result import Row
from portal.turnaround.small_numbers import hidden_cells, says_median, says_share

SHARE_DAYS = (ANSWER_DAYS, 10)


@dataclass(frozen=True)
class ShareCell:
    """A share in words, its limits in words, and all three as whole per cents for the bar; None without a bar."""

    words: str
    limits: str = ""
    bar: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Line:
    """One agency or service and one need. Addresses are None where there is nothing to open."""

    label: str
    href: str | None
    sentence: str
    sent: str
    left_out: str
    shares: tuple[ShareCell, ...]
    median: str
    priority: ShareCell
    waiting: str
    waiting_href: str | None
    oldest: str


@dataclass(frozen=True)
class Figures:
    """A row of M1 with that of M4, and the cells that this viewer may not see."""

    answer: Row
    priority: Row | None
    hidden: frozenset[str] = frozenset()
    hide_small: bool = False

    @classmethod
    def of(cls, answer: Row, priority: Row | None, *, hide_small: bool) -> Figures:
        hidden = hidden_cells(answer, priority, SHARE_DAYS) if hide_small else frozenset()
        return cls(answer, priority, hidden, hide_small)


def line(
    figures: Figures,
    days: str,
    *,
    label: str | None = None,
    href: str | None = None,
    waiting_href: str | None = None,
) -> Line:
    """`days` is working or calendar; `label` stands instead of the row's own."""
    answer, hidden = figures.answer, figures.hidden
    waiting_shown = "waiting" not in hidden
    return Line(
        label=label or answer.label,
        href=href,
        sentence=sentence(figures, days),
        sent=_("too few to show") if "sent" in hidden else str(answer.n),
        left_out=_left_out(figures),
        shares=tuple(_share_cell(figures, day) for day in SHARE_DAYS),
        median=_median_words(figures),
        priority=_priority_cell(figures),
        waiting=str(answer.open_now) if waiting_shown else _("too few to show"),
        waiting_href=waiting_href if waiting_shown and answer.open_now else None,
        oldest=_oldest_words(figures, days),
    )


def sentence(figures: Figures, days: str) -> str:
    """What a manager reads aloud: answered in time, half by, priority, waiting."""
    answer, priority, hidden = figures.answer, figures.priority, figures.hidden
    parts = [_answered(figures, days)]
    if "sent" not in hidden and says_median(answer.n, answer.median):
        day = answer.median.value
        parts.append(
            _("Fewer than half have had an answer.")
            if day is None
            else _("Half had an answer by day %(day)d.", day=day)
        )
    if priority and "priority" not in hidden and says_share(priority.in_time.whole):
        granted = priority.in_time
        parts.append(
            _("Priority was granted to %(part)d of %(whole)d.", part=granted.part, whole=granted.whole)
        )
    if "waiting" not in hidden:
        parts.append(_waiting(answer, days))
    return " ".join(parts)


def _answered(figures: Figures, days: str) -> str:
    answer, hidden = figures.answer, figures.hidden
    agency, n = answer.label, answer.n
    if "sent" in hidden:
        return _("%(agency)s: too few referrals to show.", agency=agency)
    if n == 0:
        return _("%(agency)s: none sent in this period.", agency=agency)
    if not says_share(n):
        return ngettext(
            "%(agency)s: %(num)d referral sent, too few to say.",
            "%(agency)s: %(num)d referrals sent, too few to say.",
            n,
            agency=agency,
        )
    if "in_time" in hidden:
        return ngettext(
            "%(agency)s: %(num)d referral sent.", "%(agency)s: %(num)d referrals sent.", n, agency=agency
        )
    if not says_share(answer.in_time.whole):
        return ngettext(
            "%(agency)s: %(num)d referral sent, too recently to say.",
            "%(agency)s: %(num)d referrals sent, too recently to say.",
            n,
            agency=agency,
        )
    return _(
        "%(agency)s answered %(part)d of %(whole)d within %(days)s.",
        agency=agency,
        part=answer.in_time.part,
        whole=answer.in_time.whole,
        days=span(ANSWER_DAYS, days),
    )


def _waiting(answer: Row, days: str) -> str:
    n, oldest = answer.open_now, answer.oldest_open_days
    if n == 0:
        return _("None are waiting.")
    if not oldest:
        return ngettext("%(num)d is waiting.", "%(num)d are waiting.", n)
    return ngettext(
        "%(num)d is waiting, for %(days)s.",
        "%(num)d are waiting, the oldest for %(days)s.",
        n,
        days=span(oldest, days),
    )


def span(number: int, days: str) -> str:
    """5 working days; 5 days."""
    if days == "working":
        return ngettext("%(num)d working day", "%(num)d working days", number)
    return ngettext("%(num)d day", "%(num)d days", number)


def _left_out(figures: Figures) -> str:
    number = figures.answer.excluded
    if number == 0:
        return ""
    if "left_out" in figures.hidden:
        return _("some left out")
    return ngettext("%(num)d left out", "%(num)d left out", number)


def _share_cell(figures: Figures, day: int) -> ShareCell:
    answer, hidden = figures.answer, figures.hidden
    if "sent" in hidden or str(day) in hidden:
        return ShareCell(_("too few to show"))
    if not says_share(answer.n):
        return ShareCell(_("too few to say") if answer.n else "–")
    at = answer.curve.share_at(day)
    return _with_limits(at.share, at.low, at.high)


def _priority_cell(figures: Figures) -> ShareCell:
    if "priority" in figures.hidden:
        return ShareCell(_("too few to show"))
    granted = figures.priority.in_time if figures.priority else Proportion(0, 0, None, None)
    besides = _granted_besides(figures)
    if granted.whole == 0:
        return ShareCell(besides or (_("too soon to say") if figures.answer.n else "–"))
    words = _("%(part)d of %(whole)d", part=granted.part, whole=granted.whole)
    if not says_share(granted.whole):
        return ShareCell(words, besides or _("too few to say"))
    cell = _with_limits(granted.share, granted.low, granted.high)
    return ShareCell(words, f"{cell.limits}; {besides}" if besides else cell.limits, cell.bar)


def _granted_besides(figures: Figures) -> str:
    """Priority granted that the share does not count, so that whoever grants it today sees it; not for analysts."""
    if figures.priority is None or figures.hide_small:
        return ""
    more = int(figures.priority.counts.event.sum()) - figures.priority.in_time.part
    words = ngettext(
        "%(num)d more granted, too recent to judge or late",
        "%(num)d more granted, too recent to judge or late",
        more,
    )
    return words if more else ""


def _with_limits(share: float | None, low: float | None, high: float | None) -> ShareCell:
    if share is None or low is None or high is None:
        return ShareCell(_("unknown"))
    whole = per_cent(share), per_cent(low), per_cent(high)
    limits = _("likely %(low)d%% to %(high)d%%", low=whole[1], high=whole[2])
    return ShareCell(f"{whole[0]}%", limits, whole)


def per_cent(share: float) -> int:
    """Rounded, but 0 and 100 only where it is none or all."""
    return round(share * 100) if share in (0, 1) else min(max(round(share * 100), 1), 99)


def _median_words(figures: Figures) -> str:
    answer = figures.answer
    if "sent" in figures.hidden:
        return _("too few to show")
    if answer.n == 0:
        return "–"
    if not says_median(answer.n, answer.median):
        return _("too few to say")
    if answer.median.value is None:
        return _("not reached")
    return _("day %(day)d", day=answer.median.value)


def _oldest_words(figures: Figures, days: str) -> str:
    oldest = figures.answer.oldest_open_days
    if "waiting" in figures.hidden:
        return _("too few to show")
    return "–" if oldest is None else span(oldest, days)
