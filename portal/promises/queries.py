"""The promise in force: what an agency had agreed for a service and an area on a day."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from portal.db import db
from portal.promises.models import Agreement, AgreementArea


def get_in_force(service_id: int, area_id: int, day: date) -> Agreement | None:
    """Of the signed agreements that hold on that day, the one that began last."""
    return db.session.scalar(
        sa.select(Agreement)
        .join(AgreementArea, AgreementArea.agreement_id == Agreement.id)
        .where(Agreement.service_id == service_id, AgreementArea.area_id == area_id)
        .where(Agreement.signed_at.is_not(None), Agreement.from_on <= day)
        .where(Agreement.to_on.is_(None) | (Agreement.to_on >= day))
        .order_by(Agreement.from_on.desc(), Agreement.signed_at.desc())
        .limit(1)
    )
