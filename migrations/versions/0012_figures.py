"""What figures count: a referral's dates as dates, the days from which promises are broken, and a tally kept beside.

`counted_referral` is what every figure reads. `turnaround_tally` holds, for a month or a day of sending and a group,
how often each code of `tally_codes` occurs; `turnaround_change` what has changed since. Triggers write changes in the
transaction of the referral's own; `fold_tally` adds them up; `tally_faults` proves the sum against the referrals.
See docs/decisions/0015-tally.md.
"""

from alembic import op

revision, down_revision = "0012", "0011"
branch_labels = depends_on = None


def london(moment: str) -> str:
    return f"date GENERATED ALWAYS AS (({moment} AT TIME ZONE 'Europe/London')::date) STORED"


COLUMNS = f"""
ALTER TABLE referral
    ADD COLUMN responded_on {london("LEAST(responded_at, acknowledged_at, decided_at)")},
    ADD COLUMN declined_on {london("decline_final_at")},
    ADD COLUMN accepted_on {london("accepted_at")},
    ADD COLUMN offered_on {london("LEAST(first_offer_at, started_at)")},
    ADD COLUMN started_on {london("started_at")},
    ADD COLUMN closed_on {london("closed_at")},
    -- The first day on which each promise is broken, kept or not; null where none was made or the net clock rests.
    ADD COLUMN late_acknowledge date,
    ADD COLUMN late_decide date,
    ADD COLUMN late_offer date;

CREATE FUNCTION late_on(start date, days int, rests datemultirange) RETURNS date LANGUAGE plpgsql STABLE AS $$
    DECLARE rest daterange; rested int := 0; late date; began int;
    BEGIN
        IF days IS NULL THEN RETURN NULL; END IF;
        SELECT forward INTO began FROM calendar_day WHERE day = start;
        SELECT min(day) INTO late FROM calendar_day WHERE back = began + days + 1;
        FOR rest IN SELECT unnest(rests) LOOP
            CONTINUE WHEN upper(rest) <= start;
            EXIT WHEN late <= (SELECT min(c.day) FROM calendar_day c, calendar_day f
                WHERE f.day = greatest(lower(rest), start) AND c.back = f.forward);
            IF upper(rest) IS NULL THEN RETURN NULL; END IF;
            rested := rested + (SELECT greatest(l.back - f.forward, 0) FROM calendar_day f, calendar_day l
                WHERE f.day = greatest(lower(rest), start) AND l.day = upper(rest));
            SELECT min(day) INTO late FROM calendar_day WHERE back = began + days + rested + 1;
        END LOOP;
        RETURN late;
    END $$;
UPDATE referral SET
    late_acknowledge = late_on(sent_on, promise_acknowledge, rests),
    late_decide = late_on(sent_on, promise_decide, rests),
    late_offer = late_on(greatest(sent_on, available_from), promise_offer, rests)
    WHERE agreement_id IS NOT NULL AND sent_on IS NOT NULL;
DROP FUNCTION late_on;
"""

# What is counted of a referral `r`, by name. Dates are London dates of what has happened; null: it has not.
COUNTED = {
    "referral_id": "(r).id",
    "person_id": "(r).person_id",
    "restricted": "(r).restricted",
    "agency_id": "(r).agency_id",
    "service_id": "(r).service_id",
    "need_code": "(r).need_code",
    "area_id": "(r).area_id",
    "local_authority_id": "(r).local_authority_id",
    "cohort": "(r).cohort",
    "sent_on": "(r).sent_on",
    "available_on": "greatest((r).sent_on, (r).available_from)",
    "responded_on": "(r).responded_on",
    "decided_on": "(r).decided_on",
    # A reversed decline is accepted later than it was first decided; all others on the day of the decision.
    "priority_on": "CASE WHEN (r).decision = 'accepted_priority' THEN greatest((r).decided_on, (r).accepted_on) END",
    "standard_on": "CASE WHEN (r).decision = 'accepted_standard' THEN greatest((r).decided_on, (r).accepted_on) END",
    # When a decline was final: until then the referral waits.
    "declined_on": "CASE WHEN (r).decision = 'declined' THEN (r).declined_on END",
    "offered_on": "(r).offered_on",
    "started_on": "(r).started_on",
    "closed_on": "(r).closed_on",
    "withdrawn_on": "(r).withdrawn_on",
    # From when it is left out: sent in error, or a duplicate once IOM agrees that it is one.
    "left_out_on": "CASE WHEN (r).withdrawal_reason = 'sent_in_error' THEN (r).withdrawn_on"
    " WHEN (r).decision = 'declined' AND (r).decline_reason = 'duplicate' THEN (r).declined_on END",
    "promise_acknowledge": "(r).promise_acknowledge",
    "promise_decide": "(r).promise_decide",
    "promise_offer": "(r).promise_offer",
    "late_acknowledge": "(r).late_acknowledge",
    "late_decide": "(r).late_decide",
    "late_offer": "(r).late_offer",
    "rests": "(r).rests",
    "rest_count": "(r).rest_count",
    "outcome": "(r).outcome",
    "decline_reason": "(r).decline_reason",
    "withdrawal_reason": "(r).withdrawal_reason",
}
NAMED = ",\n    ".join(f"{expression} AS {name}" for name, expression in COUNTED.items())

COUNTING = f"""
CREATE VIEW counted_referral WITH (security_invoker = true) AS
    SELECT {NAMED}
    FROM referral r WHERE (r).sent_on IS NOT NULL;

-- The same of one row, for triggers: of a row that is no more, too.
CREATE FUNCTION counted(r referral) RETURNS counted_referral LANGUAGE sql STABLE
    AS $$ SELECT {NAMED} $$;
"""

TALLY = """
-- A code is a kind and three numbers of 16 bits. Days of the calendar are counted from 2000; 65535: never.
CREATE FUNCTION tally_code(kind int, a int, b int, c int) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (kind::bigint << 48) | (a::bigint << 32) | (b::bigint << 16) | c $$;
CREATE FUNCTION tally_day(day date) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE WHEN day IS NULL THEN 65535 ELSE least(greatest(day - date '2000-01-01', 1), 65534) END $$;

-- Wait in force when a referral was sent: what was last said by then, or, of one sent before anything was said, the
-- first that was.
CREATE FUNCTION wait_in_force(service int, day date) RETURNS SETOF usual_wait LANGUAGE sql STABLE
    AS $$ SELECT w.* FROM usual_wait w WHERE service_id = service
        ORDER BY as_of > day, CASE WHEN as_of > day THEN as_of - day ELSE day - as_of END,
                 CASE WHEN as_of > day THEN id ELSE -id END LIMIT 1 $$;

-- What one referral adds to the tally, as things stand now:
-- 1 and 4, measures M1 and M4: a = 0 event, 1 competing, 2 withdrawn undecided; b = working days; c = the day of sending.
-- 11 and 14, still open in that measure: b = the day of sending.   21 and 24, left out.
-- 31, M6 of the decision, to be judged: a = days promised; b = the day from which it is broken; c = kept or not.
-- 41, the same, undecided: a and b alike.
-- 50, M5: a = the usual wait; b = days in its unit; c = 0 event, 1 withdrawn, 2 declined or closed.   51, open: b = start.
CREATE FUNCTION tally_codes(r counted_referral) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN r.left_out_on IS NOT NULL OR m.stop < r.sent_on OR sent.day IS NULL OR (m.stop IS NOT NULL AND stop.day IS NULL)
            THEN tally_code(20 + m.measure, 0, 0, 0)
        WHEN m.stop IS NULL THEN tally_code(10 + m.measure, 0, tally_day(r.sent_on), 0)
        ELSE tally_code(m.measure,
            CASE WHEN m.event = m.stop THEN 0 WHEN r.decided_on IS NULL THEN 2 ELSE 1 END,
            least(greatest(stop.back - sent.forward, 0), 65535), tally_day(r.sent_on)) END
    FROM (VALUES (1, r.decided_on, least(r.decided_on, r.withdrawn_on)),
                 (4, r.priority_on, least(r.priority_on, r.standard_on, r.declined_on, r.withdrawn_on)))
         AS m(measure, event, stop)
        LEFT JOIN calendar_day sent ON sent.day = r.sent_on
        LEFT JOIN calendar_day stop ON stop.day = m.stop
    UNION ALL
    SELECT CASE
        WHEN r.decided_on IS NULL AND r.withdrawn_on IS NULL
            THEN tally_code(41, r.promise_decide, tally_day(r.late_decide), 0)
        -- Withdrawn before it fell due: never judged.
        WHEN r.decided_on IS NULL AND r.withdrawn_on < r.late_decide IS NOT FALSE THEN tally_code(31, r.promise_decide, 65535, 0)
        ELSE tally_code(31, r.promise_decide, tally_day(r.late_decide), coalesce(r.decided_on < r.late_decide, false)::int) END
    WHERE r.promise_decide IS NOT NULL AND r.left_out_on IS NULL
    UNION ALL
    SELECT CASE
        WHEN m.stop IS NULL THEN tally_code(51, w.id, tally_day(r.available_on), 0)
        ELSE tally_code(50, w.id,
            least(greatest(CASE w.unit WHEN 'working' THEN stop.back - start.forward ELSE m.stop - r.available_on END, 0), 65535),
            CASE WHEN m.event = m.stop THEN 0 WHEN r.withdrawn_on = m.stop THEN 1 ELSE 2 END) END
    FROM wait_in_force(r.service_id, r.sent_on) w
        CROSS JOIN LATERAL (SELECT CASE w.until_step WHEN 'offer' THEN r.offered_on ELSE r.started_on END) AS e(event)
        CROSS JOIN LATERAL (SELECT e.event, least(e.event, r.declined_on, r.withdrawn_on, r.closed_on)) AS m(event, stop)
        LEFT JOIN calendar_day start ON start.day = r.available_on
        LEFT JOIN calendar_day stop ON stop.day = m.stop
    WHERE w.kind = 'median' AND r.left_out_on IS NULL AND (m.stop IS NULL OR (m.stop >= r.sent_on AND stop.day IS NOT NULL))
$$;

-- Once a referral is old enough to be judged (20 working days and more), or its promise broken, the day is 0.
CREATE FUNCTION settled_code(code bigint, today date, mature date) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN code >> 48 IN (1, 4) AND (code & 65535) BETWEEN 1 AND tally_day(mature) THEN code & ~65535::bigint
        WHEN code >> 48 = 31 AND ((code >> 16) & 65535) BETWEEN 1 AND tally_day(today) THEN code & ~(65535::bigint << 16)
        ELSE code END $$;

CREATE FUNCTION tally_has_open(codes bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT EXISTS (SELECT FROM unnest(codes) code WHERE code >> 48 IN (11, 14, 41)) $$;

CREATE TABLE turnaround_tally (
    grain text NOT NULL CHECK (grain IN ('day', 'month')),
    starts date NOT NULL,
    agency_id int NOT NULL,
    need_code text NOT NULL,
    area_id int NOT NULL,
    -- 'any' for all of them together, 'none' for people in no cohort.
    cohort text NOT NULL,
    restricted boolean NOT NULL,
    codes bigint[] NOT NULL,
    numbers int[] NOT NULL,
    -- Whatever still waits counts in every period.
    has_open boolean NOT NULL GENERATED ALWAYS AS (tally_has_open(codes)) STORED,
    PRIMARY KEY (grain, starts, agency_id, need_code, area_id, cohort, restricted)
);
CREATE INDEX ix_turnaround_tally_agency ON turnaround_tally (agency_id);
CREATE TABLE turnaround_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sent_on date NOT NULL,
    agency_id int NOT NULL,
    need_code text NOT NULL,
    area_id int NOT NULL,
    cohort text NOT NULL,
    restricted boolean NOT NULL,
    code bigint NOT NULL,
    number int NOT NULL
);

CREATE FUNCTION tally_change(was counted_referral, is_now counted_referral) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    INSERT INTO turnaround_change (sent_on, agency_id, need_code, area_id, cohort, restricted, code, number)
    SELECT c.sent_on, c.agency_id, c.need_code, c.area_id, coalesce(c.cohort, 'none'), c.restricted, code, sum(c.number)
    FROM (SELECT (was).*, -1 AS number UNION ALL SELECT (is_now).*, 1) c,
         LATERAL tally_codes(CASE c.number WHEN 1 THEN is_now ELSE was END) code
    WHERE c.sent_on IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(c.number) <> 0 $$;

CREATE FUNCTION tally_referral() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    DECLARE was counted_referral; is_now counted_referral;
    BEGIN
        IF TG_OP <> 'INSERT' THEN was := counted(OLD); END IF;
        IF TG_OP <> 'DELETE' THEN is_now := counted(NEW); END IF;
        IF was IS DISTINCT FROM is_now THEN PERFORM tally_change(was, is_now); END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER referral_tally AFTER INSERT OR UPDATE OR DELETE ON referral
    FOR EACH ROW EXECUTE FUNCTION tally_referral();

-- What a service says of its ordinary wait changes what its referrals are held against: taken off before, added after.
CREATE FUNCTION tally_wait() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        INSERT INTO turnaround_change (sent_on, agency_id, need_code, area_id, cohort, restricted, code, number)
            SELECT r.sent_on, r.agency_id, r.need_code, r.area_id, coalesce(r.cohort, 'none'), r.restricted, code,
                   CASE TG_WHEN WHEN 'BEFORE' THEN -count(*) ELSE count(*) END
            FROM counted_referral r, LATERAL tally_codes(r) code
            WHERE r.service_id = NEW.service_id AND code >> 48 IN (50, 51) GROUP BY 1, 2, 3, 4, 5, 6, 7;
        RETURN NEW;
    END $$;
CREATE TRIGGER usual_wait_taken_off BEFORE INSERT ON usual_wait FOR EACH ROW EXECUTE FUNCTION tally_wait();
CREATE TRIGGER usual_wait_added AFTER INSERT ON usual_wait FOR EACH ROW EXECUTE FUNCTION tally_wait();

-- The day up to which all that was sent is 21 or more working days old.
CREATE FUNCTION mature_day(today date) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT max(day) FROM calendar_day WHERE forward < (SELECT back FROM calendar_day WHERE day = today) - 20 $$;
CREATE FUNCTION london_today() RETURNS date LANGUAGE sql STABLE
    AS $$ SELECT (now() AT TIME ZONE 'Europe/London')::date $$;

-- The cells that a change of one day and cohort belongs to.
CREATE FUNCTION tally_cells(sent_on date, cohort text) RETURNS TABLE (grain text, starts date, among text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    VALUES ('day', sent_on, 'any'), ('month', date_trunc('month', sent_on)::date, 'any'),
           ('month', date_trunc('month', sent_on)::date, cohort) $$;

-- Adds the changes up; nobody sees half of it. Returns how many there were; 0 while another does it.
CREATE FUNCTION fold_tally() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    DECLARE today date := london_today(); mature date := mature_day(london_today()); folded int;
    BEGIN
        IF NOT pg_try_advisory_xact_lock(hashtext('blaenoriaeth.tally')) THEN RETURN 0; END IF;
        SELECT count(*) INTO folded FROM turnaround_change;
        WITH gone AS (DELETE FROM turnaround_change RETURNING *), cell AS (
            SELECT c.grain, c.starts, g.agency_id, g.need_code, g.area_id, c.among, g.restricted,
                   settled_code(g.code, today, mature) AS code, sum(g.number) AS number
            FROM gone g, LATERAL tally_cells(g.sent_on, g.cohort) c
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(g.number) <> 0)
        INSERT INTO turnaround_tally AS t (grain, starts, agency_id, need_code, area_id, cohort, restricted, codes, numbers)
            SELECT grain, starts, agency_id, need_code, area_id, among, restricted, array_agg(code), array_agg(number)
            FROM cell GROUP BY 1, 2, 3, 4, 5, 6, 7
        ON CONFLICT (grain, starts, agency_id, need_code, area_id, cohort, restricted) DO UPDATE
            SET (codes, numbers) = (
                SELECT coalesce(array_agg(code ORDER BY code), '{}'), coalesce(array_agg(number ORDER BY code), '{}')
                FROM (SELECT settled_code(u.code, today, mature) AS code, sum(u.number)::int AS number
                      FROM unnest(t.codes || EXCLUDED.codes, t.numbers || EXCLUDED.numbers) AS u(code, number)
                      GROUP BY 1 HAVING sum(u.number) <> 0) AS summed);
        DELETE FROM turnaround_tally WHERE codes = '{}';
        RETURN folded;
    END $$;

-- What the tally ought to hold, from the referrals themselves.
CREATE FUNCTION tally_anew() RETURNS TABLE (grain text, starts date, agency_id int, need_code text, area_id int,
        cohort text, restricted boolean, codes bigint[], numbers int[]) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public SET work_mem = '128MB' SET enable_sort = off AS $$
    WITH now AS MATERIALIZED (SELECT london_today() AS today, mature_day(london_today()) AS mature),
    fine AS MATERIALIZED (
        SELECT r.sent_on, r.agency_id, r.need_code, r.area_id, coalesce(r.cohort, 'none') AS cohort, r.restricted,
               settled_code(code, today, mature) AS code, count(*) AS number
        FROM counted_referral r, LATERAL tally_codes(r) code, now GROUP BY 1, 2, 3, 4, 5, 6, 7),
    summed AS (
        SELECT c.grain, c.starts, f.agency_id, f.need_code, f.area_id, c.among, f.restricted, f.code, sum(f.number)::int AS number
        FROM fine f, LATERAL tally_cells(f.sent_on, f.cohort) c GROUP BY 1, 2, 3, 4, 5, 6, 7, 8)
    SELECT s.grain, s.starts, s.agency_id, s.need_code, s.area_id, s.among, s.restricted,
           array_agg(s.code ORDER BY s.code), array_agg(s.number ORDER BY s.code)
    FROM summed s GROUP BY 1, 2, 3, 4, 5, 6, 7 $$;
CREATE FUNCTION rebuild_tally() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('blaenoriaeth.tally'));
        LOCK TABLE referral IN SHARE MODE;
        DELETE FROM turnaround_change;
        DELETE FROM turnaround_tally;
        INSERT INTO turnaround_tally (grain, starts, agency_id, need_code, area_id, cohort, restricted, codes, numbers)
            SELECT * FROM tally_anew();
    END $$;
-- The cells, folded, that are not what the referrals say: none.
CREATE FUNCTION tally_faults() RETURNS TABLE (grain text, starts date, agency_id int, need_code text, area_id int,
        cohort text, restricted boolean, codes bigint[], numbers int[]) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        PERFORM fold_tally();
        RETURN QUERY
            WITH now AS MATERIALIZED (SELECT london_today() AS today, mature_day(london_today()) AS mature),
            kept AS (
                SELECT t.grain, t.starts, t.agency_id, t.need_code, t.area_id, t.cohort, t.restricted,
                       array_agg(s.code ORDER BY s.code) AS codes, array_agg(s.number ORDER BY s.code) AS numbers
                FROM turnaround_tally t, now, LATERAL (
                    SELECT settled_code(u.code, today, mature) AS code, sum(u.number)::int AS number
                    FROM unnest(t.codes, t.numbers) AS u(code, number) GROUP BY 1) s
                GROUP BY 1, 2, 3, 4, 5, 6, 7),
            anew AS (SELECT * FROM tally_anew())
            (SELECT * FROM kept EXCEPT ALL SELECT * FROM anew) UNION ALL (SELECT * FROM anew EXCEPT ALL SELECT * FROM kept);
    END $$;
REVOKE EXECUTE ON FUNCTION tally_change, tally_anew, rebuild_tally, tally_faults FROM PUBLIC;
"""

SEE = """CASE (SELECT scope_kind()) WHEN 'system' THEN true
    WHEN 'iom' THEN area_id = ANY ((SELECT scope_areas())::int[]) AND NOT restricted
    WHEN 'figures' THEN (SELECT scope_every_area()) OR area_id = ANY ((SELECT scope_areas())::int[])
    ELSE false END"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(COUNTING)
    op.execute(TALLY)
    app = op.get_context().config.attributes["app_role"]
    for table in ("turnaround_tally", "turnaround_change"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_see ON {table} FOR SELECT USING ({SEE})")
    op.execute(f"GRANT SELECT ON counted_referral, turnaround_tally, turnaround_change TO {app}")
    op.execute("SELECT rebuild_tally()")
