"""Grants by column, limits, and reviews of who has access."""

from alembic import op

revision, down_revision = "0027", "0026"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
