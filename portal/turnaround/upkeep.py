"""Adding up what the tally has been told since it was last added up, and proving it against the referrals."""

from __future__ import annotations

import sqlalchemy as sa

from portal.db import db
from portal.jobs import periodic


@periodic(seconds=30)
def fold() -> None:
    """Figures are exact without it: it keeps the changes few, so that reading them costs nothing."""
    db.session.execute(sa.text("SELECT fold_tally()"))
    db.session.commit()


STATUS_FAULT = """
SELECT r.reference FROM referral r LEFT JOIN LATERAL (
    SELECT to_status FROM event WHERE referral_id = r.id AND to_status IS NOT NULL ORDER BY id DESC LIMIT 1) e ON true
WHERE r.status <> 'draft' AND r.status IS DISTINCT FROM e.to_status ORDER BY r.id LIMIT 1
"""
TALLY_FAULT = "SELECT grain, starts, agency_id, need_code FROM tally_faults() LIMIT 1"


def find_first_fault() -> str | None:
    """What is not as it must be, as the owner of the tables; None where all is well."""
    if reference := db.session.scalar(sa.text(STATUS_FAULT)):
        return f"Referral {reference}: its status is not that of its last event."
    if cell := db.session.execute(sa.text(TALLY_FAULT)).first():
        which = f"{cell.grain} {cell.starts}, agency {cell.agency_id}, {cell.need_code}"
        return f"The tally of {which}, is not what the referrals say."
    return None
