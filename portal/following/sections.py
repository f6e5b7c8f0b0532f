"""The parts of the page of one referral, in the reader's language: the promise, the work, questions, messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.clocks.clock import london_date
from portal.clocks.working_days import WorkingDays
from portal.i18n import date_and_time, long_date
from portal.referrals.clock_words import STEPS, Course, due_on, net_days
from portal.referrals.models import Event, Message, Referral
from portal.referrals.states import RESTING


@dataclass(frozen=True)
class Said:
    """Something that was written: who, when, in which words."""

    by: str
    when: str
    at: str
    words: str


@dataclass(frozen=True)
class Question:
    """What the agency asked; `answer` is None while it waits."""

    asked: Said
    answer: Said | None


@dataclass(frozen=True)
class Letter:
    """A message; `new` if this reader has not had it on a page before."""

    id: int
    said: Said
    new: bool


def promise_lines(
    referral: Referral, course: Course, today: date, calendar: WorkingDays
) -> list[tuple[str, str]]:
    """What was promised, and what has become of each promise."""
    kept = (referral.responded_at, referral.decided_at, referral.first_offer_at or referral.started_at)
    found = []
    for name, step, days, kept_at in zip(_promises(course), STEPS, course.promises, kept, strict=True):
        if days is not None:
            promise = step, days
            words = (
                _kept(course, promise, kept_at, calendar)
                if kept_at
                else _unkept(course, promise, today, calendar)
            )
            found.append((name, words))
    return found


def _promises(course: Course) -> Iterator[str]:
    acknowledge, decide, offer = (days or 0 for days in course.promises)
    yield ngettext(
        "Acknowledge within %(num)d working day", "Acknowledge within %(num)d working days", acknowledge
    )
    yield ngettext("Decide within %(num)d working day", "Decide within %(num)d working days", decide)
    yield ngettext(
        "Offer an appointment within %(num)d working day",
        "Offer an appointment within %(num)d working days",
        offer,
    )


def _kept(course: Course, promise: tuple[str, int], at: datetime, calendar: WorkingDays) -> str:
    day, (step, days) = london_date(at), promise
    past = net_days(course, day, calendar, step) - days
    if past <= 0:
        return _("Kept on %(date)s", date=long_date(day))
    return ngettext(
        "Done on %(date)s, %(num)d working day past", "Done on %(date)s, %(num)d working days past", past,
        date=long_date(day),
    )  # fmt: skip


def _unkept(course: Course, promise: tuple[str, int], today: date, calendar: WorkingDays) -> str:
    if course.status not in TIMED:
        return _("Not asked any more")
    step, days = promise
    past, due = net_days(course, today, calendar, step) - days, due_on(course, days, calendar, step)
    if past > 0:
        return ngettext("%(num)d working day past", "%(num)d working days past", past)
    if due is None or course.status in RESTING:
        return _("The clock is stopped")
    return _("Due by %(date)s", date=long_date(due))


TIMED = RESTING | {"sent", "acknowledged", "accepted", "in_service"}


def work_lines(referral: Referral) -> list[tuple[str, str]]:
    """Who works with the person, where on the waiting list they are and by when help is expected."""
    asker = referral.referrer
    found = [
        (_("Worker"), referral.worker.name if referral.worker else _("Nobody yet")),
        (_("Asked by"), ", ".join(filter(None, (asker.name, asker.organisation, asker.email)))),
    ]
    if referral.waiting_position and referral.status == "accepted":
        found.insert(1, (_("Position on the waiting list"), str(referral.waiting_position)))
    if referral.expected_on:
        found.insert(-1, (_("Help expected by"), long_date(referral.expected_on)))
    return found


def questions(events: Sequence[Event]) -> list[Question]:
    """Each question with its answer, the oldest first."""
    found: list[Question] = []
    for event in events:
        if event.kind == "asked":
            found.append(Question(_said(event, event.happened_at), None))
        elif event.kind == "answered" and found:
            found[-1] = Question(found[-1].asked, _said(event, event.happened_at))
    return found


def letters(messages: Iterable[Message], side: str, mark: int) -> list[Letter]:
    return [
        Letter(message.id, _said(message, message.at), message.side != side and message.id > mark)
        for message in messages
    ]


def _said(thing: Any, at: datetime) -> Said:
    who = ", ".join(filter(None, (thing.by.name, thing.by.organisation))) if thing.by else ""
    return Said(who, date_and_time(at), at.isoformat(), thing.words)
