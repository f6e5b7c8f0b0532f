"""The emails of the promise register: one small function each. They carry the agency and a link, and name nobody."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from portal.access import Role
from portal.accounts.models import User, UserArea
from portal.agencies.models import Agency, Service
from portal.db import db
from portal.mail import Email
from portal.promises.models import Agreement


def proposed(agreement: Agreement) -> list[Email]:
    return _to("agreement_proposed", agreement, list_signers(agreement))


def signed(agreement: Agreement) -> list[Email]:
    return _to("agreement_signed", agreement, [agreement.proposed_by])


def refused(agreement: Agreement) -> list[Email]:
    return _to("agreement_refused", agreement, [agreement.proposed_by])


def taken_back(agreement: Agreement) -> list[Email]:
    return _to("agreement_taken_back", agreement, list_signers(agreement))


def ended(agreement: Agreement) -> list[Email]:
    """To whoever proposed it and to the agency's managers, save whoever has ended it."""
    readers = [agreement.proposed_by, *list_signers(agreement)]
    return _to("agreement_ended", agreement, [one for one in readers if one.id != agreement.ended_by_id])


def list_signers(agreement: Agreement) -> list[User]:
    """Active managers of the agency who work for the service and for all areas of the agreement."""
    areas = {area.id for area in agreement.areas}
    own = sa.select(sa.func.count()).where(UserArea.user_id == User.id, UserArea.area_id.in_(areas))
    query = (
        sa.select(User)
        .where(User.agency_id == agreement.service.agency_id, User.role == Role.AGENCY_MANAGER.value)
        .where(User.suspended_at.is_(None))
        .where(User.every_service | User.services.any(Service.id == agreement.service_id))
        .where(User.every_area | (own.scalar_subquery() == len(areas)))
        .order_by(User.id)
    )
    return list(db.session.scalars(query))


def _to(template: str, agreement: Agreement, readers: Iterable[User]) -> list[Email]:
    agency = db.session.get_one(Agency, agreement.service.agency_id)
    return [
        Email(
            key=f"{template}:{agreement.id}:user:{user.id}",
            template=template,
            address=user.email,
            user_id=user.id,
            language=user.language,
            area_id=None,
            params={"agreement": agreement.id, "agency": agency.name},
        )
        for user in readers
        if user.is_active
    ]
