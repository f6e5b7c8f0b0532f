"""The emails of a referral: one small function each. They carry the reference and a link, and name nobody."""

from __future__ import annotations

import sqlalchemy as sa

from portal.access import Role
from portal.accounts.models import User
from portal.agencies.models import Agency, Service
from portal.db import db
from portal.mail import Email
from portal.people.models import PersonReader
from portal.referrals.models import Event, Message, Referral


def sent(referral: Referral, service: Service, event: Event) -> list[Email]:
    """To the service's intake mailbox; where it has none, to each of the agency's staff who may answer."""
    return to_agency("sent", referral, service, _key(event))


def withdrawn(referral: Referral, service: Service, event: Event) -> list[Email]:
    """To the intake, and to the worker as well."""
    mails = to_agency("withdrawn", referral, service, _key(event))
    worker = _worker(referral)
    if worker and all(mail.user_id != worker.id for mail in mails):
        mails.append(to_user("withdrawn", referral, worker, _key(event)))
    return mails


def to_referrer(template: str, referral: Referral, event: Event) -> Email:
    return to_user(template, referral, _get_referrer(referral), _key(event))


def _get_referrer(referral: Referral) -> User:
    """Whoever sent it; once they have left, a manager of the area who may see it."""
    referrer = db.session.get_one(User, referral.referrer_id)
    if referrer.is_active:
        return referrer
    managers = sa.select(User).where(User.role == Role.IOM_MANAGER, User.suspended_at.is_(None))
    managers = managers.where(User.areas.any(id=referral.area_id)).order_by(User.id).limit(1)
    if referral.restricted:
        named = sa.select(PersonReader.user_id).where(PersonReader.person_id == referral.person_id)
        managers = managers.where(User.id.in_(named))
    return db.session.scalar(managers) or referrer


def to_worker(template: str, referral: Referral, event: Event) -> list[Email]:
    """To the worker, or where nobody works on it yet to the agency's intake."""
    return _to_worker(template, referral, _key(event))


def to_other_side(template: str, referral: Referral, event: Event) -> list[Email]:
    if event.side == "agency":
        return [to_referrer(template, referral, event)]
    return to_worker(template, referral, event)


def to_managers(template: str, referral: Referral, event: Event) -> list[Email]:
    """To the agency's managers for the service; where it has none, to each of its staff who may answer."""
    responders = list_responders(_service(referral), referral.area_id)
    managers = [user for user in responders if user.role == Role.AGENCY_MANAGER]
    return [to_user(template, referral, user, _key(event)) for user in managers or responders]


def message(referral: Referral, written: Message) -> list[Email]:
    """To the other side: the referrer, or the worker, or where nobody works on it yet the agency's intake."""
    key = f"message:{written.id}"
    if written.side == "agency":
        return [to_user("message", referral, _get_referrer(referral), key)]
    return _to_worker("message", referral, key)


def _key(event: Event) -> str:
    return f"event:{event.id}"


def _service(referral: Referral) -> Service:
    return db.session.get_one(Service, referral.service_id)


def _worker(referral: Referral) -> User | None:
    """Whoever works on it, unless they have left."""
    worker = db.session.get(User, referral.worker_id) if referral.worker_id else None
    return worker if worker and worker.is_active else None


def _to_worker(template: str, referral: Referral, key: str) -> list[Email]:
    if worker := _worker(referral):
        return [to_user(template, referral, worker, key)]
    return to_agency(template, referral, _service(referral), key)


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
