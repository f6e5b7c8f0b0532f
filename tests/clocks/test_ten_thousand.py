"""Ten thousand cases about clock changes, leap days, bank holidays and year ends, against a calculation of its own kind."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range

from portal.clocks.clock import Pause, london_date, read
from portal.clocks.due import late_from
from portal.clocks.working_days import WorkingDays, welsh_bank_holidays
from portal.db import SYSTEM, db
from portal.referrals.drafts import goes_on
from portal.referrals.models import Event, Referral
from portal.referrals.reference import new_reference
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.facts import by_referral
from portal.turnaround.filters import Filter
from tests.clocks.independent import FIRST, HOLIDAYS, LAST, Case, cases, due, midnight, wales
from tests.turnaround.rows import make_row

CASES = int(os.environ.get("PORTAL_CASES", "1000"))
ROWS = int(os.environ.get("PORTAL_CASES", "300"))
SECOND = timedelta(seconds=1)


def test_the_holidays_are_those_that_are_published() -> None:
    known = welsh_bank_holidays(range(FIRST, LAST + 1))
    assert {day for day in known if day.isoweekday() < 6} == HOLIDAYS


def differences(case: Case, calendar: WorkingDays) -> Counter[str]:
    """By what was counted: 1 where the portal says something else."""
    sent, stop = wales(case.sent).date(), wales(case.stop).date()
    found = read(case.sent, case.stop, [Pause(*pause) for pause in case.pauses], calendar, case.available)
    gross, net, gross_calendar, net_calendar = case.days()
    last = calendar.add(london_date(case.sent), 10)
    pairs: dict[str, tuple[Any, Any]] = {
        "date in Wales": (london_date(case.sent), sent),
        "working days": (calendar.between(sent, stop), Case(*_plain(case)).days()[0]),
        "due date": (calendar.add(sent, case.promise), due(sent, case.promise)),
        "days on both clocks": (
            (found.gross_working, found.net_working, found.gross_calendar, found.net_calendar),
            (gross, net, gross_calendar, net_calendar),
        ),
        "late from": (late_from(sent, case.promise, case.rests(), calendar), case.late()),
        "silence agrees": ((last, *_around(last)), (due(sent, 10), False, True)),
        "a draft goes": (goes_on(case.sent, case.stop), _goes(case)),
        "never below 0": (min(found.gross_working, found.net_working, found.net_calendar) >= 0, True),
    }
    return Counter({name: int(ours != theirs) for name, (ours, theirs) in pairs.items()})


def _plain(case: Case) -> tuple[Any, ...]:
    return (case.sent, case.stop, case.recorded, (), None, case.promise)


def _around(last: date) -> tuple[bool, bool]:
    """Whether silence has agreed in the last second of the day and in the first of the next."""
    over = midnight(last + timedelta(days=1))
    return london_date(over - SECOND) > last, london_date(over) > last


def _goes(case: Case) -> date:
    hours = max(case.sent + timedelta(hours=90 * 24), case.stop + timedelta(hours=7 * 24))
    return wales(hours).date()


def test_no_case_is_counted_otherwise() -> None:
    calendar = WorkingDays(sorted(HOLIDAYS))
    total: Counter[str] = Counter()
    for case in cases(CASES):
        total.update(differences(case, calendar))
    print(f"{CASES} cases, {len(total)} things counted of each: {sum(total.values())} differences")
    assert {name: number for name, number in total.items() if number} == {}


def keep(some: list[Case], zone: str) -> dict[int, Case]:
    """Each as a row that was decided (or withdrawn, the odd ones) and an event written down later, by a server there."""
    db.session.execute(sa.text("SELECT set_config('timezone', :zone, true)"), {"zone": zone})
    like = make_row(sent=date(2020, 1, 6), priority=date(2020, 1, 7))
    own = {"id", "reference", "sent_on", "decided_on", "withdrawn_on"}
    same = {
        column.key: getattr(like, column.key)
        for column in sa.inspect(Referral).columns
        if column.key not in own and column.computed is None
    }
    rows = []
    for number, case in enumerate(some):
        rests = [Range(*rest) for rest in case.rests()]
        moments: dict[str, datetime | None] = {
            "sent_at": case.sent,
            "responded_at": case.stop,
            "closed_at": case.stop,
        }
        moments |= dict.fromkeys(("acknowledged_at", "decided_at", "accepted_at"), case.stop)
        ended = {"status": "closed", "ended_from": "accepted", "outcome": "met"}
        if number % 2:
            moments |= dict.fromkeys(("decided_at", "accepted_at", "closed_at")) | {"withdrawn_at": case.stop}
            ended = {
                "status": "withdrawn",
                "ended_from": "sent",
                "withdrawal_reason": "no_answer",
                "decision": None,
            }
        rows.append({**same, **ended, **moments, "reference": new_reference(), "rests": rests})
    made = db.session.scalars(
        sa.insert(Referral).returning(Referral.id, sort_by_parameter_order=True), rows
    ).all()
    kept = dict(zip(made, some, strict=True))
    told = {"area_id": like.area_id, "kind": "sent", "side": "iom", "data": {}, "words": ""}
    events = [
        {**told, "referral_id": key, "happened_at": case.stop, "recorded_at": case.recorded}
        for key, case in kept.items()
    ]
    db.session.execute(sa.insert(Event), events)
    return kept


def counted(kept: dict[int, Case], zone: str) -> Counter[str]:
    """Differences in days and in backdating, as a server in this zone reads the rows."""
    db.session.execute(sa.text("SELECT set_config('timezone', :zone, true)"), {"zone": zone})
    found: dict[int, list[Any]] = {key: [] for key in kept}
    for days in ("working", "calendar"):
        for clock in ("gross", "net"):
            asked = Filter(date(FIRST, 1, 1), date(LAST, 12, 31), date(LAST, 12, 31), days=days, clock=clock)
            for row in db.session.execute(by_referral(asked, BY_CODE["M1"], SYSTEM)):
                if row.referral_id in kept:
                    found[row.referral_id].append(row.day)
    marked = sa.text("SELECT referral_id FROM marked_events(:first, :last) WHERE mark = 'late'")
    late = set(db.session.scalars(marked, {"first": date(FIRST, 1, 1), "last": date(LAST, 12, 31)}))
    wrong: Counter[str] = Counter()
    for key, case in kept.items():
        plain = Case(case.sent, case.stop, case.recorded, case.pauses, None, case.promise)
        wrong["days"] += found[key] != list(plain.days())
        wrong["backdating"] += (key in late) != case.backdated()
    return wrong


def test_the_database_counts_the_same_wherever_its_server_stands(database: None) -> None:
    some = list(cases(ROWS, seed=16))
    half = len(some) // 2
    kept = keep(some[:half], "UTC") | keep(some[half:], "Pacific/Auckland")
    stored = db.session.execute(sa.select(Referral.id, Referral.sent_on).where(Referral.id.in_(kept)))
    wrong = Counter({"date in Wales": sum(day != wales(kept[key].sent).date() for key, day in stored)})
    for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
        wrong.update(counted(kept, zone))
    print(f"{len(kept)} rows, read by servers in three zones: {sum(wrong.values())} differences")
    assert {name: number for name, number in wrong.items() if number} == {}
