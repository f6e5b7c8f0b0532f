"""Grants by column, limits, and reviews of who has access."""

from alembic import op

revision, down_revision = "0027", "0026"
branch_labels = depends_on = None

# Seconds until whoever asks may take one more file of a kind, 0 at once. By the access log, so that no process counts
# apart from the others and nothing is counted that was not logged.
LIMITS = """
CREATE FUNCTION file_wait(kind text, most int) RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    AS $$ SELECT coalesce((
        SELECT ceil(extract(epoch FROM e.at + interval '1 hour' - clock_timestamp()))::int
          FROM audit_entry e
         WHERE e.user_id = scope_user() AND e.at > clock_timestamp() - interval '1 hour'
           AND e.action = ANY (CASE kind
                WHEN 'people' THEN ARRAY['quality.exported', 'copy.taken', 'meeting.printed', 'extract.refused_read',
                                         'history.findings_taken']
                WHEN 'figures' THEN ARRAY['turnaround.export', 'needs.export'] END)
         ORDER BY e.at DESC OFFSET most - 1 LIMIT 1), 0) $$;
"""


def upgrade() -> None:
    app = op.get_context().config.attributes["app_role"]
    op.execute(LIMITS)
    op.execute("REVOKE ALL ON FUNCTION file_wait FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION file_wait TO {app}")
