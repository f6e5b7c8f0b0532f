"""The tally's days by cohort, so that figures of one cohort need no referrals counted beside it."""

from alembic import op

revision, down_revision = "0032", "0031"
branch_labels = depends_on = None

CELLS = """
CREATE OR REPLACE FUNCTION tally_cells(sent_on date, cohort text)
    RETURNS TABLE (grain text, starts date, among text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT grain, starts, among
      FROM (VALUES ('day', sent_on), ('month', date_trunc('month', sent_on)::date)) g (grain, starts),
           (VALUES ('any'), (cohort)) a (among) $$;
"""


def upgrade() -> None:
    op.execute(CELLS)
    op.execute("SELECT rebuild_tally()")
