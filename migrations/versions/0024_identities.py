"""Who a user is at a provider of identities."""

from alembic import op

revision, down_revision = "0024", "0023"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
