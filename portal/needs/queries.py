"""One need of a person: its live referrals and what was said of it. And the needs that nobody has referred."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db import current_scope, db
from portal.people.models import NeedStatement
from portal.referrals.models import Referral
from portal.referrals.queries import visible as visible_referrals

PAGE = 25
Cursor = tuple[date, int, str]  # identified on, person, need


def list_live(person_id: int, code: str) -> list[sa.Row[Any]]:
    """References and states of the referrals that decide where this need stands."""
    query = (
        sa.select(Referral.reference, Referral.status, Referral.paused_from)
        .where(
            Referral.person_id == person_id,
            Referral.need_code == code,
            Referral.status.not_in(["draft", "closed", "withdrawn"]),
            visible_referrals(current_scope()),
        )
        .order_by(Referral.sent_at)
    )
    return list(db.session.execute(query))


def list_statements(person_id: int, code: str) -> list[NeedStatement]:
    """What was said of it, the latest first."""
    query = (
        sa.select(NeedStatement)
        .where(NeedStatement.person_id == person_id, NeedStatement.need_code == code)
        .order_by(NeedStatement.at.desc(), NeedStatement.id.desc())
        .options(joinedload(NeedStatement.by))
    )
    return list(db.session.scalars(query))


_UNREFERRED = sa.text("SELECT * FROM needs_unreferred(:mine, :since, :person, :need, :most)")
FIRST: Cursor = (date.min, 0, "")


def count_unreferred(mine: int | None = None, *, most: int) -> int:
    """How many needs of people on IOM in sight no live referral is for, at most `most`.

    `mine`: of people whose offender manager this user is.
    """
    return len(_ask(mine, FIRST, most))


def list_unreferred(mine: int | None = None, after: Cursor | None = None) -> tuple[list[sa.Row[Any]], bool]:
    """One page of them, the oldest first, and whether there is more: person_id, need_code, identified_on, referred_on."""
    rows = _ask(mine, after or FIRST, PAGE + 1)
    return rows[:PAGE], len(rows) > PAGE


def _ask(mine: int | None, after: Cursor, most: int) -> list[sa.Row[Any]]:
    since, person, need = after
    asked = {"mine": mine, "since": since, "person": person, "need": need, "most": most}
    return list(db.session.execute(_UNREFERRED, asked))
