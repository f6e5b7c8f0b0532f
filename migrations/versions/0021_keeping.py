"""How long records are kept, their review, and erasure."""

revision, down_revision = "0021", "0020"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
