"""How a session was opened, second factors and recovery codes."""

from alembic import op

revision, down_revision = "0023", "0022"
branch_labels = depends_on = None

TABLES = """
-- method: password, passkey or the name of a provider; factor_at: when a second factor was shown, too.
ALTER TABLE user_session ADD COLUMN method text NOT NULL DEFAULT 'password', ADD COLUMN factor_at timestamptz;
"""


def upgrade() -> None:
    op.execute(TABLES)
