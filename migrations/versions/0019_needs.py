"""The needs of people, kept in step with their referrals."""

revision, down_revision = "0019", "0018"
branch_labels = depends_on = None


def upgrade() -> None:
    pass
