"""Who read what, why, and what looked unusual."""

from alembic import op

revision, down_revision = "0026", "0025"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
