"""Imported history counts: `counted_referral` and the tally hold it beside the portal's own referrals."""

from importlib import util
from pathlib import Path

from alembic import op

revision, down_revision = "0014", "0013"
branch_labels = depends_on = None

_spec = util.spec_from_file_location("figures", Path(__file__).with_name("0012_figures.py"))
assert _spec and _spec.loader
figures = util.module_from_spec(_spec)
_spec.loader.exec_module(figures)

# What history does not know is null; its declines are final at once. Names of nobody, so never restricted.
KNOWN = {
    "restricted": "false",
    "available_on": "(r).sent_on",
    # Without the day of acknowledgement, the agency's earliest.
    "responded_on": "LEAST((r).acknowledged_on, (r).decided_on, (r).first_offer_on, (r).started_on)",
    "priority_on": "CASE WHEN (r).decision = 'accepted_priority' THEN (r).decided_on END",
    "standard_on": "CASE WHEN (r).decision = 'accepted_standard' THEN (r).decided_on END",
    "declined_on": "CASE WHEN (r).decision = 'declined' THEN (r).decided_on END",
    "offered_on": "LEAST((r).first_offer_on, (r).started_on)",
    "left_out_on": "CASE WHEN (r).decline_reason = 'duplicate' THEN (r).decided_on END",
    "rests": "'{}'::datemultirange",
    "rest_count": "0",
    **{
        name: f"(r).{name}"
        for name in (
            "agency_id", "service_id", "need_code", "area_id", "local_authority_id", "cohort", "sent_on", "decided_on",
            "started_on", "closed_on", "withdrawn_on", "outcome", "decline_reason",
        )
    },
}  # fmt: skip
NOTHING = {
    "referral_id": "NULL::bigint", "person_id": "NULL::bigint", "promise_acknowledge": "NULL::int",
    "promise_decide": "NULL::int", "promise_offer": "NULL::int", "late_acknowledge": "NULL::date",
    "late_decide": "NULL::date", "late_offer": "NULL::date", "withdrawal_reason": "NULL::text",
}  # fmt: skip
NAMED = ",\n    ".join(f"{(KNOWN | NOTHING)[name]} AS {name}" for name in figures.COUNTED)

COUNTING = f"""
CREATE OR REPLACE VIEW counted_referral WITH (security_invoker = true) AS
    SELECT {figures.NAMED}
    FROM referral r WHERE (r).sent_on IS NOT NULL
    UNION ALL
    SELECT {NAMED}
    FROM history_referral r;
CREATE FUNCTION counted(r history_referral) RETURNS counted_referral LANGUAGE sql STABLE
    AS $$ SELECT {NAMED} $$;

CREATE FUNCTION tally_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    DECLARE was counted_referral; is_now counted_referral;
    BEGIN
        IF TG_OP <> 'INSERT' THEN was := counted(OLD); END IF;
        IF TG_OP <> 'DELETE' THEN is_now := counted(NEW); END IF;
        IF was IS DISTINCT FROM is_now THEN PERFORM tally_change(was, is_now); END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER history_tally AFTER INSERT OR UPDATE OR DELETE ON history_referral
    FOR EACH ROW EXECUTE FUNCTION tally_history();
"""


def upgrade() -> None:
    op.execute(COUNTING)
