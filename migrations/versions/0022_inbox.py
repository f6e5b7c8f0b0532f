"""Indexes that hold whatever a count of a list and its policies read, so that the table itself is not."""

from alembic import op

revision, down_revision = "0022", "0021"
branch_labels = depends_on = None

INDEXES = """
DROP INDEX ix_referral_agency_status;
DROP INDEX ix_referral_area_status;
CREATE INDEX ix_referral_agency_status ON referral (agency_id, status, sent_at, id)
    INCLUDE (service_id, area_id, restricted, person_id);
CREATE INDEX ix_referral_area_status ON referral (area_id, status, sent_at, id)
    INCLUDE (agency_id, service_id, restricted, person_id);
CREATE INDEX ix_referral_agency_late ON referral (agency_id, late_from)
    INCLUDE (service_id, area_id, sent_at, restricted, person_id) WHERE late_from IS NOT NULL;
CREATE INDEX ix_referral_area_late ON referral (area_id, late_from)
    INCLUDE (agency_id, service_id, sent_at, restricted, person_id) WHERE late_from IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(INDEXES)
