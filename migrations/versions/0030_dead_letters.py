"""Emails that were given up: what an administrator sees of them and does about them, never what they carry."""

from alembic import op

revision, down_revision = "0030", "0029"
branch_labels = depends_on = None

TABLES = """
ALTER TABLE outbox ADD let_go_reason text;
ALTER TABLE outbox ADD CONSTRAINT ck_outbox_let_go_reason
    CHECK (let_go_reason IN ('replaced', 'wrong_address', 'left', 'told', 'too_late', 'other')) NOT VALID;
ALTER TABLE outbox ADD CONSTRAINT ck_outbox_let_go_dead CHECK (let_go_reason IS NULL OR dead_at IS NOT NULL) NOT VALID;
"""

# The outbox is closed to all but *system*, because a one-time link stands in it until it is sent. These give an
# administrator everything but that.
MAY = "scope_kind() IN ('system', 'administrator')"
UNDELIVERED = f"o.sent_at IS NULL AND o.let_go_reason IS NULL AND o.fault IS NOT NULL AND {MAY}"
# A link that no longer works: the email would send its reader to a page that says so.
LINK_OVER = """o.template IN ('invitation', 'reset', 'reset_asked') AND NOT EXISTS (
    SELECT FROM one_time_link l WHERE l.user_id = o.user_id AND l.used_at IS NULL AND l.expires_at > now()
       AND left(encode(l.token_hash, 'hex'), 32) = split_part(o.key, ':', 2))"""
FUNCTIONS = f"""
CREATE FUNCTION given_up_mails(most int, which text) RETURNS TABLE (
    key text, template text, address text, user_id int, created_at timestamptz, dead_at timestamptz,
    attempts int, fault text, link_over boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT o.key, o.template, o.address, o.user_id, o.created_at, o.dead_at, o.attempts, o.fault,
           {LINK_OVER}
      FROM outbox o WHERE {UNDELIVERED} AND o.dead_at IS NOT NULL AND (which IS NULL OR o.key = which)
     ORDER BY o.created_at, o.key LIMIT most $$;

CREATE FUNCTION faulty_mails() RETURNS TABLE (
    template text, fault text, dead boolean, mails int, oldest timestamptz, next_try timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT o.template, o.fault, o.dead_at IS NOT NULL, count(*)::int, min(o.created_at), min(o.next_try_at)
      FROM outbox o WHERE {UNDELIVERED} GROUP BY 1, 2, 3 ORDER BY 5, 1, 2 $$;

-- One by its key, or all of one template. One that the worker is sending at this moment is left to it.
CREATE FUNCTION send_mails_again(which text, kind text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    WITH again AS (
        UPDATE outbox SET dead_at = NULL, attempts = 0, next_try_at = now() WHERE key IN (
            SELECT o.key FROM outbox o WHERE {UNDELIVERED} AND (o.key = which OR o.template = kind) AND NOT ({LINK_OVER})
               FOR UPDATE SKIP LOCKED)
        RETURNING 1)
    SELECT count(*)::int FROM again $$;

-- What it carried goes with it.
CREATE FUNCTION let_mail_go(which text, reason text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    WITH gone AS (
        UPDATE outbox o SET let_go_reason = reason, params = '{{}}' WHERE o.key = which AND {UNDELIVERED} AND dead_at IS NOT NULL
        RETURNING 1)
    SELECT count(*)::int FROM gone $$;
"""
SIGNATURES = ("given_up_mails(int, text)", "faulty_mails()", "send_mails_again(text, text)", "let_mail_go(text, text)")


def upgrade() -> None:
    app = op.get_context().config.attributes["app_role"]
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    for function in SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {app}")
