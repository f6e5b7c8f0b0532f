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
    hanging,
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
    state, chases = AsOf(asked), hanging(Chase, asked, scope)
    chase = chases.c
    made = state.counted & state.by(london_day(chase.at))
    answered = made & state.by(london_day(chase.answered_at))
    began, ended = aliased(CalendarDay, name="began"), aliased(CalendarDay, name="ended")
    today = sa.select(CalendarDay.back).where(CalendarDay.day == asked.as_of).scalar_subquery()
    undecided = sa.func.coalesce(Referral.decided_at > chase.at, sa.true())
    judged = made & undecided & (today - began.forward > SOON)
    within = sa.func.coalesce(ended.back - began.forward <= SOON, sa.false())
    source = (
        counted_referral.join(Referral, same_referral(asked))
        .join(chases, chase.referral_id == Referral.id)
        .outerjoin(began, began.day == london_day(chase.at))
        .outerjoin(ended, ended.day == Counted.decided_on)
    )
    return count(
        source,
        asked,
        scope,
        part=sa.case((answered, sa.func.coalesce(chase.changed, "answered"))),
        made=made,
        **{kind: made & (chase.kind == kind) for kind in KINDS},
        answered=answered,
        judged=judged,
        decided=judged & within,
    )


def answer_days(asked: Filter, scope: Scope) -> Steps:
    """The days from each chase to the answer that was written down; the referral's end competes."""
    chases = hanging(Chase, asked, scope)
    chase = chases.c
    ended = sooner(Counted.withdrawn_on, Counted.closed_on, Counted.declined_on)
    rows = sa.select(
        GROUP_COLUMNS[asked.by].label("key"),
        Counted.need_code.label("step"),
        london_day(chase.at).label("start"),
        london_day(chase.answered_at).label("event"),
        ended.label("competing"),
    ).select_from(sa.join(counted_referral, chases, chase.referral_id == Counted.referral_id))
    return step_counts(rows.where(AsOf(asked).counted, *sent_in_period(asked, scope)), asked)


def beside_counts(asked: Filter, scope: Scope, *, elsewhere: bool = True) -> list[GroupCounts]:
    """Referrals by what is worth knowing of them: sent, and `conditions`; referred_again is 0 unless `elsewhere`."""
    found = conditions(asked, scope) | ({} if elsewhere else {"referred_again": sa.false()})
    source = counted_referral.join(Referral, same_referral(asked))
    return count(source, asked, scope, sent=AsOf(asked).counted, **found)


def conditions(asked: Filter, scope: Scope) -> dict[str, Condition]:
    """Of a referral and its row in the figures: pressed, escalated, late_agency and late_iom (something was written down more
    than two working days late), released (accepted and closed without a start), reassigned (given from one worker to
    another), reversed, wrong_service, and referred_again,
    to another service after that. Imported ones are none of it: nothing is known of them."""
    state, known, chase = AsOf(asked), Referral.id.is_not(None), hanging(Chase, asked, scope).c
    pressed = sa.select(chase.referral_id).where(london_day(chase.at) <= state.day)
    wrong = known & state.declined & (Counted.decline_reason == "wrong_service")
    unstarted = ~state.by(Counted.started_on)
    return {
        "pressed": state.counted & Counted.referral_id.in_(pressed),
        "escalated": state.counted & Counted.referral_id.in_(pressed.where(chase.kind == "escalation")),
        "late_agency": state.counted & Counted.referral_id.in_(marked(asked, "late", "agency")),
        "late_iom": state.counted & Counted.referral_id.in_(marked(asked, "late", "iom")),
        "released": known & state.closed & state.accepted & unstarted,
        "reassigned": state.counted & Counted.referral_id.in_(marked(asked, "reassigned")),
        "reversed": known & state.reversed,
        "wrong_service": wrong,
        "referred_again": wrong & _again(state),
    }


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
