"""Stale and incomplete records: closing them, and how complete the register is."""

revision, down_revision = "0020", "0019"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
