"""What figures count beyond their reach: how needs went on, and events that were challenges or written down late.

Analysts may read neither people, needs nor events. These functions apply the caller's scope themselves and give codes
and dates, never words, names or anybody's number.
"""

from alembic import op

revision, down_revision = "0015", "0014"
branch_labels = depends_on = None

# As the policy of referral in 0005: {0} is an alias of it.
SEEN = """CASE scope_kind() WHEN 'system' THEN true
        WHEN 'iom' THEN {0}.area_id = ANY (scope_areas())
            AND (NOT {0}.restricted OR {0}.person_id = ANY (scope_people()))
        WHEN 'agency' THEN {0}.agency_id = scope_agency()
            AND (scope_every_service() OR {0}.service_id = ANY (scope_services()))
            AND (scope_every_area() OR {0}.area_id = ANY (scope_areas()))
        WHEN 'figures' THEN scope_every_area() OR {0}.area_id = ANY (scope_areas())
        ELSE false END"""
# As the policy of person in 0004, and figures besides: agencies have no part in needs that nobody has sent them.
PERSON_SEEN = """CASE scope_kind() WHEN 'system' THEN true
        WHEN 'iom' THEN p.area_id = ANY (scope_areas()) AND (NOT p.restricted OR p.id = ANY (scope_people()))
        WHEN 'figures' THEN scope_every_area() OR p.area_id = ANY (scope_areas())
        ELSE false END"""

# One row a need of a person, identified from `first` to `last`, both included, with the days on which it went on. A step is the
# first referral's to reach it, of those sent since, or still open when it was identified; of one agency or
# service only if they are given. over_on: not met, or the person did not want it.
NEED_STEPS = f"""
CREATE FUNCTION need_steps(first date, last date, of_agency int, of_service int)
    RETURNS TABLE (need_code text, area_id int, local_authority_id int, cohort text, identified_on date,
        referred_on date, accepted_on date, started_on date, met_on date, over_on date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    SELECT n.need_code, p.area_id, p.local_authority_id,
           (SELECT s.cohort FROM cohort_spell s
             WHERE s.person_id = p.id AND s.from_on <= n.identified_on
             ORDER BY s.from_on DESC, s.id DESC LIMIT 1),
           n.identified_on, step.referred_on, step.accepted_on, step.started_on,
           least(step.met_on, CASE WHEN n.state = 'met' THEN n.changed_on END),
           CASE WHEN n.state IN ('not_met', 'declined_by_person') THEN n.changed_on END
      FROM person_need n
      JOIN person p ON p.id = n.person_id AND p.duplicate_of IS NULL
      CROSS JOIN LATERAL (
        SELECT min(r.sent_on) AS referred_on,
               min((r.accepted_at AT TIME ZONE 'Europe/London')::date) AS accepted_on,
               min((r.started_at AT TIME ZONE 'Europe/London')::date) AS started_on,
               min((r.closed_at AT TIME ZONE 'Europe/London')::date) FILTER (WHERE r.outcome = 'met') AS met_on
          FROM referral r
         WHERE r.person_id = n.person_id AND r.need_code = n.need_code AND r.sent_at IS NOT NULL
           AND r.withdrawal_reason IS DISTINCT FROM 'sent_in_error'
           AND (r.sent_on >= n.identified_on OR coalesce(r.closed_at, r.withdrawn_at, 'infinity') >= n.identified_on)
           AND (of_agency IS NULL OR r.agency_id = of_agency)
           AND (of_service IS NULL OR r.service_id = of_service)
           AND {SEEN.format("r")}
      ) step
     WHERE n.identified_on BETWEEN first AND last
       AND ((of_agency IS NULL AND of_service IS NULL) OR step.referred_on IS NOT NULL)
       AND {PERSON_SEEN}
    $$;
"""

# Events of referrals sent from `first` to `last`, both included: declines that IOM challenged, and what either side wrote
# down more than two working days after it had happened.
MARKED_EVENTS = f"""
CREATE FUNCTION marked_events(first date, last date)
    RETURNS TABLE (referral_id bigint, mark text, side text, happened_on date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    SELECT e.referral_id, m.mark, e.side, (e.happened_at AT TIME ZONE 'Europe/London')::date
      FROM referral r
      JOIN event e ON e.referral_id = r.id
      LEFT JOIN calendar_day happened ON e.recorded_at > e.happened_at + interval '2 days'
           AND happened.day = (e.happened_at AT TIME ZONE 'Europe/London')::date
      LEFT JOIN calendar_day recorded ON e.recorded_at > e.happened_at + interval '2 days'
           AND recorded.day = (e.recorded_at AT TIME ZONE 'Europe/London')::date
      CROSS JOIN LATERAL (
        SELECT 'challenged' AS mark WHERE e.kind = 'challenged'
        UNION ALL SELECT 'late' WHERE recorded.back - happened.forward > 2
      ) m
     WHERE r.sent_on BETWEEN first AND last AND {SEEN.format("r")}
    $$;
"""


def upgrade() -> None:
    app = op.get_context().config.attributes["app_role"]
    op.execute(NEED_STEPS)
    op.execute(MARKED_EVENTS)
    op.execute("REVOKE ALL ON FUNCTION need_steps, marked_events FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION need_steps, marked_events TO {app}")
