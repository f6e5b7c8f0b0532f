"""The emails of a referral: one small function each. They carry the reference and a link, and name nobody."""

from __future__ import annotations

import sqlalchemy as sa

from portal.accounts.models import User
from portal.agencies.models import Agency, Service
from portal.db import db
from portal.mail import Email
from portal.referrals.models import Event, Message, Referral


def sent(referral: Referral, service: Service, event: Event) -> list[Email]:
    """To the service's intake mailbox; where it has none, to each of the agency's staff who may answer."""
    return to_agency("sent", referral, service, f"event:{event.id}")


def withdrawn(referral: Referral, service: Service, event: Event) -> list[Email]:
    """To the intake, and to the worker as well."""
    mails = to_agency("withdrawn", referral, service, f"event:{event.id}")
    worker = referral.worker_id and db.session.get(User, referral.worker_id)
    if worker and all(mail.user_id != worker.id for mail in mails):
        mails.append(to_user("withdrawn", referral, worker, f"event:{event.id}"))
    return mails


def to_referrer(template: str, referral: Referral, event: Event) -> Email:
    return to_user(template, referral, db.session.get_one(User, referral.referrer_id), f"event:{event.id}")


def message(referral: Referral, written: Message) -> list[Email]:
    """To the other side: the referrer, or the worker, or where nobody works on it yet the agency's intake."""
    key = f"message:{written.id}"
    if written.side == "agency":
        return [to_user("message", referral, db.session.get_one(User, referral.referrer_id), key)]
    if referral.worker_id:
        return [to_user("message", referral, db.session.get_one(User, referral.worker_id), key)]
    return to_agency("message", referral, db.session.get_one(Service, referral.service_id), key)


def list_responders(service: Service, area_id: int) -> list[User]:
    """Active staff of the service's agency who work for this service in this area."""
    query = (
        sa.select(User)
        .where(User.agency_id == service.agency_id, User.suspended_at.is_(None))
        .where(User.every_service | User.services.any(Service.id == service.id))
        .where(User.every_area | User.areas.any(id=area_id))
        .order_by(User.id)
    )
    return list(db.session.scalars(query))


def to_agency(template: str, referral: Referral, service: Service, key: str) -> list[Email]:
    """To the service's intake mailbox; where it has none, to each of the agency's staff who may answer."""
    if not service.intake_email:
        return [to_user(template, referral, user, key) for user in list_responders(service, referral.area_id)]
    language = db.session.scalars(sa.select(Agency.language).where(Agency.id == service.agency_id)).one()
    return [
        Email(
            key=f"{key}:intake",
            template=template,
            address=service.intake_email,
            user_id=None,
            language=language,
            area_id=referral.area_id,
            params=_params(referral),
        )
    ]


def to_user(template: str, referral: Referral, user: User, key: str) -> Email:
    return Email(
        key=f"{key}:user:{user.id}",
        template=template,
        address=user.email,
        user_id=user.id,
        language=user.language,
        area_id=referral.area_id,
        params=_params(referral),
    )


def _params(referral: Referral) -> dict[str, str]:
    agency = db.session.get_one(Agency, referral.agency_id)
    return {"reference": referral.reference, "agency": agency.name}
