"""Reading chases: those of a referral, and those that wait for an answer. Each within the viewer's scope."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.accounts.models import User
from portal.agencies.models import Agency
from portal.chasing.models import Chase
from portal.db import current_scope, db
from portal.referrals.lists import OPEN
from portal.referrals.models import Referral
from portal.referrals.queries import visible


def list_of(referral: Referral) -> list[Chase]:
    """Every chase of a referral, the oldest first, with who chased and who answered on it."""
    query = sa.select(Chase).where(Chase.referral_id == referral.id).order_by(Chase.id)
    return list(db.session.scalars(query.options(joinedload(Chase.by), joinedload(Chase.answerer))))


def get_of(referral: Referral, chase_id: int) -> Chase | None:
    query = sa.select(Chase).where(Chase.id == chase_id, Chase.referral_id == referral.id)
    return db.session.scalar(query.options(joinedload(Chase.by)))


def list_open(limit: int = 100, **narrowed: int | None) -> list[sa.Row[Any]]:
    """Chases of open referrals that nobody has answered and that nothing has overtaken, the oldest first.

    `narrowed`: any of by_id (who chased), worker_id (who works on the referral), agency_id, area_id.
    Rows carry chase_id, referral_id, reference, kind, level, channel, at, by, agency.
    """
    columns: sa.Select[*tuple[Any, ...]] = sa.select(
        Chase.id.label("chase_id"), Referral.id.label("referral_id"), Referral.reference,
        Chase.kind, Chase.level, Chase.channel, Chase.at, User.name.label("by"), Agency.name.label("agency"),
    )  # fmt: skip
    query = _open(columns, narrowed).join(User, User.id == Chase.by_id)
    query = query.join(Agency, Agency.id == Chase.agency_id)
    return list(db.session.execute(query.order_by(Chase.at, Chase.id).limit(limit)))


def count_open(**narrowed: int | None) -> int:
    """How many `list_open` would list, without its limit."""
    number: int = db.session.scalars(_open(sa.select(sa.func.count()), narrowed)).one()
    return number


def unanswered() -> sa.ColumnElement[bool]:
    """Nobody has answered it, and the agency has not done since what it asks for: accepted, or for advocacy started."""
    accepted = sa.and_(Chase.kind != "advocacy", Referral.accepted_at > Chase.at)
    overtaken = sa.or_(accepted, Referral.started_at > Chase.at)
    return sa.and_(Chase.answered_at.is_(None), sa.func.coalesce(overtaken, sa.false()).is_(False))


def _open(query: sa.Select[*tuple[Any, ...]], narrowed: dict[str, int | None]) -> sa.Select[*tuple[Any, ...]]:
    by = {
        "by_id": Chase.by_id,
        "worker_id": Referral.worker_id,
        "agency_id": Chase.agency_id,
        "area_id": Chase.area_id,
    }
    query = query.select_from(Chase).join(Referral, Referral.id == Chase.referral_id)
    query = query.where(unanswered(), OPEN, visible(current_scope()))
    return query.where(*(by[name] == value for name, value in narrowed.items() if value is not None))
