"""What the page of one referral reads besides the referral itself: what this user has had on it, and names."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from portal.accounts.models import User
from portal.db import db
from portal.referrals.models import Event, MessageMark, Referral


def mark_read(referral: Referral, user_id: int, message_id: int) -> int:
    """This user now has every message up to this one; gives the one up to which they had had them before, 0 if none.

    One statement whatever there is to mark, so that a page costs the same with messages and without. A mark never
    goes back.
    """
    mine = (MessageMark.referral_id == referral.id) & (MessageMark.user_id == user_id)
    had = sa.select(MessageMark.message_id).where(mine).cte("had")
    before = sa.func.coalesce(sa.select(had.c.message_id).scalar_subquery(), 0)
    columns = ["user_id", "referral_id", "message_id"]
    row = sa.select(
        sa.literal(user_id, sa.Integer),
        sa.literal(referral.id, sa.BigInteger),
        sa.literal(message_id, sa.BigInteger),
    ).where(sa.literal(message_id, sa.BigInteger) > before)
    mark = insert(MessageMark).from_select(columns, row)
    mark = mark.on_conflict_do_update(
        index_elements=["user_id", "referral_id"],
        set_={"message_id": sa.func.greatest(MessageMark.message_id, mark.excluded.message_id)},
    )
    marked = mark.returning(MessageMark.message_id).cte("marked")
    return db.session.scalars(sa.select(before).add_cte(marked)).one()


def list_names(events: Iterable[Event]) -> dict[int, str]:
    """The names of the users whom events name in their data, by id."""
    ids = {
        event.data[key]
        for event in events
        for key in ("worker_id", "from_id", "to_id")
        if event.data.get(key)
    }
    query = sa.select(User.id, User.name).where(User.id.in_(ids))
    return {user_id: name for user_id, name in db.session.execute(query)}
