"""Counting like with like: each agency's referrals by kind of area and cohort, those judged and those answered in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agencies.models import Area, CalendarDay
from portal.db import Scope, db
from portal.referrals.models import Referral
from portal.turnaround.catalogue import ANSWER_DAYS, Counted, counted_referral
from portal.turnaround.facts import countable, narrowing
from portal.turnaround.filters import Filter
from portal.turnaround.judging import Column


@dataclass(frozen=True)
class Stratum:
    """One agency's referrals for one need, of people of one cohort (None: none) in rural areas or in others.

    `judged` were sent more than `within` days ago, `in_time` of them were answered by then. `no_capacity` and
    `no_connection` of the `sent` were declined for want of capacity or of a local connection.
    """

    agency_id: int
    need: str
    rural: bool
    cohort: str | None
    sent: int
    judged: int
    in_time: int
    no_capacity: int
    no_connection: int


def strata(asked: Filter, scope: Scope, within: int = ANSWER_DAYS) -> list[Stratum]:
    """Every stratum in which the scope may see a referral sent in the period, in no order: one statement."""
    return [Stratum(**row) for row in db.session.execute(statement(asked, scope, within)).mappings()]


def statement(asked: Filter, scope: Scope, within: int) -> sa.Select[Any]:
    """As facts.py counts the answer: gross, from sent to decided, what is left out there left out here."""
    as_of = sa.literal(asked.as_of, sa.Date)
    local, first = aliased(Area, name="local"), aliased(CalendarDay, name="first")
    last, today = aliased(CalendarDay, name="last"), aliased(CalendarDay, name="today")
    decided_on = Counted.decided_on
    ended = sa.func.least(decided_on, Counted.withdrawn_on, type_=sa.Date())
    stop = sa.func.least(ended, as_of, type_=sa.Date())
    day: Column
    age: Column
    if asked.days == "calendar":
        day, age = stop - Counted.sent_on, as_of - Counted.sent_on
    else:
        day, age = last.back - first.forward, today.back - first.forward
    due = age > within
    declined = (Referral.decision == "declined") & (decided_on <= as_of)
    number = sa.func.count()
    rural = sa.func.coalesce(local.rural, sa.false())
    columns: list[Column] = [
        Counted.agency_id,
        Counted.need_code.label("need"),
        rural.label("rural"),
        Counted.cohort,
        number.label("sent"),
        number.filter(due).label("judged"),
        number.filter(due & (decided_on == stop) & (day <= within)).label("in_time"),
        number.filter(declined & (Referral.decline_reason == "no_capacity")).label("no_capacity"),
        number.filter(declined & (Referral.decline_reason == "no_local_connection")).label("no_connection"),
    ]
    return (
        sa.select(*columns)
        .select_from(counted_referral)
        .join(Referral, Referral.id == Counted.referral_id)
        .outerjoin(local, local.id == Counted.local_authority_id)
        .join(first, first.day == Counted.sent_on)
        .join(last, last.day == stop)
        .join(today, today.day == as_of)
        .where(Counted.sent_on.between(asked.from_on, asked.to_on), Counted.sent_on <= as_of)
        .where(sa.func.coalesce(Counted.left_out_on > as_of, sa.true()))
        .where(sa.func.coalesce(ended >= Counted.sent_on, sa.true()))
        .where(countable(scope), *narrowing(asked))
        .group_by(Counted.agency_id, Counted.need_code, rural, Counted.cohort)
    )
