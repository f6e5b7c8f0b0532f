"""What IOM did to get an answer, what came of it, and what is worth knowing beside the figures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay
from portal.chasing.models import Chase
from portal.db import Scope
from portal.referrals.models import Referral
from portal.turnaround.counting import GROUPS, AsOf, Condition, GroupCounts, count, london_day, sent_in_period
from portal.turnaround.days import Steps, step_counts
from portal.turnaround.declines import marked
from portal.turnaround.filters import Filter

SOON = 5  # working days after a chase within which a decision may have to do with it
KINDS = ("chase", "advocacy", "escalation")


def chase_counts(asked: Filter, scope: Scope) -> list[GroupCounts]:
    """For each group, need and change as `part` (None: no answer yet): made, each of KINDS, answered, judged, decided.

    Judged: made while nothing was decided, more than 5 working days before as-of; decided: of those, within 5 working days.
    Working days always.
    """
    state = AsOf(asked)
    made = state.counted & state.by(london_day(Chase.at))
    answered = made & state.by(london_day(Chase.answered_at))
    began, ended = aliased(CalendarDay, name="began"), aliased(CalendarDay, name="ended")
    today = sa.select(CalendarDay.back).where(CalendarDay.day == asked.as_of).scalar_subquery()
    undecided = sa.func.coalesce(Referral.decided_at > Chase.at, sa.true())
    judged = made & undecided & (today - began.forward > SOON)
    within = sa.func.coalesce(ended.back - began.forward <= SOON, sa.false())
    source = (
        sa.join(Referral, Chase, Chase.referral_id == Referral.id)
        .outerjoin(began, began.day == london_day(Chase.at))
        .outerjoin(ended, ended.day == Referral.decided_on)
    )
    return count(
        source,
        asked,
        scope,
        part=sa.case((answered, sa.func.coalesce(Chase.changed, "answered"))),
        made=made,
        **{kind: made & (Chase.kind == kind) for kind in KINDS},
        answered=answered,
        judged=judged,
        decided=judged & within,
    )


def answer_days(asked: Filter, scope: Scope) -> Steps:
    """The days from each chase to the answer that was written down; the referral's end competes."""
    ended = sa.func.least(
        Referral.withdrawn_on, london_day(Referral.closed_at), london_day(Referral.decline_final_at)
    )
    rows = sa.select(
        GROUPS[asked.by].label("key"),
        Referral.need_code.label("step"),
        london_day(Chase.at).label("start"),
        london_day(Chase.answered_at).label("event"),
        ended.label("competing"),
    ).select_from(sa.join(Referral, Chase, Chase.referral_id == Referral.id))
    return step_counts(rows.where(AsOf(asked).counted, *sent_in_period(asked, scope)), asked)


def beside_counts(asked: Filter, scope: Scope, *, elsewhere: bool = True) -> list[GroupCounts]:
    """Referrals by what is worth knowing of them: sent, pressed, escalated, late_agency and late_iom (something was written down
    more than two working days late), released (accepted and closed without a start), reversed, wrong_service, and
    referred_again, to another service after that; 0 unless `elsewhere`."""
    state = AsOf(asked)
    pressed = sa.select(Chase.referral_id).where(london_day(Chase.at) <= state.day)
    wrong = state.declined & (Referral.decline_reason == "wrong_service")
    unstarted = ~state.by(london_day(Referral.started_at))
    return count(
        Referral.__table__,
        asked,
        scope,
        sent=state.counted,
        pressed=state.counted & Referral.id.in_(pressed),
        escalated=state.counted & Referral.id.in_(pressed.where(Chase.kind == "escalation")),
        late_agency=state.counted & Referral.id.in_(marked(asked, "late", "agency")),
        late_iom=state.counted & Referral.id.in_(marked(asked, "late", "iom")),
        released=state.closed & state.by(london_day(Referral.accepted_at)) & unstarted,
        reversed=state.reversed,
        wrong_service=wrong,
        referred_again=wrong & _again(state) if elsewhere else sa.false(),
    )


def _again(state: AsOf) -> Condition:
    """The same person was sent to another service for the same need afterwards."""
    other: Any = aliased(Referral, name="other")
    return (
        sa.select(sa.literal(1))
        .where(
            other.person_id == Referral.person_id,
            other.need_code == Referral.need_code,
            other.service_id != Referral.service_id,
            other.sent_at > Referral.decided_at,
            other.sent_on <= state.day,
        )
        .exists()
    )
