"""M7, what came of referrals: needs met, partly and not, and appointments offered and kept.

A referral is counted once: withdrawn, declined for good, closed with an outcome, or open. Source: the turnaround paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from portal.agencies.codes import OUTCOMES
from portal.appointments.models import CANCELLED, Appointment
from portal.db import Scope
from portal.turnaround.catalogue import Counted, counted_referral
from portal.turnaround.counting import AsOf, Condition, GroupCounts, count, hanging, london_day, moment_after
from portal.turnaround.filters import Filter

SETTLED = ("kept", "kept_late", "missed", "missed_acceptable", *CANCELLED, "moved")


@dataclass(frozen=True)
class Outcome:
    """One group and need. `counts`: n sent, accepted, started, met, partly_met, not_met, closed_otherwise, withdrawn, declined,
    open, left_out. `appointments`: offered, each of SETTLED, cancelled, unrecorded (their time is past), to_come."""

    key: str
    label: str
    need: str
    counts: Mapping[str, int]
    appointments: Mapping[str, int]


def outcome_counts(asked: Filter, scope: Scope) -> list[Outcome]:
    """Every group and need with referrals sent in the period, by label and then need: two statements, and names."""
    offers = {(each.key, each.need): each.counts for each in appointment_counts(asked, scope)}
    none = dict.fromkeys(("offered", *SETTLED, "cancelled", "unrecorded", "to_come"), 0)
    return [
        Outcome(
            each.key,
            each.label,
            each.need,
            each.counts,
            offers.get((each.key, each.need), none),
        )
        for each in referral_counts(asked, scope)
    ]


def referral_counts(asked: Filter, scope: Scope) -> list[GroupCounts]:
    """What became of referrals. Those left out are counted apart and in nothing else."""
    return count(counted_referral, asked, scope, **conditions(AsOf(asked)))


def conditions(state: AsOf) -> dict[str, Condition]:
    """By the names of `Outcome.counts`, when a referral is counted."""
    return {
        "n": state.counted,
        "accepted": state.accepted,
        "started": state.counted & state.by(Counted.started_on),
        **{code: state.closed & sa.func.coalesce(Counted.outcome == code, sa.false()) for code in OUTCOMES},
        "closed_otherwise": state.closed & Counted.outcome.is_(None),
        "withdrawn": state.withdrawn,
        "declined": state.final,
        "open": state.open,
        "left_out": state.left_out,
    }


def appointment_counts(asked: Filter, scope: Scope) -> list[GroupCounts]:
    """What became of appointments that had been offered; one whose time is past and of which nothing is said is unrecorded.
    Imported referrals have none."""
    state, offers = AsOf(asked), hanging(Appointment, asked, scope)
    made = offers.c
    offered = state.counted & state.by(london_day(made.offered_at))
    settled = offered & state.by(london_day(made.state_at))
    unsettled = offered & ~state.by(london_day(made.state_at))
    past = made.at < sa.literal(moment_after(asked))
    return count(
        sa.join(counted_referral, offers, made.referral_id == Counted.referral_id),
        asked,
        scope,
        offered=offered,
        **{code: settled & (made.state == code) for code in SETTLED},
        cancelled=settled & made.state.in_(CANCELLED),
        unrecorded=unsettled & past,
        to_come=unsettled & ~past,
    )
