"""Grants by column, limits, and reviews of who has access."""

from alembic import op

revision, down_revision = "0027", "0026"
branch_labels = depends_on = None

# An analyst counts appointments and chases, and reads no word of them: not their rows, but what these functions give.
COUNTED = """
ALTER POLICY appointment_see ON appointment USING (CASE (SELECT scope_kind()) WHEN 'system' THEN true
    WHEN 'iom' THEN EXISTS (SELECT FROM referral r WHERE r.id = referral_id)
    WHEN 'agency' THEN {own} ELSE false END);
ALTER POLICY chase_see ON chase USING (CASE (SELECT scope_kind()) WHEN 'system' THEN true
    WHEN 'iom' THEN EXISTS (SELECT FROM referral r WHERE r.id = referral_id)
    WHEN 'agency' THEN {own} ELSE false END);
CREATE FUNCTION appointments_counted(first date, last date)
    RETURNS TABLE (referral_id bigint, at timestamptz, offered_at timestamptz, state text, state_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT a.referral_id, a.at, a.offered_at, a.state, a.state_at
      FROM referral r JOIN appointment a ON a.referral_id = r.id WHERE {figures} $$;
CREATE FUNCTION chases_counted(first date, last date)
    RETURNS TABLE (referral_id bigint, kind text, at timestamptz, answered_at timestamptz, changed text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT c.referral_id, c.kind, c.at, c.answered_at, c.changed
      FROM referral r JOIN chase c ON c.referral_id = r.id WHERE {figures} $$;
REVOKE ALL ON FUNCTION appointments_counted, chases_counted FROM PUBLIC;
GRANT EXECUTE ON FUNCTION appointments_counted, chases_counted TO {app};
"""
OWN = """agency_id = (SELECT scope_agency())
        AND ((SELECT scope_every_service()) OR service_id = ANY ((SELECT scope_services())::int[]))
        AND ((SELECT scope_every_area()) OR area_id = ANY ((SELECT scope_areas())::int[]))"""
FIGURES = """r.sent_on BETWEEN first AND last AND scope_kind() = 'figures'
       AND (scope_every_area() OR r.area_id = ANY (scope_areas()))"""

GRANTS = """
-- What was offered or asked stays as it was: either side writes down what became of it.
REVOKE UPDATE ON appointment, chase FROM {app};
GRANT UPDATE (state, state_at, state_by_id, state_words, moved_to_id, worker_id, version) ON appointment TO {app};
GRANT UPDATE (answered_at, answered_by_id, answered_by, answer, changed, version) ON chase TO {app};

-- Triggers' functions run as triggers, and the portal folds the tally: nobody else calls either.
REVOKE ALL ON FUNCTION carry_restriction, tally_referral, tally_wait, tally_history, needs_follow_referral, need_kept,
    need_said, need_statement_moves, fold_tally FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fold_tally TO {app};
"""

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
                WHEN 'figures' THEN ARRAY['turnaround.export', 'needs.export']
                WHEN 'log' THEN ARRAY['access_log.exported'] END)
         ORDER BY e.at DESC OFFSET most - 1 LIMIT 1), 0) $$;
"""


def upgrade() -> None:
    app = op.get_context().config.attributes["app_role"]
    op.execute(COUNTED.format(own=OWN, figures=FIGURES, app=app))
    op.execute(GRANTS.format(app=app))
    op.execute(LIMITS)
    op.execute("REVOKE ALL ON FUNCTION file_wait FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION file_wait TO {app}")
