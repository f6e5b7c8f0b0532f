"""Referrals that are a user's, with a message from the other side that this user has not had on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from portal.db import Scope
from portal.referrals.models import Message, MessageMark, Referral


def unread_for(scope: Scope, user_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """A condition on Referral; add it to `visible(scope)`.

    `user_ids`: the user and those covered for. A referral is theirs if they sent it or, in an agency, if they or
    nobody yet work on it. Its parameters are those of `unread_values`, for statements that are kept.
    """
    other, mine = ("iom", Referral.worker_id) if scope.kind == "agency" else ("agency", Referral.referrer_id)
    values = unread_values(scope, user_ids)
    users = sa.bindparam("unread_users", values["unread_users"], type_=ARRAY(sa.Integer))
    theirs: sa.ColumnElement[bool] = mine == sa.any_(users)
    if scope.kind == "agency":
        theirs |= Referral.worker_id.is_(None)
    reader = sa.bindparam("unread_reader", values["unread_reader"], type_=sa.Integer)
    had = (
        sa.select(MessageMark.message_id)
        .where(MessageMark.user_id == reader, MessageMark.referral_id == Referral.id)
        .correlate(Referral)
        .scalar_subquery()
    )
    new = sa.exists().where(
        Message.referral_id == Referral.id, Message.side == other, Message.id > sa.func.coalesce(had, 0)
    )
    return theirs & new


def unread_values(scope: Scope, user_ids: Sequence[int]) -> dict[str, Any]:
    return {"unread_users": list(user_ids), "unread_reader": scope.user_id}
