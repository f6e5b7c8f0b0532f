"""The clock in words: it says what was agreed, what is left and what is past, and is late when the referral is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import Range

from portal.clocks.due import late_from
from portal.clocks.working_days import WorkingDays
from portal.db import db
from portal.referrals import actions
from portal.referrals.clock_words import (
    Course,
    course_of,
    due_on,
    net_days,
    next_promise,
    page_clock,
    row_clock,
)
from portal.referrals.models import Referral
from portal.referrals.moving import change_status
from tests.factories import make_sent, make_service, make_user

MONDAY = date(2026, 11, 2)
CALENDAR = WorkingDays([date(2026, 12, 25), date(2026, 12, 28)])


def course(**values: Any) -> Course:
    given = {
        "status": "acknowledged",
        "paused_from": None,
        "sent_on": MONDAY,
        "available_from": None,
        "responded": True,
        "decided_on": None,
        "offered": False,
        "withdrawn_on": None,
        "promises": (1, 5, 10),
        "rests": [],
    }
    return Course(**(given | values))


def day(number: int) -> date:
    """The working day so many after the Monday of sending."""
    return CALENDAR.add(MONDAY, number)


@pytest.mark.parametrize(
    ("values", "today", "words", "tone"),
    [
        ({}, day(3), "2 working days left of 5 to decide", ""),
        ({}, day(4), "1 working day left of 5 to decide", ""),
        ({}, day(5), "Due today: day 5 of 5", "due"),
        ({}, day(6), "Day 6 of 5: 1 day past what was agreed", "late"),
        ({}, day(9), "Day 9 of 5: 4 days past what was agreed", "late"),
        ({"status": "sent", "responded": False}, day(0), "1 working day left of 1 to acknowledge", ""),
        ({"status": "sent", "responded": False}, day(2), "Day 2 of 1: 1 day past what was agreed", "late"),
        (
            {"status": "accepted", "decided_on": day(2)},
            day(4),
            "6 working days left of 10 to offer an appointment",
            "",
        ),
        (
            {"status": "accepted", "decided_on": day(2), "offered": True},
            day(4),
            "Answered in 2 working days",
            "",
        ),
        ({"status": "declined", "decided_on": day(1)}, day(40), "Answered in 1 working day", ""),
        ({"status": "closed", "decided_on": MONDAY}, day(40), "Answered on the same working day", ""),
        ({"status": "withdrawn", "withdrawn_on": day(2)}, day(40), "Withdrawn on 4 November 2026", ""),
        ({"promises": (None, None, None)}, day(3), "Waiting for 3 working days", ""),
        ({"promises": (None, None, None)}, MONDAY, "Sent today", ""),
        (
            {"promises": (None, None, None), "sent_on": date(2026, 10, 31)},
            date(2026, 11, 1),
            "Sent on 31 October 2026",
            "",
        ),
    ],
)
def test_a_row_says_what_is_left_or_past_or_how_long_the_answer_took(
    values: dict[str, Any], today: date, words: str, tone: str
) -> None:
    assert row_clock(course(**values), today, CALENDAR) == (words, tone)


def test_a_clock_that_rests_stands_at_its_day_and_says_so() -> None:
    waiting = course(status="information_requested", rests=[Range(day(2), None)])
    assert row_clock(waiting, day(30), CALENDAR).words == "Stopped on day 2 of 5"
    late = course(status="paused", paused_from="acknowledged", rests=[Range(day(7), None)])
    assert row_clock(late, day(30), CALENDAR) == (
        "Day 7 of 5: 2 days past what was agreed. The clock is stopped",
        "late",
    )


def test_the_page_names_the_agency_the_due_date_and_both_clocks() -> None:
    rested = course(rests=[Range(day(1), day(4))])
    clock = page_clock(rested, "Nacro", day(8), CALENDAR)
    assert clock.headline == "Day 5 of 5 that Nacro agreed to decide in"
    assert clock.due == "The answer is due today, 12 November 2026"
    assert clock.gross == "8 working days since it was sent, 3 of them waiting for IOM or paused"
    assert clock.sent == "Sent on 2 November 2026"
    late = page_clock(course(), "Nacro", day(6), CALENDAR)
    assert late.headline == "Day 6 of 5: 1 day past what Nacro agreed"
    assert (late.due, late.gross, late.tone) == ("The answer was due by 9 November 2026", "", "late")
    early = page_clock(course(), "Nacro", day(2), CALENDAR)
    assert early.headline == "Day 2 of 5 that Nacro agreed to decide in"
    assert early.due == "The answer is due by 9 November 2026"


def test_the_page_says_once_that_it_was_sent_today() -> None:
    clock = page_clock(course(promises=(None, None, None)), "Nacro", MONDAY, CALENDAR)
    assert clock == ("", "", "Sent today", "", "")


def test_an_offer_is_not_late_before_the_person_can_come() -> None:
    released = course(promises=(None, None, 5), available_from=day(20))
    assert row_clock(released, day(10), CALENDAR).words == "5 working days left of 5 to offer an appointment"
    assert row_clock(released, day(26), CALENDAR).tone == "late"
    both = course(promises=(None, 10, 5), available_from=day(20))
    assert next_promise(both, CALENDAR) == ("decide", 10)


def test_an_answered_referral_is_held_against_the_promise_on_the_net_clock() -> None:
    values = {"status": "declined", "decided_on": day(8)}
    kept = page_clock(course(**values, rests=[Range(day(1), day(5))]), "Nacro", day(60), CALENDAR)
    assert kept.headline == "Answered on day 4 of 5 that Nacro agreed to decide in"
    assert kept.gross == "8 working days from sending to answer, 4 of them waiting for IOM or paused"
    broken = page_clock(course(**values), "Nacro", day(60), CALENDAR)
    assert broken.headline == "Answered on day 8 of 5: 3 days past what Nacro agreed"


spans = st.lists(st.integers(0, 60), unique=True, min_size=0, max_size=6).map(sorted)


@given(
    sent=st.integers(0, 20),
    cuts=spans,
    promises=st.tuples(*[st.none() | st.integers(0, 30)] * 3),
    kept=st.tuples(st.booleans(), st.booleans()),
    ahead=st.integers(0, 90),
    released=st.integers(-9, 40),
)
def test_words_are_late_on_the_very_days_on_which_the_promise_is(
    sent: int, cuts: list[int], promises: Any, kept: tuple[bool, bool], ahead: int, released: int
) -> None:
    sent_on = MONDAY + timedelta(sent)
    available = sent_on + timedelta(released)
    dates = [sent_on + timedelta(cut) for cut in cuts]
    rests = [Range(*pair) for pair in zip_longest(dates[::2], dates[1::2])]
    resting = len(dates) % 2 == 1
    today = max([sent_on, *dates]) + timedelta(ahead)
    it = course(
        sent_on=sent_on, available_from=available, promises=promises, responded=kept[0], offered=kept[1], rests=rests,
        status="paused" if resting else "acknowledged" if kept[0] else "sent",
        paused_from="acknowledged" if kept[0] else "sent",
    )  # fmt: skip
    promise = next_promise(it, CALENDAR)
    net = net_days(it, today, CALENDAR, promise[0] if promise else "decide")
    assert net >= 0
    if promise is None:
        assert row_clock(it, today, CALENDAR).tone == ""
        return
    start = max(sent_on, available) if promise[0] == "offer" else sent_on
    broken = late_from(start, promise[1], [(span.lower, span.upper) for span in rests], CALENDAR)
    late = broken is not None and today >= broken
    assert (row_clock(it, today, CALENDAR).tone == "late") == (net > promise[1]) == late
    due = due_on(it, promise[1], CALENDAR, promise[0])
    assert (broken is None) == (due is None)
    if due and broken:
        assert due < broken
        assert CALENDAR.between(due, broken) == 1


Step = tuple[int, str, Callable[[Referral, Any, Any, datetime], Any]]
WALK: list[Step] = [
    (1, "ask", lambda r, iom, agency, at: change_status(r, "ask", agency, at)),
    (4, "answer", lambda r, iom, agency, at: change_status(r, "answer", iom, at)),
    (6, "pause", lambda r, iom, agency, at: change_status(r, "pause", iom, at)),
    (12, "resume", lambda r, iom, agency, at: change_status(r, "resume", iom, at)),
    (20, "accept", lambda r, iom, agency, at: actions.accept(r, agency, at, priority=True)),
]


def test_words_and_row_agree_through_the_walk_of_a_real_referral(database: None) -> None:
    service = make_service()
    iom, agency = make_user(), make_user("agency_worker", service.agency)
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    referral = make_sent(service, by=iom, at=start)
    referral.promise_acknowledge, referral.promise_decide, referral.promise_offer = 1, 5, 16
    for step, (from_day, _name, act) in enumerate(WALK):
        act(referral, iom, agency, start + timedelta(from_day))
        db.session.flush()
        db.session.refresh(referral)
        until = WALK[step + 1][0] if step + 1 < len(WALK) else 60
        for number in range(from_day, until):
            today = (start + timedelta(number)).date()
            late = referral.late_from is not None and today >= referral.late_from
            assert (row_clock(course_of(referral), today, CALENDAR).tone == "late") == late, (_name, today)
