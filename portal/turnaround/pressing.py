"""What IOM did to get an answer, what came of it, and what is worth knowing beside the figures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agencies.models import CalendarDay
from portal.chasing.models import Chase
from portal.db import Scope
from portal.referrals.models import Referral
from portal.turnaround.catalogue import Counted, counted_referral, sooner
from portal.turnaround.counting import (
    AsOf,
    Condition,
    GroupCounts,
    count,
    london_day,
    same_referral,
    sent_in_period,
)
from portal.turnaround.days import Steps, step_counts
from portal.turnaround.declines import marked
from portal.turnaround.facts import GROUP_COLUMNS
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
        counted_referral.join(Referral, same_referral(asked))
        .join(Chase, Chase.referral_id == Referral.id)
        .outerjoin(began, began.day == london_day(Chase.at))
        .outerjoin(ended, ended.day == Counted.decided_on)
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
    ended = sooner(Counted.withdrawn_on, Counted.closed_on, Counted.declined_on)
    rows = sa.select(
        GROUP_COLUMNS[asked.by].label("key"),
        Counted.need_code.label("step"),
        london_day(Chase.at).label("start"),
        london_day(Chase.answered_at).label("event"),
        ended.label("competing"),
    ).select_from(sa.join(counted_referral, Chase, Chase.referral_id == Counted.referral_id))
    return step_counts(rows.where(AsOf(asked).counted, *sent_in_period(asked, scope)), asked)


def beside_counts(asked: Filter, scope: Scope, *, elsewhere: bool = True) -> list[GroupCounts]:
    """Referrals by what is worth knowing of them: sent, pressed, escalated, late_agency and late_iom (something was written
    down more than two working days late), released (accepted and closed without a start), reassigned (given from one worker
    to another), reversed, wrong_service, and referred_again, to another service after that; 0 unless `elsewhere`. Imported
    ones are left aside: none of it is known of them."""
    state = AsOf(asked)
    pressed = sa.select(Chase.referral_id).where(london_day(Chase.at) <= state.day)
    wrong = state.declined & (Counted.decline_reason == "wrong_service")
    unstarted = ~state.by(Counted.started_on)
    return count(
        counted_referral.join(Referral, same_referral(asked)),
        asked,
        scope,
        sent=state.counted,
        pressed=state.counted & Counted.referral_id.in_(pressed),
        escalated=state.counted & Counted.referral_id.in_(pressed.where(Chase.kind == "escalation")),
        late_agency=state.counted & Counted.referral_id.in_(marked(asked, "late", "agency")),
        late_iom=state.counted & Counted.referral_id.in_(marked(asked, "late", "iom")),
        released=state.closed & state.accepted & unstarted,
        reassigned=state.counted & Counted.referral_id.in_(marked(asked, "reassigned")),
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
