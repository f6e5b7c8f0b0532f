"""Files of extracts on their way into the register."""

revision, down_revision = "0017", "0016"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
