"""Ten referrals to an agency that does not exist, worked through for the page “What the figures mean”. Pure.

A month with a bank holiday (Monday 4 May 2026), small enough to be worked out again with a pencil.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

import numpy as np

from portal.clocks.clock import LONDON, Pause, Reading, read
from portal.clocks.working_days import WorkingDays
from portal.turnaround.estimators import (
    Curve,
    DayCounts,
    Integers,
    Proportion,
    cumulative_incidence,
    kaplan_meier,
    wilson,
)

AS_OF = date(2026, 5, 22)
HOLIDAY = date(2026, 5, 4)
PROMISE = 5  # working days
LIKELY = ((6, 8), (15, 20), (150, 200))  # three quarters of few and of many


class Sent(NamedTuple):
    """One referral: when it was sent, and when it was answered or withdrawn, if it was."""

    sent_on: date
    answered_on: date | None = None
    withdrawn_on: date | None = None


def _may(sent: int, answered: int | None = None, withdrawn: int | None = None) -> Sent:
    return Sent(*(None if day is None else date(2026, 5, day) for day in (sent, answered, withdrawn)))  # type: ignore[arg-type]


REFERRALS = (
    _may(1, answered=6),
    _may(1, answered=11),
    _may(2, answered=7),
    _may(5, answered=8),
    _may(6, answered=14),
    _may(7, withdrawn=13),
    _may(11, answered=13),
    _may(11),
    _may(14),
    _may(19),
)
# A question in the middle of it: sent on a Monday, asked, told and accepted.
SENT, ASKED, TOLD, ACCEPTED = (date(2026, 5, day) for day in (11, 12, 14, 15))
# Sent before release, free to come, offered an appointment.
SENT_EARLY, FREE, OFFERED = (date(2026, 5, day) for day in (1, 15, 19))


class Counted(NamedTuple):
    """How a referral stands at as-of: `ending` is answered, withdrawn or waiting, `days` its working days so far."""

    sent_on: date
    ending: str
    ended_on: date | None
    days: int


class Step(NamedTuple):
    """A day on which something ended. Shares of all: `before` waited until then, and by its end these are
    `answered`, `withdrawn` and `left`; `moved` is what the day moved. `at_risk` are the referrals still followed."""

    day: int
    at_risk: int
    answers: int
    withdrawals: int
    before: float
    moved: float
    answered: float
    withdrawn: float
    left: float


@dataclass(frozen=True, eq=False)
class Worked:
    """`finished` counts answered referrals alone, `ignoring` takes the withdrawn as if they had only not been followed.

    `kept`: answered within the promise, of those that can be judged. `late` of the waiting are past it.
    """

    rows: tuple[Counted, ...]
    curve: Curve
    finished: Curve
    ignoring: Curve
    steps: tuple[Step, ...]
    kept: Proportion
    late: int
    oldest: int

    def number(self, ending: str) -> int:
        return sum(row.ending == ending for row in self.rows)


def work_out(calendar: WorkingDays) -> Worked:
    """The example with the portal's own calendar and estimators."""
    rows = tuple(_counted(sent, calendar) for sent in REFERRALS)
    length = 1 + max(row.days for row in rows)
    event, competing, censored = (
        np.bincount([row.days for row in rows if row.ending == ending], minlength=length)
        for ending in ("answered", "withdrawn", "waiting")
    )
    counts, nothing = DayCounts(event, competing, censored), np.zeros_like(event)
    curve = cumulative_incidence(counts)
    waiting = [row.days for row in rows if row.ending == "waiting"]
    return Worked(
        rows=rows,
        curve=curve,
        finished=cumulative_incidence(DayCounts(event, nothing, nothing)),
        ignoring=kaplan_meier(counts),
        steps=_steps(curve, event, competing),
        kept=_kept(rows, calendar),
        late=sum(days > PROMISE for days in waiting),
        oldest=max(waiting),
    )


def question(calendar: WorkingDays) -> Reading:
    """Both clocks of a referral that waited for IOM in between."""
    return read(_noon(SENT), _noon(ACCEPTED), [Pause(_noon(ASKED), _noon(TOLD))], calendar)


def release(calendar: WorkingDays) -> tuple[int, int]:
    """Working days to the offer: from sending, and from the day on which the person was free to come."""
    return calendar.between(SENT_EARLY, OFFERED), calendar.between(FREE, OFFERED)


def _counted(sent: Sent, calendar: WorkingDays) -> Counted:
    ended_on = sent.answered_on or sent.withdrawn_on
    ending = "answered" if sent.answered_on else "withdrawn" if sent.withdrawn_on else "waiting"
    return Counted(sent.sent_on, ending, ended_on, calendar.between(sent.sent_on, ended_on or AS_OF))


def _kept(rows: tuple[Counted, ...], calendar: WorkingDays) -> Proportion:
    """Of those that are past the promise by now, had they stayed open, and were not withdrawn before it fell due."""
    judged = [
        row
        for row in rows
        if calendar.between(row.sent_on, AS_OF) > PROMISE
        and not (row.ending == "withdrawn" and row.days <= PROMISE)
    ]
    return wilson(sum(row.ending == "answered" and row.days <= PROMISE for row in judged), len(judged))


def _steps(curve: Curve, event: Integers, competing: Integers) -> tuple[Step, ...]:
    before = np.concatenate(([1.0], curve.waiting[:-1]))
    return tuple(
        Step(
            day=day,
            at_risk=int(curve.at_risk[day]),
            answers=int(event[day]),
            withdrawals=int(competing[day]),
            before=float(before[day]),
            moved=float(before[day] - curve.waiting[day]),
            answered=float(curve.share[day]),
            withdrawn=float(curve.competing[day]),
            left=float(curve.waiting[day]),
        )
        for day in np.flatnonzero(event + competing).tolist()
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), LONDON)
