"""Hub sessions as they are read. Whoever is signed in may read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.agencies.hub_models import HubSession
from portal.agencies.models import Agency
from portal.db import db

NAMED = (joinedload(HubSession.agency), joinedload(HubSession.service), joinedload(HubSession.area))


def list_sessions(day: date) -> Sequence[HubSession]:
    """Those of open agencies that have not ended, with their names."""
    open_now = sa.and_(sa.not_(Agency.historic), sa.or_(Agency.closed_on.is_(None), Agency.closed_on > day))
    query = sa.select(HubSession).join(Agency, Agency.id == HubSession.agency_id)
    return db.session.scalars(query.where(_lasts(day), open_now).options(*NAMED)).all()


def list_sessions_of(
    services: Collection[tuple[int, int]], day: date, area_ids: Collection[int] | None = None
) -> dict[int, list[HubSession]]:
    """Service id to its sessions that have not ended, in these areas or in all: one statement for any number.

    `services`: (service id, agency id) pairs.
    """
    query = sa.select(HubSession).where(
        HubSession.agency_id.in_({agency_id for _, agency_id in services}), _lasts(day)
    )
    if area_ids is not None:
        query = query.where(HubSession.area_id.in_(list(area_ids)))
    found = db.session.scalars(query.options(joinedload(HubSession.area))).all()
    return {
        service_id: [
            one for one in found if one.agency_id == agency_id and one.service_id in (None, service_id)
        ]
        for service_id, agency_id in services
    }


def get_session(session_id: int, *, lock: bool = False) -> HubSession | None:
    """With its agency, service and area; locked until the end of the transaction where it is to be changed."""
    query = sa.select(HubSession).where(HubSession.id == session_id).options(*NAMED)
    if lock:
        query = query.with_for_update(of=HubSession).execution_options(populate_existing=True)
    return db.session.scalar(query)


def _lasts(day: date) -> sa.ColumnElement[bool]:
    return sa.or_(HubSession.to_on.is_(None), HubSession.to_on >= day)
