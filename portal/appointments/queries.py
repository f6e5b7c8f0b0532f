"""Reading appointments. Every query starts from what the viewer may see."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.appointments.models import Appointment
from portal.db import db
from portal.referrals.models import Referral


def list_of(referral: Referral) -> list[Appointment]:
    """All appointments of a referral that the viewer may see, the latest first, each with its worker."""
    query = sa.select(Appointment).where(Appointment.referral_id == referral.id)
    query = query.order_by(Appointment.at.desc(), Appointment.id.desc())
    return list(db.session.scalars(query.options(joinedload(Appointment.worker))))
