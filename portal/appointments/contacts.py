"""Contacts: how many appointments a person was offered in each week, and how many they kept."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from portal.appointments.models import Appointment
from portal.db import current_scope, db
from portal.i18n import LONDON
from portal.referrals.models import Referral
from portal.referrals.queries import visible

WEEK = timedelta(days=7)


class Week(NamedTuple):
    """An ISO week by its Monday. `to_come`: offered and their time has not come, or nobody has said what happened."""

    monday: date
    offered: int
    kept: int
    to_come: int


def weeks_of(person_id: int, today: date, weeks: int = 8) -> list[Week]:
    """The last weeks, this one first, over all referrals of the person that the viewer may see.

    An appointment counts in the week of its own date in Europe/London, not of the day on which it was offered.
    Offered: every appointment, whatever became of it, also one that the agency, the person or IOM cancelled.
    One that was moved counts once, in the week to which it was moved last. Kept: the person came, on time or late.
    """
    this = today - timedelta(days=today.weekday())
    mondays = [this - WEEK * n for n in range(weeks)]
    monday = sa.cast(sa.func.date_trunc("week", sa.func.timezone("Europe/London", Appointment.at)), sa.Date)
    counted = sa.func.count()
    query = (
        sa.select(
            monday,
            counted,
            counted.filter(Appointment.state.in_(("kept", "kept_late"))),
            counted.filter(Appointment.state == "offered"),
        )
        .join(Appointment.referral)
        .where(Referral.person_id == person_id, visible(current_scope()), Appointment.state != "moved")
        .where(Appointment.at >= _begin(mondays[-1]), Appointment.at < _begin(this + WEEK))
        .group_by(monday)
    )
    found = {row[0]: Week(*row) for row in db.session.execute(query)}
    return [found.get(day) or Week(day, 0, 0, 0) for day in mondays]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)
