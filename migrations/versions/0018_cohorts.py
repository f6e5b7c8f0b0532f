"""Criteria, reviews and history of cohorts."""

revision, down_revision = "0018", "0017"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
