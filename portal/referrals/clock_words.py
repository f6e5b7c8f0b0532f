"""A referral's clock in words: the net day against the promise that is next, its due date, and the gross days beside.

Pure but for the reader's language. It says late on exactly the days on which `referral.late_from` does (moving.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.clocks.due import late_from
from portal.clocks.working_days import WorkingDays
from portal.i18n import language, long_date
from portal.referrals.states import ENDED, RESTING, S

UNTIMED = ENDED | {S.DRAFT, S.DECLINED, S.CHALLENGED}  # while which no promise is waited for
STEPS = ("acknowledge", "decide", "offer")


class Rest(Protocol):
    """Dates [lower, upper) on which the net clock rested; `upper` is None while it does."""

    @property
    def lower(self) -> date | None: ...
    @property
    def upper(self) -> date | None: ...


class Course(NamedTuple):
    """All that the clock needs of a referral. `promises`: working days for STEPS, None where none was agreed."""

    status: str
    paused_from: str | None
    sent_on: date
    available_from: date | None
    responded: bool
    decided_on: date | None
    offered: bool
    withdrawn_on: date | None
    promises: tuple[int | None, int | None, int | None]
    rests: Sequence[Rest]


class Clock(NamedTuple):
    """`tone` is late (past the promise), due (on its last day) or empty."""

    words: str
    tone: str = ""


class PageClock(NamedTuple):
    """Sentences without their full stops; each empty where there is nothing to say."""

    headline: str
    due: str
    sent: str
    gross: str
    tone: str = ""


def course_of(row: Any) -> Course:
    """From a referral that has been sent, or a list's row with the same columns."""
    return Course(
        row.status,
        row.paused_from,
        row.sent_on,
        row.available_from,
        row.responded_at is not None,
        row.decided_on,
        (row.first_offer_at or row.started_at) is not None,
        row.withdrawn_on,
        (row.promise_acknowledge, row.promise_decide, row.promise_offer),
        row.rests,
    )


def start_of(course: Course, step: str) -> date:
    """The day from which a promise runs: an offer's from when the person is available."""
    return max(course.sent_on, course.available_from or course.sent_on) if step == "offer" else course.sent_on


def next_promise(course: Course, calendar: WorkingDays) -> tuple[str, int] | None:
    """The step and the working days of the unkept promise that falls due first; None where none is waited for."""
    if (course.paused_from if course.status == S.PAUSED else course.status) in UNTIMED:
        return None
    kept = (course.responded, course.decided_on is not None, course.offered)
    unkept = [
        (step, days)
        for step, days, done in zip(STEPS, course.promises, kept, strict=True)
        if days is not None and not done
    ]
    if len(unkept) < 2 or start_of(course, "offer") == course.sent_on:
        return min(unkept, key=lambda promise: promise[1], default=None)
    return min(unkept, key=lambda promise: calendar.add(start_of(course, promise[0]), promise[1]))


def net_days(course: Course, stop: date, calendar: WorkingDays, step: str = "decide") -> int:
    """Working days to `stop` less those on which the clock rested, from the start of this step's clock."""
    start = start_of(course, step)
    spans = ((rest.lower and max(rest.lower, start), min(rest.upper or stop, stop)) for rest in course.rests)
    rested = sum(_between(calendar, first, last) for first, last in spans if first and first < last)
    return _between(calendar, start, stop) - rested


def due_on(course: Course, days: int, calendar: WorkingDays, step: str = "decide") -> date | None:
    """The last day on which a promise of so many days is kept; None while the clock rests before that."""
    rests, start = [(rest.lower, rest.upper) for rest in course.rests if rest.lower], start_of(course, step)
    late = late_from(start, days, rests, calendar)
    return late and calendar.add(start, _between(calendar, start, late) - 1)


@lru_cache(maxsize=4096)
def _between(calendar: WorkingDays, start: date, stop: date) -> int:
    return calendar.between(start, stop)


def row_clock(course: Course, today: date, calendar: WorkingDays) -> Clock:
    """The clock of a list's row: days left, days past, or how long the answer took."""
    if course.withdrawn_on and not course.decided_on:
        return Clock(_("Withdrawn on %(date)s", date=long_date(course.withdrawn_on)))
    promise = next_promise(course, calendar)
    if promise is None:
        gross = _between(calendar, course.sent_on, course.decided_on or today)
        if not gross and not course.decided_on and course.sent_on != today:
            return Clock(_("Sent on %(date)s", date=long_date(course.sent_on)))
        return Clock(_elapsed(gross, course.decided_on is not None, language()))
    step, days = promise
    net, resting = net_days(course, today, calendar, step), course.status in RESTING
    due = net == days and not resting and due_on(course, days, calendar, step) == today
    return Clock(_row_words(step, days, net, resting, due, language()), _tone(net, days, resting))


def _tone(net: int, days: int, resting: bool) -> str:
    return "late" if net > days else "due" if net == days and not resting else ""


@lru_cache(maxsize=2048)
def _elapsed(days: int, answered: bool, _language: str) -> str:
    if answered and days:
        return ngettext("Answered in %(num)d working day", "Answered in %(num)d working days", days)
    if days:
        return ngettext("Waiting for %(num)d working day", "Waiting for %(num)d working days", days)
    return _("Answered on the same working day") if answered else _("Sent today")


@lru_cache(maxsize=4096)
def _row_words(step: str, days: int, net: int, resting: bool, due: bool, _language: str) -> str:
    if net > days:
        late = ngettext(
            "Day %(day)d of %(days)d: %(num)d day past what was agreed",
            "Day %(day)d of %(days)d: %(num)d days past what was agreed",
            net - days, day=net, days=days,
        )  # fmt: skip
        return _("%(clock)s. The clock is stopped", clock=late) if resting else late
    if resting:
        return _("Stopped on day %(day)d of %(days)d", day=net, days=days)
    if due:
        return _("Due today: day %(day)d of %(days)d", day=net, days=days)
    left = days - net
    if step == "acknowledge":
        return ngettext(
            "%(num)d working day left of %(days)d to acknowledge",
            "%(num)d working days left of %(days)d to acknowledge",
            left, days=days,
        )  # fmt: skip
    if step == "decide":
        return ngettext(
            "%(num)d working day left of %(days)d to decide",
            "%(num)d working days left of %(days)d to decide",
            left, days=days,
        )  # fmt: skip
    return ngettext(
        "%(num)d working day left of %(days)d to offer an appointment",
        "%(num)d working days left of %(days)d to offer an appointment",
        left, days=days,
    )  # fmt: skip


def page_clock(course: Course, agency: str, today: date, calendar: WorkingDays) -> PageClock:
    """The clock of the referral's own page. One withdrawn without an answer has only the date of its sending."""
    sent = (
        _("Sent today") if course.sent_on == today else _("Sent on %(date)s", date=long_date(course.sent_on))
    )
    if course.withdrawn_on and not course.decided_on:
        return PageClock("", "", sent, "")
    promise = next_promise(course, calendar)
    if promise is None:
        stop = course.decided_on or today
        return PageClock(_answered(course, agency, stop, calendar), "", sent, _gross(course, stop, calendar))
    step, days = promise
    net, resting = net_days(course, today, calendar, step), course.status in RESTING
    last_day = due_on(course, days, calendar, step)
    due = _due(step, last_day, today) if last_day and not resting else _resting(course, agency)
    gross, tone = _gross(course, today, calendar), _tone(net, days, resting)
    return PageClock(_against(step, days, net, agency), due, sent, gross, tone)


def _against(step: str, days: int, net: int, agency: str) -> str:
    """The day that it is, against the days that were agreed."""
    if net > days:
        return ngettext(
            "Day %(day)d of %(days)d: %(num)d day past what %(agency)s agreed",
            "Day %(day)d of %(days)d: %(num)d days past what %(agency)s agreed",
            net - days, day=net, days=days, agency=agency,
        )  # fmt: skip
    if step == "acknowledge":
        return _(
            "Day %(day)d of %(days)d that %(agency)s agreed to acknowledge in",
            day=net, days=days, agency=agency,
        )  # fmt: skip
    if step == "decide":
        return _(
            "Day %(day)d of %(days)d that %(agency)s agreed to decide in", day=net, days=days, agency=agency
        )
    return _(
        "Day %(day)d of %(days)d that %(agency)s agreed to offer an appointment in",
        day=net, days=days, agency=agency,
    )  # fmt: skip


def _due(step: str, due: date, today: date) -> str:
    day = long_date(due)
    if due == today:
        return {
            "acknowledge": _("%(date)s, today, is the last day to acknowledge", date=day),
            "decide": _("The answer is due today, %(date)s", date=day),
            "offer": _("A first appointment is due to be offered today, %(date)s", date=day),
        }[step]
    if due < today:
        return {
            "acknowledge": _("It was to be acknowledged by %(date)s", date=day),
            "decide": _("The answer was due by %(date)s", date=day),
            "offer": _("A first appointment was to be offered by %(date)s", date=day),
        }[step]
    return {
        "acknowledge": _("It is to be acknowledged by %(date)s", date=day),
        "decide": _("The answer is due by %(date)s", date=day),
        "offer": _("A first appointment is to be offered by %(date)s", date=day),
    }[step]


def _resting(course: Course, agency: str) -> str:
    if course.status == S.PAUSED:
        return _("The clock is stopped while the referral is paused")
    return _("The clock is stopped while %(agency)s waits for IOM’s answer", agency=agency)


def _answered(course: Course, agency: str, stop: date, calendar: WorkingDays) -> str:
    """How long the answer took, or is waited for, where no promise is left to be kept."""
    days, net = course.promises[1], net_days(course, stop, calendar)
    if course.decided_on is None or days is None or net == 0:
        elapsed, answered = _between(calendar, course.sent_on, stop), course.decided_on is not None
        return _elapsed(elapsed, answered, language()) if elapsed or answered else ""
    if net > days:
        return ngettext(
            "Answered on day %(day)d of %(days)d: %(num)d day past what %(agency)s agreed",
            "Answered on day %(day)d of %(days)d: %(num)d days past what %(agency)s agreed",
            net - days, day=net, days=days, agency=agency,
        )  # fmt: skip
    return _(
        "Answered on day %(day)d of %(days)d that %(agency)s agreed to decide in",
        day=net, days=days, agency=agency,
    )  # fmt: skip


def _gross(course: Course, stop: date, calendar: WorkingDays) -> str:
    """The days since it was sent and how many of them the net clock rested; empty where it did not."""
    gross = _between(calendar, course.sent_on, stop)
    rested = gross - net_days(course, stop, calendar)
    if rested <= 0:
        return ""
    if stop == course.decided_on:
        return ngettext(
            "%(num)d working day from sending to answer, %(rested)d of them waiting for IOM or paused",
            "%(num)d working days from sending to answer, %(rested)d of them waiting for IOM or paused",
            gross, rested=rested,
        )  # fmt: skip
    return ngettext(
        "%(num)d working day since it was sent, %(rested)d of them waiting for IOM or paused",
        "%(num)d working days since it was sent, %(rested)d of them waiting for IOM or paused",
        gross, rested=rested,
    )  # fmt: skip
