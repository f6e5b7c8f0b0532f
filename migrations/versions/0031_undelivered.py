"""What 0030 added to the outbox, made whole while emails go out: an index, and checks of the rows that were there."""

from alembic import op

revision, down_revision = "0031", "0030"
branch_labels = depends_on = None

INDEX = """
CREATE INDEX CONCURRENTLY ix_outbox_undelivered ON outbox (created_at)
    WHERE sent_at IS NULL AND let_go_reason IS NULL AND fault IS NOT NULL
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_outbox_undelivered")
        op.execute(INDEX)
        op.execute("ALTER TABLE outbox VALIDATE CONSTRAINT ck_outbox_let_go_reason")
        op.execute("ALTER TABLE outbox VALIDATE CONSTRAINT ck_outbox_let_go_dead")
