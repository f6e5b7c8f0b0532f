"""Declines by cause and reason and what became of them, and withdrawals by reason: one grouped statement each."""

from __future__ import annotations

import sqlalchemy as sa

from portal.agencies.codes import DECLINE_REASONS
from portal.db import Scope
from portal.referrals.models import Referral
from portal.turnaround.catalogue import Counted, counted_referral
from portal.turnaround.counting import IMPORTED, AsOf, Condition, GroupCounts, count, same_referral
from portal.turnaround.filters import Filter

FINAL_BY = {"agreed": "decline_agreed", "lapsed": "decline_lapsed", "upheld": "decline_upheld"}
UNSAID = "unsaid"  # of imported withdrawals no reason is known
# Reasons that are shown of every agency, whatever their number.
WATCHED = ("no_capacity", "offence_excluded", "no_local_connection")


def decline_counts(asked: Filter, scope: Scope) -> list[GroupCounts]:
    """For each group, need and reason as `part` (None: not declined): sent, declined, challenged, and how it ended.

    A decline is final (agreed, lapsed, upheld or, `imported`, final at once), reversed, withdrawn or waiting. `left_out`
    are in nothing else.
    """
    state = AsOf(asked)
    over = state.final | state.reversed | state.withdrawn
    ways = {
        name: state.final & sa.func.coalesce(Referral.close_reason == code, sa.false())
        for name, code in FINAL_BY.items()
    }
    return count(
        counted_referral.outerjoin(Referral, same_referral(asked)),
        asked,
        scope,
        part=sa.case((state.declined, Counted.decline_reason)),
        sent=state.counted,
        declined=state.declined,
        waiting=state.declined & ~over,
        challenged=state.declined & Counted.referral_id.in_(marked(asked, "challenged")),
        final=state.final,
        **ways,
        imported=state.final & IMPORTED,
        reversed=state.reversed,
        withdrawn=state.declined & ~state.final & ~state.reversed & state.withdrawn,
        left_out=state.left_out,
    )


def withdrawal_counts(asked: Filter, scope: Scope) -> list[GroupCounts]:
    """For each group, need and reason as `part` (None: not withdrawn, UNSAID of imported ones): sent and withdrawn."""
    state = AsOf(asked)
    return count(
        counted_referral,
        asked,
        scope,
        part=sa.case((state.withdrawn, sa.func.coalesce(Counted.withdrawal_reason, UNSAID))),
        sent=state.counted,
        withdrawn=state.withdrawn,
    )


def marked(asked: Filter, mark: str, side: str | None = None) -> sa.Select[tuple[int]]:
    """Numbers of referrals with an event of this mark by as-of: challenged, late (migration 0015) or reassigned (0028)."""
    events = sa.func.marked_events(asked.from_on, asked.to_on).table_valued(
        sa.column("referral_id", sa.BigInteger),
        sa.column("mark", sa.Text),
        sa.column("side", sa.Text),
        sa.column("happened_on", sa.Date),
        name="marked",
    )
    wanted: list[Condition] = [events.c.mark == mark, events.c.happened_on <= asked.as_of]
    if side is not None:
        wanted.append(events.c.side == side)
    return sa.select(events.c.referral_id).where(*wanted)


def cause(reason: str) -> str:
    return DECLINE_REASONS[reason][0]
