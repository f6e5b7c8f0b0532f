"""The emails of an appointment: to the referrer, or to whoever was to see the person. They name nobody and no time."""

from __future__ import annotations

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.appointments.models import Appointment
from portal.db import db
from portal.mail import Email
from portal.referrals.emails import to_agency, to_referrer, to_user
from portal.referrals.models import Event

__all__ = ["to_referrer", "to_worker"]


def to_worker(template: str, appointment: Appointment, event: Event) -> list[Email]:
    """To the worker who was to see the person; where there is none any more, to the agency's intake."""
    referral, key = appointment.referral, f"event:{event.id}"
    worker = appointment.worker_id and db.session.get(User, appointment.worker_id)
    if worker and worker.is_active:
        return [to_user(template, referral, worker, key)]
    return to_agency(template, referral, db.session.get_one(Service, referral.service_id), key)
