"""Forms that have been used, so that the same form sent again has no second effect."""

from alembic import op

revision, down_revision = "0029", "0028"
branch_labels = depends_on = None

# No row of a person's: a hash that no one can undo without the page's token, and an address of a page. Without
# row-level security, because it is asked by the primary key alone, and noted after the action's transaction. Swept
# after two days, so that no user's row has to be named by it.
TABLES = """
CREATE TABLE form_use (
    user_id int NOT NULL,
    key bytea NOT NULL,
    endpoint text NOT NULL,
    location text,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX ix_form_use_at ON form_use USING brin (at);
"""


def upgrade() -> None:
    app = op.get_context().config.attributes["app_role"]
    op.execute(TABLES)
    op.execute(f"GRANT SELECT, INSERT, DELETE ON form_use TO {app}")
    op.execute(f"GRANT UPDATE (location) ON form_use TO {app}")
