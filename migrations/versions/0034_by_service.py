"""What a service has answered is looked up by service: an officer who chooses one is told how long each took."""

from alembic import op

revision, down_revision = "0034", "0033"
branch_labels = depends_on = None

INDEX = "CREATE INDEX CONCURRENTLY ix_referral_service_id ON referral (service_id, area_id, sent_on)"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_referral_service_id")
        op.execute(INDEX)
