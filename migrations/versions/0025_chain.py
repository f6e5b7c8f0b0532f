"""The access log: whole rows chained by hash, signed heads, and words of searches that erasure can reach."""

from alembic import op

revision, down_revision = "0025", "0024"
branch_labels = depends_on = None

TABLES = """
-- The chain, in the order in which the worker found the entries: hash = SHA-256 of the hash before and of the entry's line.
CREATE TABLE audit_link (
    position bigint PRIMARY KEY,
    entry_id bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE UNIQUE INDEX uq_audit_link_entry_id ON audit_link (entry_id);

-- Signed states of the chain; line: as it stands in the file outside. They outlive the entries: where these have been
-- deleted lawfully, the chain begins after the last head that went with them.
CREATE TABLE audit_head (
    number bigint PRIMARY KEY,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    line text NOT NULL
);
CREATE INDEX ix_audit_head_at ON audit_head (at);

-- upto: no entry of this number or below is still to come. next: will be so once none of `writers`, transactions that were
-- writing when it was read, is at work.
CREATE TABLE audit_chained (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    upto bigint NOT NULL DEFAULT 0,
    next bigint NOT NULL DEFAULT 0,
    writers text[] NOT NULL DEFAULT '{}'
);
INSERT INTO audit_chained DEFAULT VALUES;

-- What was typed into a search. The entry in the log holds HMAC-SHA-256 of it under `salt`: once the row is gone, nobody
-- can work out the words from the log.
CREATE TABLE search_term (
    entry_id bigint PRIMARY KEY,
    words text NOT NULL,
    salt bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ix_search_term_at ON search_term (at);
"""

# Owners may switch a trigger off; then the chain tells.
APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'audit_head' AND current_setting('portal.sweeps_log', true) = 'yes' THEN
            RETURN NULL;
        END IF;
        RAISE insufficient_privilege USING MESSAGE = format('%s is append-only', TG_TABLE_NAME);
    END $$;
"""

# Entries become visible in another order than that of their numbers. Whoever writes one holds a lock on the table before
# it has its number and until it is visible. So: read the newest number, then who is writing, then chain what is visible;
# a number is settled once all who wrote when it was read have ended, even if some always write.
CHAIN = """
CREATE FUNCTION chain_entries(most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    SET plan_cache_mode = force_custom_plan  -- planned for how few are above `upto`, not for a third of the log
    AS $$
    DECLARE
        kept audit_chained;
        newest bigint;
        busy text[];
        place bigint := 0;
        former bytea := decode(repeat('00', 32), 'hex');
        entry audit_entry;
        done int := 0;
        settled bigint;
    BEGIN
        IF scope_kind() IS DISTINCT FROM 'system' THEN
            RAISE insufficient_privilege USING MESSAGE = 'only the worker chains';
        END IF;
        IF NOT pg_try_advisory_xact_lock(hashtext('blaenoriaeth.chain')) THEN RETURN 0; END IF;
        SELECT * INTO kept FROM audit_chained FOR UPDATE;
        SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END INTO newest FROM audit_entry_id_seq;
        busy := ARRAY(SELECT l.virtualtransaction FROM pg_locks l
            WHERE l.locktype = 'relation' AND l.relation = 'audit_entry'::regclass AND l.mode = 'RowExclusiveLock'
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND l.pid IS DISTINCT FROM pg_backend_pid());

        SELECT l.position, l.hash INTO place, former FROM audit_link l ORDER BY l.position DESC LIMIT 1;
        IF NOT FOUND THEN
            SELECT h.position, decode(h.line::jsonb ->> 'hash', 'hex') INTO place, former
              FROM audit_head h ORDER BY h.number DESC LIMIT 1;
        END IF;
        place := coalesce(place, 0);
        former := coalesce(former, decode(repeat('00', 32), 'hex'));
        FOR entry IN
            SELECT e.* FROM audit_entry e
             WHERE e.id > kept.upto AND NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id)
             ORDER BY e.id LIMIT most
        LOOP
            place := place + 1;
            former := sha256(former || convert_to(jsonb_build_array(
                place, entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.user_id, entry.action, entry.subject,
                entry.subject_ids, entry.area_id, entry.agency_id, entry.detail)::text, 'UTF8'));
            INSERT INTO audit_link (position, entry_id, hash) VALUES (place, entry.id, former);
            done := done + 1;
        END LOOP;

        IF busy = '{}' THEN settled := newest;
        ELSIF NOT kept.writers && busy THEN settled := kept.next;
        END IF;
        IF settled IS NOT NULL THEN
            IF done = most THEN settled := least(settled, entry.id); END IF;
            UPDATE audit_chained SET upto = greatest(upto, settled), next = newest, writers = busy;
        END IF;
        RETURN done;
    END $$;

-- The state that is to be signed: NULL where nothing was chained since the last head.
CREATE FUNCTION unsigned_head() RETURNS TABLE (number bigint, "position" bigint, hash bytea, entries bigint, former text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    #variable_conflict use_column
    BEGIN
        IF scope_kind() IS DISTINCT FROM 'system' THEN
            RAISE insufficient_privilege USING MESSAGE = 'only the worker signs';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('blaenoriaeth.chain'));
        RETURN QUERY
            SELECT coalesce(h.number, 0) + 1, l.position, l.hash,
                   l.position - (SELECT min(f.position) FROM audit_link f) + 1, h.line
              FROM (SELECT * FROM audit_link ORDER BY position DESC LIMIT 1) l
              LEFT JOIN (SELECT * FROM audit_head ORDER BY number DESC LIMIT 1) h ON true
             WHERE h.position IS NULL OR h.position < l.position;
    END $$;

CREATE FUNCTION keep_head(head text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        IF scope_kind() IS DISTINCT FROM 'system' THEN
            RAISE insufficient_privilege USING MESSAGE = 'only the worker signs';
        END IF;
        INSERT INTO audit_head (number, position, at, line) VALUES (
            (head::jsonb ->> 'number')::bigint, (head::jsonb ->> 'position')::bigint, (head::jsonb ->> 'at')::timestamptz, head);
    END $$;

-- When the oldest entry was written that no signed head covers yet; NULL where all are covered.
CREATE FUNCTION oldest_unsigned() RETURNS timestamptz LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    SET plan_cache_mode = force_custom_plan AS $$
    DECLARE
        signed bigint := coalesce((SELECT h.position FROM audit_head h ORDER BY h.number DESC LIMIT 1), 0);
        settled bigint := (SELECT c.upto FROM audit_chained c);
    BEGIN
        RETURN least(
            (SELECT e.at FROM audit_link l JOIN audit_entry e ON e.id = l.entry_id
              WHERE l.position > signed ORDER BY l.position LIMIT 1),
            (SELECT min(e.at) FROM audit_entry e WHERE e.id > settled
                AND NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id)));
    END $$;
"""

# Entries go only from the old end of the chain and up to a signed head, so that what is left can still be proven: all that
# a head of `before` or earlier covers was written before it. `sweep_expired` (0021) knows the log too, and is refused.
SWEEP = """
CREATE FUNCTION sweep_trace(kind text, before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
    DECLARE
        last bigint;
        gone bigint;
    BEGIN
        IF scope_kind() IS DISTINCT FROM 'system' THEN
            RAISE insufficient_privilege USING MESSAGE = 'only the worker sweeps';
        END IF;
        IF kind = 'searches' THEN
            DELETE FROM search_term WHERE at < before;
            GET DIAGNOSTICS gone = ROW_COUNT;
            RETURN gone;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('blaenoriaeth.chain'));
        last := (SELECT max(h.position) FROM audit_head h WHERE h.at < before);
        PERFORM set_config('portal.sweeps_log', 'yes', true);
        DELETE FROM audit_entry e USING audit_link l WHERE l.entry_id = e.id AND l.position <= last;
        GET DIAGNOSTICS gone = ROW_COUNT;
        DELETE FROM audit_link l WHERE l.position <= last;
        PERFORM set_config('portal.sweeps_log', '', true);
        IF gone > 0 THEN
            PERFORM write_audit(NULL, 'access_log.swept', NULL, '{}', NULL, NULL,
                jsonb_build_object('position', last, 'entries', gone));
        END IF;
        RETURN gone;
    END $$;
"""

SEARCHES = """
CREATE FUNCTION write_search(who int, ids bigint[], more jsonb, typed text, key bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    WITH entry AS (INSERT INTO audit_entry (user_id, action, subject, subject_ids, detail)
        VALUES (who, 'people.searched', 'person', ids, more) RETURNING id)
    INSERT INTO search_term (entry_id, words, salt) SELECT id, typed, key FROM entry $$;

CREATE FUNCTION folded(said text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT regexp_replace(normalize(lower(said), NFD), '[\\u0300-\\u036f]', '', 'g') $$;

-- Whoever is erased: searches that found them, or that held one of their numbers, or forename and surname.
CREATE FUNCTION forget_searches() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        DELETE FROM search_term t
         WHERE EXISTS (SELECT FROM audit_entry e WHERE e.id = t.entry_id AND OLD.id = ANY (e.subject_ids))
            OR EXISTS (SELECT FROM unnest(ARRAY[OLD.crn, OLD.pnc_id, OLD.noms_number, OLD.niche_ref]) number
                WHERE position(lower(number) IN replace(lower(t.words), ' ', '')) > 0)
            OR regexp_split_to_array(folded(t.words), '[^[:alnum:]]+') && regexp_split_to_array(folded(OLD.surname), '[^[:alnum:]]+')
                AND regexp_split_to_array(folded(t.words), '[^[:alnum:]]+')
                    && regexp_split_to_array(folded(concat_ws(' ', OLD.forenames, OLD.preferred_name)), '[^[:alnum:]]+');
        RETURN NULL;
    END $$;
CREATE TRIGGER person_erased AFTER UPDATE OF erased_on ON person FOR EACH ROW
    WHEN (OLD.erased_on IS NULL AND NEW.erased_on IS NOT NULL) EXECUTE FUNCTION forget_searches();
"""

# Administrators see numbers and references of the log, never names: this gives them the ones for the others.
REFERENCES = """
CREATE FUNCTION references_of(ids bigint[]) RETURNS TABLE (id bigint, reference text) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public AS $$
    SELECT r.id, r.reference FROM referral r
     WHERE r.id = ANY (ids) AND scope_kind() IN ('system', 'administrator') $$;

CREATE FUNCTION referral_called(called text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public AS $$
    SELECT r.id FROM referral r WHERE r.reference = called AND scope_kind() IN ('system', 'administrator') $$;
"""

FUNCTIONS = (
    "chain_entries, unsigned_head, keep_head, oldest_unsigned, sweep_trace, write_search, references_of, referral_called"
)


def upgrade() -> None:
    app = op.get_context().config.attributes["app_role"]
    for part in (TABLES, APPEND_ONLY, CHAIN, SWEEP, SEARCHES, REFERENCES):
        op.execute(part)
    for table in ("audit_entry", "audit_link", "audit_head"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in ("audit_link", "audit_head", "audit_chained", "search_term"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for table in ("audit_link", "audit_head"):
        op.execute(
            f"CREATE POLICY {table}_read ON {table} FOR SELECT"
            " USING ((SELECT scope_kind()) IN ('system', 'administrator'))"
        )
        op.execute(f"GRANT SELECT ON {table} TO {app}")
    op.execute(f"REVOKE ALL ON FUNCTION {FUNCTIONS}, refuse_change, forget_searches FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO {app}")
