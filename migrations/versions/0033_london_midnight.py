"""Whoever's agency closes leaves the reviews of access at London's midnight, as everywhere else; not at the server's."""

from alembic import op

revision, down_revision = "0033", "0032"
branch_labels = depends_on = None

MEMBERS = """
DO $$ BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW access_member WITH (security_invoker = true) AS '
         || replace(pg_get_viewdef('access_member'), 'CURRENT_DATE', 'london_today()');
END $$
"""


def upgrade() -> None:
    op.execute(MEMBERS)
